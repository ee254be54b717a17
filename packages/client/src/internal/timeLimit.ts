/**
 * One time limit for many attempts, kept by one timer. A timer and a race of two fibers for each attempt would take a
 * seventh of its whole CPU time.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { monotonicMillis } from "./monotonic.ts"

/** Runs an attempt, or ends it with `late` when the time is over. */
export type TimeLimit = <A>(attempt: Effect.Effect<A>, late: () => A) => Effect.Effect<A>

interface Running {
  readonly endsAt: number
  readonly end: () => void
}

/** Makes a limit. The timer runs as long as an attempt does. */
export const make = (millis: number): TimeLimit => {
  // In the order in which their time is over, since all have the same.
  const running = new Set<Running>()
  let timer: Fiber.Fiber<void> | undefined

  const keep: Effect.Effect<void> = Effect.clockWith((clock) => {
    const now = monotonicMillis(clock)
    for (const one of running) {
      if (one.endsAt > now) return Effect.andThen(Effect.sleep(Math.ceil(one.endsAt - now)), keep)
      running.delete(one)
      one.end()
    }
    // What was ended may take its time about it; whoever comes meanwhile needs another timer.
    timer = undefined
    return Effect.void
  })

  return (attempt, late) =>
    Effect.withFiber((caller) =>
      Effect.clockWith((clock) =>
        Effect.callback((resume) => {
          let isLate = false
          const fiber = Effect.runForkWith(caller.context)(attempt)
          const one: Running = {
            endsAt: monotonicMillis(clock) + millis,
            end: () => {
              isLate = true
              fiber.interruptUnsafe()
            },
          }
          running.add(one)
          timer ??= Effect.runForkWith(Context.make(Clock.Clock, clock))(keep)
          fiber.addObserver((exit) => {
            running.delete(one)
            if (running.size === 0) {
              timer?.interruptUnsafe()
              timer = undefined
            }
            resume(isLate ? Effect.sync(late) : exit)
          })
          return Effect.suspend(() => {
            fiber.interruptUnsafe()
            return Effect.asVoid(Fiber.await(fiber))
          })
        }),
      ),
    )
}
