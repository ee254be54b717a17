/** Data on the standard output. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"

// Node writes to a pipe without waiting: lines that its reader has not taken pile up in memory.
const room: Effect.Effect<void> = Effect.suspend(() => {
  const { stdout } = process
  if (!stdout.writableNeedDrain || stdout.destroyed) return Effect.void
  return Effect.callback<void>((resume) => {
    const ready = () => resume(Effect.void)
    const events = ["drain", "error", "close"] as const
    for (const event of events) stdout.once(event, ready)
    return Effect.sync(() => {
      for (const event of events) stdout.off(event, ready)
    })
  })
})

/** Prints a line, and waits while the reader is behind. */
export const printLine = (text: string): Effect.Effect<void> => Effect.andThen(Console.log(text), room)
