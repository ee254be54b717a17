/** What Ctrl-C does: a run that can finish what is in flight takes the first one; a second one ends it at once. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** The handler of the running command, where it has one. */
export interface Service {
  /** Has `handler` called on the first signal, as long as the scope lasts. */
  readonly onFirst: (handler: () => void) => Effect.Effect<void, never, Scope.Scope>
  /** A signal came. `false` where nobody takes it: the command is to be interrupted. */
  readonly signal: () => boolean
}

/** Makes one, without a handler. */
export const make = (): Service => {
  let handler: (() => void) | undefined
  return {
    onFirst: (wanted) =>
      Effect.acquireRelease(
        Effect.sync(() => {
          handler = wanted
        }),
        () =>
          Effect.sync(() => {
            handler = undefined
          }),
      ),
    signal: () => {
      const taken = handler
      handler = undefined
      taken?.()
      return taken !== undefined
    },
  }
}

/** The signals of this process. The entry point provides them. */
export const Interruption = Context.Reference<Service>("@genauth-effect/cli/Interruption", { defaultValue: make })
