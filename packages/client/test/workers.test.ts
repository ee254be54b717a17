/** Who is handled when, in a run over many users: what `Stream.mapEffect` would do, and where a run ends early. */
import { assert, describe, it } from "@effect/vitest"
import { Kick, ManagementClient, User } from "@genauth-effect/client"
import { Clock, Effect, Fiber, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"

const Case = Schema.Struct({
  /** How long each user takes, in milliseconds. Different ones, so that two ways cannot differ by chance. */
  durations: Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 }))),
  concurrency: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 6 })),
  ordered: Schema.Boolean,
  /** How the targets arrive, and how long whoever reads the outcomes takes for each. */
  chunk: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 5 })),
  pause: Schema.Literals([0, 0, 7, 23]),
  taken: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 60 })),
})

type Case = typeof Case.Type

// Unlike any other, since powers of an odd number follow.
const millisOf = ({ durations }: Case, index: number): number => 1 + (durations[index] ?? 0) * 100 + index

/** What happened, and when. */
const watched = <A, E>(
  { chunk, durations, pause, taken }: Case,
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
      Stream.runForEach((outcome) => Effect.andThen(told(`${String(outcome)} arrives`), Effect.sleep(pause))),
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
        assert.strictEqual(byKick.join("; "), byEffect.join("; "))
      }),
    { arbitrary: { runs: 200 } },
  )
})
