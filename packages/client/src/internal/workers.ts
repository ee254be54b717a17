/**
 * The elements of a stream, each handled by one of a number of workers. `Stream.mapEffect` does the same with a fiber, a
 * permit and two queues for each element.
 */
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"

/** How elements are handled. */
export interface Options<A, B, E, R, Stop> {
  /** The most workers there are. Each goes on when its result was taken and more is asked for. */
  readonly concurrency: number
  /** Whether results come in the order of the elements, rather than as soon as they are known. */
  readonly ordered: boolean
  /** Asked before each element and at the end: why that and all that follow are left alone, if they are. */
  readonly stopped: () => Stop | undefined
  /** Asked as an element's turn comes: whether it is handled. */
  readonly isWanted: (element: A) => boolean
  readonly handle: (element: A) => Effect.Effect<B, E, R>
  /** What all of a worker's work is run with. */
  readonly context: Context.Context<never>
}

/**
 * The results. A failure of a worker ends them and interrupts the others, one of the stream waits for all. Where the
 * work was stopped, that is the failure in the end.
 */
export const results = <A extends object, E, R, B, E2, R2, Stop>(
  elements: Stream.Stream<A, E, R>,
  options: Options<A, B, E2, R2, Stop>,
): Stream.Stream<B, E | E2 | Stop, R | R2> =>
  Stream.transformPullBracket(elements, (pull, _, scope) =>
    Effect.contextWith((context: Context.Context<R | R2>) => {
      const runFork = Effect.runForkWith(Context.merge(context, options.context))
      const work = worklist<A, E, R, E2, Stop>(pull, options)
      const handover = handoverOf<B, E | E2 | Stop>(options.ordered)
      let workers = 0
      /** Those who have an element, or a result that was not taken. The others may be waiting for the stream. */
      let busy = 0

      const closeAtEnd = (isFailure: boolean): void => {
        const end = work.end()
        if (end !== undefined && (busy === 0 || isFailure)) handover.close(end)
      }

      const done = (): void => {
        busy -= 1
        closeAtEnd(false)
      }

      const worker = Effect.suspend(() => {
        let isNew = true
        return Effect.whileLoop({
          while: () => work.end() === undefined,
          body: (): Effect.Effect<void, E2, R | R2> => {
            const element = work.take()
            if (element === undefined) return work.ask
            if (isNew) hire()
            isNew = false
            busy += 1
            const given = Effect.flatMap(options.handle(element.value), (result) =>
              handover.give(element.position, result),
            )
            return Effect.map(given, done)
          },
          step: () => undefined,
        })
      })

      // Whoever gets his first element has another one beside him, who begins after him.
      const hire = (): void => {
        if (workers === options.concurrency) return
        workers += 1
        const hired = Effect.onExit(Effect.andThen(Effect.yieldNow, worker), (exit) => {
          workers -= 1
          if (Exit.isFailure(exit)) work.fail(exit.cause)
          closeAtEnd(Exit.isFailure(exit))
          return Effect.void
        })
        Fiber.runIn(runFork(hired), scope)
      }

      hire()
      return Effect.succeed(handover.take)
    }),
  )

type End<E> = Cause.Cause<E | Cause.Done<void>>

const worklist = <A, E, R, E2, Stop>(
  pull: Pull.Pull<ReadonlyArray<A>, E, void, R>,
  { isWanted, stopped }: { readonly isWanted: (element: A) => boolean; readonly stopped: () => Stop | undefined },
) => {
  const asking = Semaphore.makeUnsafe(1)
  let chunk: Iterable<A> = []
  let isAtHand = false
  let position = 0
  let end: End<E | E2> | undefined
  return {
    /** How the elements ended, or the work on them, where it did. */
    end: (): End<E | E2 | Stop> | undefined => {
      if (end !== undefined && !Pull.isDoneCause(end)) return end
      const stop = stopped()
      return stop === undefined ? end : Cause.fail(stop)
    },
    /** Nothing is taken any more. */
    fail: (cause: End<E | E2>): void => {
      end = cause
    },
    /** The next one at hand and where it stands. */
    take: (): { readonly value: A; readonly position: number } | undefined => {
      for (const value of chunk) if (isWanted(value)) return { value, position: position++ }
      isAtHand = false
      return undefined
    },
    /** Asks the stream for more; one worker at a time. */
    ask: asking.withPermits(1)(
      Effect.suspend(() =>
        isAtHand || end !== undefined
          ? Effect.void
          : Effect.matchCause(pull, {
              onSuccess: (more) => {
                // An iterator: whoever takes the next goes on where the last one stopped.
                chunk = more.values()
                isAtHand = true
              },
              onFailure: (cause) => {
                end ??= cause
              },
            }),
      ),
    ),
  }
}

interface Offer<B> {
  readonly result: B
  readonly goOn: () => void
}

// Results go from workers to the reader of the stream when both are there. Whoever finds out that he has to wait waits in
// the same step: between two steps a fiber may yield.
const handoverOf = <B, E>(ordered: boolean) => {
  const offers = new Map<number, Offer<B>>()
  let reader: ((answer: Pull.Pull<Arr.NonEmptyReadonlyArray<B>, E>) => void) | undefined
  /** The position of the next result, where there is an order. */
  let next = 0
  let taken: ReadonlyArray<Offer<B>> = []
  let end: End<E> | undefined

  const answer = (effect: Pull.Pull<Arr.NonEmptyReadonlyArray<B>, E>): void => {
    const asked = reader
    reader = undefined
    asked?.(effect)
  }

  const ready = (): Array<Offer<B>> => {
    const all: Array<Offer<B>> = []
    if (ordered) {
      for (let offer = offers.get(next); offer !== undefined; offer = offers.get(next)) {
        offers.delete(next)
        next += 1
        all.push(offer)
      }
    } else {
      for (const offer of offers.values()) all.push(offer)
      offers.clear()
    }
    return all
  }

  const take: Pull.Pull<Arr.NonEmptyReadonlyArray<B>, E> = Effect.callback((resume) => {
    const before = taken
    taken = []
    for (const { goOn } of before) goOn()
    const all = ready()
    if (Arr.isArrayNonEmpty(all)) {
      taken = all
      resume(Effect.succeed(Arr.map(all, ({ result }) => result)))
      return
    }
    if (end !== undefined) {
      resume(Effect.failCause(end))
      return
    }
    reader = resume
    return Effect.sync(() => {
      reader = undefined
    })
  })

  // Whatever else ends now is offered before any of it is taken: one thing at a time takes a sixth less.
  const takeSoon = Effect.andThen(Effect.yieldNow, take)

  return {
    take,
    /** Ends when the reader asks for more, so that nobody is begun for whom nobody asks. */
    give: (position: number, result: B): Effect.Effect<void> =>
      Effect.callback((resume) => {
        offers.set(position, { result, goOn: () => resume(Effect.void) })
        if (!ordered || position === next) answer(takeSoon)
      }),
    /** Nothing follows what was given. */
    close: (cause: End<E>): void => {
      end ??= cause
      answer(Effect.failCause(end))
    },
  }
}
