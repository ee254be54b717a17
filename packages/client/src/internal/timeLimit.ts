/**
 * One time limit for many attempts, kept by one timer. A timer and a race of two fibers for each attempt would take a
 * seventh of its whole CPU time.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { monotonicMillis } from "./monotonic.ts"

/**
 * Runs an attempt in a context and goes on with how it ended: with nothing where the time was over before. Whatever it
 * is, the attempt has come to its end by then.
 */
export type TimeLimit = <A, E, R, B>(
  attempt: Effect.Effect<A, E, R>,
  context: Context.Context<R>,
  clock: Clock.Clock,
  ended: (exit: Exit.Exit<A, E> | undefined) => Effect.Effect<B>,
) => Effect.Effect<B>

// Attempts under way are linked, and the links of one that ended are cut. A Set would do, but each table it drops on its
// way points to the next: once one of them is old, V8's collections of young garbage keep every attempt since.
class Running {
  readonly endsAt: number
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  isLate = false
  before: Running | undefined
  after: Running | undefined

  constructor(endsAt: number) {
    this.endsAt = endsAt
  }
}

/** Makes a limit above 0. The timer runs as long as an attempt does. */
export const make = (millis: number): TimeLimit => {
  // In the order in which their time is over, since all have the same.
  let first: Running | undefined
  let last: Running | undefined
  let timer: Fiber.Fiber<void> | undefined

  const enter = (one: Running): void => {
    one.before = last
    if (last === undefined) first = one
    else last.after = one
    last = one
  }

  const leave = (one: Running): void => {
    if (one.before !== undefined) one.before.after = one.after
    else if (first === one) first = one.after
    if (one.after !== undefined) one.after.before = one.before
    else if (last === one) last = one.before
    one.before = undefined
    one.after = undefined
  }

  const keep: Effect.Effect<void> = Effect.clockWith((clock) => {
    const now = monotonicMillis(clock)
    for (let one = first; one !== undefined; one = first) {
      if (one.endsAt > now) return Effect.andThen(Effect.sleep(Math.ceil(one.endsAt - now)), keep)
      leave(one)
      one.isLate = true
      one.fiber?.interruptUnsafe()
    }
    // What was ended may take its time about it; whoever comes meanwhile needs another timer.
    timer = undefined
    return Effect.void
  })

  return (attempt, context, clock, ended) =>
    Effect.callback((resume) => {
      const one = new Running(monotonicMillis(clock) + millis)
      enter(one)
      timer ??= Effect.runForkWith(Context.make(Clock.Clock, clock))(keep)
      // Not an observer of the fiber: it would be kept in an array, which V8 takes to be one that lives long.
      const watched = Effect.onExit(attempt, (exit) => {
        leave(one)
        if (first === undefined) {
          timer?.interruptUnsafe()
          timer = undefined
        }
        resume(ended(one.isLate ? undefined : exit))
        return Effect.void
      })
      const fiber = Effect.runForkWith(context)(watched)
      one.fiber = fiber
      // A time so short may be over before the attempt begins.
      if (one.isLate) fiber.interruptUnsafe()
      return Fiber.interrupt(fiber)
    })
}

/** Runs an effect for so long at most, and something else where that was not enough. */
export const orElse = <A, B>(
  effect: Effect.Effect<A>,
  millis: number,
  tooLate: Effect.Effect<B>,
): Effect.Effect<A | B> =>
  millis <= 0
    ? tooLate
    : Effect.withFiber((fiber) =>
        make(millis)(effect, fiber.context, fiber.getRef(Clock.Clock), (exit): Effect.Effect<A | B> => exit ?? tooLate),
      )
