/** Who is handled when, in a run over many users: what `Stream.mapEffect` would do, and where a run ends early. */
import { assert, describe, it } from "@effect/vitest"
import { ApiError, Kick, ManagementClient, User } from "@genauth-effect/client"
import { Clock, Effect, Fiber, Queue, Schema, Scheduler, Stream } from "effect"
import { TestClock } from "effect/testing"

const Case = Schema.Struct({
  /** How long each user takes, in milliseconds. Different ones, so that two ways cannot differ by chance. */
  durations: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 }))),
  concurrency: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 6 })),
  ordered: Schema.Boolean,
  /** How the targets arrive, and how many outcomes are read. */
  chunk: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 })),
  taken: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 60 })),
})

type Case = typeof Case.Type

// Unlike any other, since powers of an odd number follow.
const millisOf = ({ durations }: Case, index: number): number => 1 + (durations[index] ?? 0) * 100 + index

/** What happened, and when. */
const watched = <A, E>(
  { chunk, durations, taken }: Case,
  outcomes: (targets: Stream.Stream<number>, handle: (index: number) => Effect.Effect<void>) => Stream.Stream<A, E>,
  one: Case,
) =>
  Effect.gen(function* () {
    const events: Array<string> = []
    const told = (event: string) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        events.push(`${now} ${event}`)
      })
    const handle = (index: number) =>
      told(`${index} begins`).pipe(
        Effect.andThen(Effect.sleep(millisOf(one, index))),
        Effect.andThen(told(`${index} ends`)),
      )
    const targets = Stream.rechunk(Stream.fromIterable(durations.map((_, index) => index)), chunk)
    const run = outcomes(targets, handle).pipe(
      Stream.take(taken),
      Stream.runForEach((outcome) => told(`${String(outcome)} arrives`)),
    )
    const fiber = yield* Effect.forkChild(run)
    // What can begin at once has begun before time goes on.
    for (let turn = 0; turn < 50; turn++) yield* Effect.yieldNow
    for (let step = 0; step < 6000 && fiber.pollUnsafe() === undefined; step++) yield* TestClock.adjust(40)
    yield* Fiber.join(fiber)
    // Within one instant it makes no difference who comes first.
    return events.sort()
  }).pipe(Effect.provide(TestClock.layer()))

describe("a run over many users", () => {
  it.effect.prop(
    "begins, ends and tells of each when Stream.mapEffect would",
    [Case],
    ([one]) =>
      Effect.gen(function* () {
        const byEffect = yield* watched(
          one,
          (targets, handle) =>
            Stream.mapEffect(targets, (index) => Effect.as(handle(index), index), {
              concurrency: one.concurrency,
              unordered: !one.ordered,
            }),
          one,
        )
        const byKick = yield* watched(
          one,
          (targets, handle) =>
            Kick.all(
              Stream.map(targets, (index) => User.userId(`${index}`)),
              { apps: ["a"], concurrency: one.concurrency, ordered: one.ordered },
            ).pipe(
              Stream.map(({ user }) => Number(user.id)),
              Stream.provide(
                ManagementClient.layerTest({
                  kickUsers: ({ userId }) =>
                    Effect.as(handle(Number(userId)), { statusCode: 200, message: "", data: { success: true } }),
                }),
              ),
            ),
          one,
        )
        // Whoever stops reading meets the same outcomes, and perhaps fewer users that were begun besides.
        const isReadWhole = one.taken >= one.durations.length
        const told = (events: ReadonlyArray<string>) =>
          events.filter((event) => isReadWhole || event.endsWith("arrives")).join("; ")
        const begun = (events: ReadonlyArray<string>) => events.filter((event) => event.endsWith("begins")).length
        assert.strictEqual(told(byKick), told(byEffect))
        assert.isAtMost(begun(byKick), begun(byEffect))
      }),
    { arbitrary: { runs: 200 } },
  )

  for (const concurrency of [1, 32]) {
    it.effect(`stops though the input is silent, with ${concurrency} at a time, and takes no more from it`, () =>
      Effect.gen(function* () {
        const input = yield* Queue.unbounded<Kick.Target>()
        yield* Queue.offer(input, User.userId("u"))
        const refusing = ManagementClient.layerTest({ kickUsers: () => Effect.fail(new ApiError.SignatureInvalid({})) })
        const run = Stream.runDrain(Kick.all(Stream.fromQueue(input), { apps: ["a"], concurrency }))
        const error = yield* Effect.flip(run).pipe(Effect.provide(refusing))
        assert.strictEqual(error._tag, "RunStopped")
        yield* Queue.offer(input, User.userId("another"))
        assert.strictEqual(yield* Queue.size(input), 1)
      }),
    )
  }

  it.effect("has room for any number of outcomes that nobody has taken yet", () =>
    Effect.gen(function* () {
      const count = 150_000
      const client = ManagementClient.layerTest({
        kickUsers: () => Effect.succeed({ statusCode: 200, message: "", data: { success: true } }),
      })
      const targets = Stream.map(Stream.range(1, count), (index) => User.userId(`${index}`))
      const chunks: Array<number> = []
      yield* Kick.all(targets, { apps: ["a"], concurrency: 10 * count }).pipe(
        Stream.runForEachArray((chunk) =>
          Effect.andThen(
            Effect.sync(() => chunks.push(chunk.length)),
            chunks.length < 2 ? TestClock.adjust(1) : Effect.void,
          ),
        ),
        Effect.provide(client),
      )
      assert.strictEqual(
        chunks.reduce((sum, length) => sum + length, 0),
        count,
      )
    }),
  )

  it.effect("has no user begun for whom a slow reader has not asked", () =>
    Effect.gen(function* () {
      let begun = 0
      let arrived = 0
      const client = ManagementClient.layerTest({
        kickUsers: () =>
          Effect.suspend(() => {
            begun += 1
            assert.isAtMost(begun - arrived, 4)
            return Effect.as(Effect.sleep(10), { statusCode: 200, message: "", data: { success: true } })
          }),
      })
      const targets = Stream.map(Stream.range(1, 100), (index) => User.userId(`${index}`))
      const fiber = yield* Kick.all(targets, { apps: ["a"], concurrency: 4 }).pipe(
        Stream.runForEach(() =>
          Effect.andThen(
            Effect.sleep(50),
            Effect.sync(() => (arrived += 1)),
          ),
        ),
        Effect.provide(client),
        Effect.forkChild,
      )
      for (let step = 0; step < 200; step++) yield* TestClock.adjust(50)
      yield* Fiber.join(fiber)
      assert.deepStrictEqual({ begun, arrived }, { begun: 100, arrived: 100 })
    }),
  )

  // Users that are kicked after so many milliseconds each, and what became of them.
  const kicking = (millis: number) => {
    const begun: Array<string> = []
    const layer = ManagementClient.layerTest({
      kickUsers: ({ userId }) =>
        Effect.suspend(() => {
          begun.push(userId)
          return Effect.as(Effect.sleep(millis), { statusCode: 200, message: "", data: { success: true } })
        }),
    })
    return { begun, layer }
  }
  const users = (count: number) => Stream.map(Stream.range(0, count - 1), (index) => User.userId(`u${index}`))
  const passes = <A, E>(effect: Effect.Effect<A, E>, step = 1) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.exit(effect))
      for (let at = 0; at < 5000 && fiber.pollUnsafe() === undefined; at++) yield* TestClock.adjust(step)
      const exit = fiber.pollUnsafe()
      if (exit === undefined) throw new Error("the run does not end")
      return yield* yield* exit
    })

  it.effect("ends when an outcome cannot be put on record, though results wait for a slow reader", () => {
    const { begun, layer } = kicking(1)
    let told = 0
    return Effect.gen(function* () {
      const error = yield* Kick.allWithTarget(users(600), {
        apps: ["a"],
        concurrency: 8,
        onOutcome: ({ target }) => (target.id === "u20" ? Effect.fail("the disk is full") : Effect.void),
      }).pipe(
        Stream.runForEach(() =>
          Effect.suspend(() => {
            told += 1
            return Effect.sleep(3)
          }),
        ),
        Effect.provide(layer),
        passes,
        Effect.flip,
      )
      assert.strictEqual(error, "the disk is full")
      assert.isAtMost(begun.length, 20 + 2 * 8)
      assert.isAtMost(told, begun.length)
    })
  })

  it.effect("begins nobody after the reader has left, whatever the input still holds", () => {
    const { begun, layer } = kicking(10)
    return Effect.gen(function* () {
      const targets = Stream.concat(
        Stream.fromEffect(Effect.as(Effect.sleep(5), User.userId("first"))),
        Stream.concat(Stream.make(User.userId("")), users(20_000)),
      ).pipe(Stream.rechunk(20_002))
      const outcomes = yield* Kick.all(targets, { apps: ["a"], concurrency: 4 }).pipe(
        Stream.take(1),
        Stream.runCollect,
        Effect.provide(layer),
        passes,
      )
      assert.strictEqual(outcomes.length, 1)
      assert.isAtMost(begun.length, 8)
    })
  })

  it.effect("begins in the order of the input, wherever that comes from", () => {
    const { begun, layer } = kicking(10)
    return Effect.gen(function* () {
      const targets = Stream.concat(Stream.drain(Stream.fromEffect(Effect.sleep(5))), users(12))
      yield* Kick.all(targets, { apps: ["a"], concurrency: 4 }).pipe(Stream.runDrain, Effect.provide(layer), passes)
      assert.deepStrictEqual(
        begun,
        Array.from({ length: 12 }, (_, index) => `u${index}`),
      )
    })
  })

  it.effect("waits for those under way when the input fails", () => {
    const { layer } = kicking(100)
    const told: Array<string> = []
    return Effect.gen(function* () {
      const targets = Stream.concat(users(3), Stream.fromEffect(Effect.andThen(Effect.sleep(10), Effect.fail("cut"))))
      const error = yield* Kick.all(targets, { apps: ["a"], concurrency: 8 }).pipe(
        Stream.runForEach(({ user }) => Effect.sync(() => told.push(user.id))),
        Effect.provide(layer),
        passes,
        Effect.flip,
      )
      assert.strictEqual(error, "cut")
      assert.deepStrictEqual(told, ["u0", "u1", "u2"])
    })
  })

  for (const ordered of [false, true]) {
    it.effect(`loses nobody however often fibers yield${ordered ? ", in order" : ""}`, () =>
      Effect.forEach(
        Array.from({ length: 60 }, (_, index) => index + 3),
        (operations) => {
          const { begun, layer } = kicking(1)
          return Kick.all(users(20), { apps: ["a"], concurrency: (operations % 4) + 1, ordered }).pipe(
            Stream.runForEach(() => Effect.forEach(Array.from({ length: operations % 7 }), () => Effect.void)),
            Effect.provide(layer),
            Effect.provideService(Scheduler.MaxOpsBeforeYield, operations),
            passes,
            Effect.map(() => assert.strictEqual(begun.length, 20)),
          )
        },
        { discard: true },
      ),
    )
  }
})
