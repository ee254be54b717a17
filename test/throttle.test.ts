/** A hidden limit, met by the whole client on emulated time: nobody tells the rate, and no Retry-After comes. */
import { assert, it } from "@effect/vitest"
import { ManagementClient } from "@genauth-effect/client"
import { Emulator, type Faults, Seed } from "@genauth-effect/emulator"
import { Effect, Exit, Fiber, Layer, Redacted } from "effect"
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

const settings = { host: "http://localhost", ...key, accessKeySecret: Redacted.make(key.accessKeySecret) }

/** Kicks `calls` times, `atOnce` at a time, while time passes in steps of 5 ms; at `clearAfter` the faults end. */
const kickThrough = Effect.fnUntraced(function* (calls: number, atOnce: number, clearAfter: number | undefined) {
  const emulator = yield* Emulator.Emulator
  const client = yield* ManagementClient.make(settings)
  const fiber = yield* Effect.forkChild(
    Effect.forEach(Array.from({ length: calls }), () => Effect.exit(client.kickUsers({ appIds, userId })), {
      concurrency: atOnce,
    }),
  )
  let millis = 0
  for (; fiber.pollUnsafe() === undefined; millis += 5) {
    if (millis === clearAfter) yield* emulator.setFaults({ rules: [] })
    yield* TestClock.adjust("5 millis")
  }
  const exits = yield* Fiber.join(fiber)
  return { millis, failed: exits.filter(Exit.isFailure).length }
})

const refusing = (rule: Faults.Rule["when"], fault: Faults.Fault) =>
  Emulator.layerHttpClient.pipe(
    Layer.provideMerge(Emulator.layer(seed, { faults: { rules: [{ when: rule, fault }] } })),
  )

const shortOutages: ReadonlyArray<readonly [millis: number, calls: number, seconds: number]> = [
  [300, 64, 10],
  [1000, 200, 20],
  [5000, 500, 40],
]
for (const [millis, calls, seconds] of shortOutages) {
  it.effect(`everything refused for ${millis} ms costs none of ${calls} callers his kick`, () =>
    Effect.gen(function* () {
      const result = yield* kickThrough(calls, calls, millis)
      assert.strictEqual(result.failed, 0)
      assert.isAtMost(result.millis, seconds * 1000)
    }).pipe(Effect.provide(refusing({}, { kind: "throttled" }))),
  )
}

it.effect("one refusal in five, at any pace, loses nobody and does not bring the pace down for long", () =>
  Effect.gen(function* () {
    const result = yield* kickThrough(1000, 64, undefined)
    assert.strictEqual(result.failed, 0)
    assert.isAtMost(result.millis, 60_000)
  }).pipe(Effect.provide(refusing({ probability: 0.2 }, { kind: "throttled" }))),
)
