/** What is waited for while a command runs. */
import { Emulator } from "@genauth-effect/emulator"
import { Effect } from "effect"
import type { Running } from "./command.ts"

/** Waits until a command has ended, and gives what it came to. */
export const ended = ({ ended: promise }: Running) => Effect.promise(() => promise)

/** Waits until a command has printed something. */
export const printed = ({ child, ended: promise }: Running, text: string) =>
  Effect.promise(async () => {
    let all = ""
    const shown = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (piece) => {
          all += String(piece)
          if (all.includes(text)) resolve()
        })
      }
    })
    await Promise.race([shown, promise])
  })

/** Waits until the emulator has been asked something. */
export const asked = (path: string) =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    while (!(yield* emulator.requests).some((request) => request.path.includes(path))) yield* Effect.yieldNow
  })
