/** Shows progress while something runs: a bar on a terminal, a line every few seconds elsewhere. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { progressLine, type Shown } from "./progressLine.ts"
import { Screen } from "./Screen.ts"

/** Shows what `shown` returns until the scope is closed. On a terminal the bar as it was at the end stays. */
export const show = Effect.fnUntraced(function* (shown: () => Shown): Effect.fn.Return<void, never, Scope.Scope> {
  const screen = yield* Screen
  const draw = Effect.sync(() => {
    const line = progressLine(shown(), screen)
    if (screen.isTerminal) screen.draw(line)
    else screen.note(line)
  })
  const pause = screen.isTerminal ? "100 millis" : "5 seconds"
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      const last = shown()
      if (last.progress.done + last.skipped > 0) screen.draw(progressLine(last, screen))
      screen.keep()
    }),
  )
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(pause), draw)))
})
