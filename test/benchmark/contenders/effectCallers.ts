import * as Effect from "effect/Effect"
import { nextUserId } from "../job.ts"

/** Callers as fibers: each kicks again as soon as its last kick is answered. Counts those that did not give `false`. */
export const callersOf = <E>(
  kick: (userId: string) => Effect.Effect<unknown, E>,
  callers: number,
  until: number,
): Effect.Effect<number, E> =>
  Effect.suspend(() => {
    let kicks = 0
    const caller = Effect.suspend(() => {
      let isDue = true
      return Effect.whileLoop({
        while: () => isDue,
        body: () => kick(nextUserId()),
        step: (answer) => {
          if (answer !== false) kicks += 1
          isDue = performance.now() < until
        },
      })
    })
    return Effect.map(
      Effect.all(
        Array.from({ length: callers }, () => caller),
        { concurrency: "unbounded", discard: true },
      ),
      () => kicks,
    )
  })
