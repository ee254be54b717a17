/** A hidden limit, met by the whole client on emulated time: nobody tells the rate, and no Retry-After comes. */
import { assert, it } from "@effect/vitest"
import { ManagementClient } from "@genauth-effect/client"
import { Emulator, Seed } from "@genauth-effect/emulator"
import { Effect, Fiber, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"

const seed = Seed.generate({ users: 1, applications: 1 })
const appIds = seed.applications.map(({ appId }) => appId)
const [userId = ""] = seed.users.map((user) => user.userId)
const [key = { accessKeyId: "", accessKeySecret: "" }] = seed.userPool.accessKeys
const callers = 64
const burst = 20

const emulated = (perSecond: number) =>
  Emulator.layerHttpClient.pipe(
    Layer.provideMerge(
      Emulator.layer(seed, {
        limit: { perSecond, burst },
        faults: {
          rules: [{ fault: { kind: "latency", distribution: { type: "uniform", minMillis: 5, maxMillis: 35 } } }],
        },
      }),
    ),
  )

/** Runs callers without pause and tells, for each of the spans, what share of the limit was used and refused. */
const measure = Effect.fnUntraced(function* (
  spans: ReadonlyArray<{ readonly perSecond: number; readonly settle: number; readonly seconds: number }>,
) {
  const emulator = yield* Emulator.Emulator
  const client = yield* ManagementClient.make({
    host: "http://localhost",
    accessKeyId: key.accessKeyId,
    accessKeySecret: Redacted.make(key.accessKeySecret),
  })
  const kick = Effect.ignore(client.kickUsers({ appIds, userId }))
  const fiber = yield* Effect.forkChild(
    Effect.forEach(Array.from({ length: callers }), () => Effect.forever(kick), { concurrency: "unbounded" }),
  )
  const advance = Effect.fnUntraced(function* (seconds: number) {
    for (let millis = 0; millis < seconds * 1000; millis += 5) yield* TestClock.adjust("5 millis")
  })
  const results: Array<{ readonly used: number; readonly refused: number }> = []
  for (const { perSecond, seconds, settle } of spans) {
    yield* emulator.setLimit({ perSecond, burst })
    yield* advance(settle)
    const before = yield* emulator.counts
    yield* advance(seconds)
    const after = yield* emulator.counts
    const asked = (after.byPath["/api/v3/kick-users"] ?? 0) - (before.byPath["/api/v3/kick-users"] ?? 0)
    const refused = after.throttled - before.throttled
    results.push({ used: (asked - refused) / (perSecond * seconds), refused: refused / asked })
  }
  yield* Fiber.interrupt(fiber)
  return results
})

it.effect(
  "200 a second: 95 % used, 2 % refused at most, also from the third second after it halves or doubles",
  () =>
    Effect.gen(function* () {
      const results = yield* measure([
        { perSecond: 200, settle: 5, seconds: 30 },
        { perSecond: 100, settle: 3, seconds: 10 },
        { perSecond: 200, settle: 3, seconds: 10 },
      ])
      for (const { refused, used } of results) {
        assert.isAtLeast(used, 0.95)
        assert.isAtMost(refused, 0.02)
      }
    }).pipe(Effect.provide(emulated(200))),
  60_000,
)
