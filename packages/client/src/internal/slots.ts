/** A bound on how much goes on at the same time. Synchronous, so that no interruption can lose a slot on its way. */
import * as Effect from "effect/Effect"
import * as TimeLimit from "./timeLimit.ts"

/** A place inside, or in the queue for one. Whoever enters leaves, once. */
export interface Slot {
  /** Whether it is inside. */
  readonly isHeld: () => boolean
  /** Waits until it is. */
  readonly held: Effect.Effect<void>
  /** Gives the place to the next in the queue, or leaves the queue. */
  readonly leave: () => void
}

/** A number of places. */
export interface Slots {
  /** Takes a free place, or the end of the queue. */
  readonly enter: () => Slot
}

interface Waiting {
  resume: (() => void) | undefined
  isHeld: boolean
}

/** As many places as `limit` says, first come, first served. */
export const make = (limit: number): Slots => {
  let free = limit
  // A Set keeps the order of insertion and forgets whoever leaves the queue without a walk over it.
  const queue = new Set<Waiting>()
  return {
    enter: () => {
      const place: Waiting = { resume: undefined, isHeld: free > 0 }
      if (place.isHeld) free -= 1
      else queue.add(place)
      return {
        isHeld: () => place.isHeld,
        held: Effect.callback((resume) => {
          if (place.isHeld) resume(Effect.void)
          else place.resume = () => resume(Effect.void)
        }),
        leave: () => {
          if (!place.isHeld) {
            queue.delete(place)
            return
          }
          const [next] = queue
          if (next === undefined) {
            free += 1
            return
          }
          queue.delete(next)
          next.isHeld = true
          next.resume?.()
        },
      }
    },
  }
}

/** Runs an effect in one of the places, or `tooLate` where none gets free within so many milliseconds. */
export const within = <A, E, R, B, E2, R2>(
  slots: Slots,
  millis: number,
  effect: Effect.Effect<A, E, R>,
  tooLate: Effect.Effect<B, E2, R2>,
): Effect.Effect<A | B, E | E2, R | R2> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.suspend(() => {
      const slot = slots.enter()
      const use = slot.isHeld()
        ? effect
        : TimeLimit.orElse(slot.held, millis, Effect.void).pipe(
            Effect.flatMap((): Effect.Effect<A | B, E | E2, R | R2> => (slot.isHeld() ? effect : tooLate)),
          )
      return Effect.ensuring(
        restore(use),
        Effect.sync(() => slot.leave()),
      )
    }),
  )
