/** The bound on attempts under way: never exceeded, never lost, and part of the deadline. */
import { assert, describe, it } from "@effect/vitest"
import { ManagementClient, RateControl } from "@genauth-effect/client"
import { Effect, Exit, Fiber, Random, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { key, kicked, kickPath, make, type Reply, reset, silence } from "./service.ts"

/** A service that knows how many requests are under way. */
const counting = (replies: ReadonlyArray<Reply>) => {
  const seen = { underWay: 0, most: 0 }
  const service = make({
    [kickPath]: replies.map((reply) =>
      Effect.acquireUseRelease(
        Effect.sync(() => {
          seen.underWay += 1
          seen.most = Math.max(seen.most, seen.underWay)
        }),
        () => reply,
        () => Effect.sync(() => (seen.underWay -= 1)),
      ),
    ),
  })
  return { ...service, seen }
}

const kickOf = (client: ManagementClient.Service) => client.kickUsers({ appIds: ["a"], userId: "u" })

const start = Effect.fnUntraced(function* (
  replies: ReadonlyArray<Reply>,
  rateControl: RateControl.Options,
  options?: Partial<ManagementClient.Options>,
) {
  const service = counting(replies)
  const client = yield* ManagementClient.make({ ...key, rateControl, ...options }).pipe(Effect.provide(service.layer))
  return { ...service, kick: kickOf(client) }
})

const slow = Effect.delay(kicked, "1 second")

describe("a bound on attempts under way", () => {
  for (const mode of ["adaptive", "unlimited"] as const) {
    it.effect(`holds in mode ${mode}, first come, first served`, () =>
      Effect.gen(function* () {
        const { kick, received, seen } = yield* start([slow], { mode, concurrency: 3 })
        const ended: Array<number> = []
        const fiber = yield* Effect.forkChild(
          Effect.forEach(
            Array.from({ length: 10 }),
            (_, number) =>
              Effect.andThen(
                kick,
                Effect.sync(() => ended.push(number)),
              ),
            { concurrency: "unbounded" },
          ),
        )
        yield* TestClock.adjust("3 seconds")
        assert.strictEqual(received.length, 10)
        assert.strictEqual(ended.length, 9)
        yield* TestClock.adjust("1 second")
        yield* Fiber.join(fiber)
        assert.strictEqual(seen.most, 3)
        assert.deepStrictEqual(ended, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      }),
    )
  }

  it.effect("comes on top of a fixed rate", () =>
    Effect.gen(function* () {
      const { kick, received, seen } = yield* start([slow], { mode: "fixed", perSecond: 10, concurrency: 2 })
      const fiber = yield* Effect.forkChild(Effect.all([kick, kick, kick], { concurrency: "unbounded" }))
      yield* TestClock.adjust("999 millis")
      assert.strictEqual(received.length, 2)
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(fiber)
      assert.strictEqual(seen.most, 2)
    }),
  )

  it.effect("is shared by the clients that share the control", () =>
    Effect.gen(function* () {
      const service = counting([slow])
      const control = yield* RateControl.make({ mode: "unlimited", concurrency: 2 })
      const build = ManagementClient.make(key).pipe(
        Effect.provideService(RateControl.RateControl, control),
        Effect.provide(service.layer),
      )
      const [one, two] = yield* Effect.all([build, build])
      const all = [one, two, one, two].map(kickOf)
      const fiber = yield* Effect.forkChild(Effect.all(all, { concurrency: "unbounded" }))
      yield* TestClock.adjust("2 seconds")
      yield* Fiber.join(fiber)
      assert.strictEqual(service.seen.most, 2)
    }),
  )

  it.effect("whoever waits counts down its deadline, and sends nothing after it", () =>
    Effect.gen(function* () {
      const { kick, received } = yield* start(
        [silence],
        { mode: "unlimited", concurrency: 1 },
        { deadline: "3 seconds", timeout: "1 minute", retry: false },
      )
      const hung = yield* Effect.forkChild(Effect.exit(kick))
      yield* TestClock.adjust("1 second")
      const late = yield* Effect.forkChild(Effect.flip(Effect.delay(kick, "1 millis")))
      const waiting = yield* Effect.forkChild(Effect.flip(kick))
      yield* TestClock.adjust("2 seconds")
      assert.isTrue(Exit.isFailure(yield* Fiber.join(hung)))
      // The first of the two got the place; its own deadline ended it.
      yield* TestClock.adjust("1 second")
      const second = yield* Fiber.join(waiting)
      assert.strictEqual(second.attempts, 1)
      yield* TestClock.adjust("1 millis")
      const third = yield* Fiber.join(late)
      assert.include(["DeadlineExceeded", "RequestTimedOut"], third._tag)
      assert.isAtMost(received.length, 3)
    }),
  )

  it.effect("a call that got no place in time says so: no attempt, outcome known", () =>
    Effect.gen(function* () {
      const service = counting([silence])
      const control = yield* RateControl.make({ mode: "unlimited", concurrency: 1 })
      const build = (deadline: "3 seconds" | "1 minute") =>
        ManagementClient.make({ ...key, deadline, timeout: "1 minute", retry: false }).pipe(
          Effect.provideService(RateControl.RateControl, control),
          Effect.provide(service.layer),
        )
      const hung = yield* Effect.forkChild(Effect.exit(kickOf(yield* build("1 minute"))))
      yield* TestClock.adjust(0)
      const waiting = yield* Effect.forkChild(Effect.flip(kickOf(yield* build("3 seconds"))))
      yield* TestClock.adjust("2999 millis")
      assert.isUndefined(waiting.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      const error = yield* Fiber.join(waiting)
      assert.deepInclude(error, { _tag: "DeadlineExceeded", attempts: 0, outcomeUnknown: false })
      assert.strictEqual(service.received.length, 1)
      yield* Fiber.interrupt(hung)
    }),
  )

  it.effect("an interrupted call gives its place, or its place in the queue, to the next", () =>
    Effect.gen(function* () {
      const { kick, received, seen } = yield* start([silence, slow], { mode: "unlimited", concurrency: 1 })
      const inside = yield* Effect.forkChild(kick)
      const first = yield* Effect.forkChild(kick)
      const second = yield* Effect.forkChild(kick)
      yield* TestClock.adjust(0)
      assert.strictEqual(received.length, 1)
      yield* Fiber.interrupt(first)
      yield* Fiber.interrupt(inside)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(second)
      assert.strictEqual(received.length, 2)
      assert.strictEqual(seen.most, 1)
      assert.strictEqual(seen.underWay, 0)
    }),
  )

  it.effect("is free for others between two attempts", () =>
    Effect.gen(function* () {
      const { kick, received } = yield* start(
        [reset, kicked],
        { mode: "unlimited", concurrency: 1 },
        { retry: { schedule: Schedule.spaced("10 seconds") } },
      )
      const failing = yield* Effect.forkChild(kick)
      yield* TestClock.adjust(0)
      yield* kick
      assert.strictEqual(received.length, 2)
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(failing)
      assert.strictEqual(received.length, 3)
    }),
  )

  it.effect("no order of arrivals, ends and interruptions loses a place", () =>
    Effect.gen(function* () {
      const { kick, seen } = yield* start(
        [Effect.flatMap(Random.nextIntBetween(1, 50), (millis) => Effect.delay(kicked, millis))],
        { mode: "unlimited", concurrency: 4 },
        { deadline: "60 millis", retry: false },
      )
      const fibers = yield* Effect.forEach(Array.from({ length: 400 }), () =>
        Effect.gen(function* () {
          const at = yield* Random.nextIntBetween(0, 300)
          const patience = yield* Random.nextIntBetween(0, 120)
          return yield* Effect.forkChild(Effect.delay(Effect.timeoutOption(Effect.exit(kick), patience), at))
        }),
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.awaitAll(fibers)
      assert.strictEqual(seen.most, 4)
      assert.strictEqual(seen.underWay, 0)
      // All four places are there.
      seen.most = 0
      const last = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 8 }, () => kick),
          { concurrency: 8 },
        ),
      )
      yield* TestClock.adjust(0)
      assert.strictEqual(seen.most, 4)
      yield* Fiber.interrupt(last)
    }).pipe(Random.withSeed(20_261_124)),
  )

  it.effect("refuses a bound that is none", () =>
    Effect.gen(function* () {
      for (const concurrency of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        const error = yield* Effect.flip(RateControl.make({ mode: "adaptive", concurrency }))
        assert.strictEqual(error.option, "rateControl.concurrency")
      }
    }),
  )
})
