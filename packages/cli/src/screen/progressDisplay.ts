/** Shows progress while something runs: a bar on a terminal, a line every few seconds elsewhere. */
import type { Progress } from "@genauth-effect/client"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { progressLine } from "./progressLine.ts"
import { Screen } from "./Screen.ts"

/** Shows what `progress` returns, until the scope is closed. */
export const show = Effect.fnUntraced(function* (
  progress: () => Progress.Progress | undefined,
): Effect.fn.Return<void, never, Scope.Scope> {
  const screen = yield* Screen
  const draw = Effect.sync(() => {
    const now = progress()
    if (now === undefined) return
    const line = progressLine(now, screen)
    if (screen.isTerminal) screen.draw(line)
    else screen.note(line)
  })
  const pause = screen.isTerminal ? "100 millis" : "5 seconds"
  yield* Effect.addFinalizer(() => Effect.sync(screen.clear))
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sleep(pause), draw)))
})
