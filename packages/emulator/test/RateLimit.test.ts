/** The hidden rate limit: what it lets through, in emulated time. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, RateLimit, Seed } from "@genauth-effect/emulator"
import { Operation } from "@genauth-effect/protocol"
import { Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { authorized, codesOf, envelope, example, json, key, kick, send, signed } from "./wire.ts"

const isThrottled = (emulator: Emulator.Service, now: number): boolean =>
  codesOf(emulator, kick({ now }), now).statusCode === 429

/** How many of `requests` sent at `now` are refused. */
const refusedAt = (emulator: Emulator.Service, now: number, requests: number): number =>
  Array.from({ length: requests }, () => isThrottled(emulator, now)).filter(Boolean).length

const start = (limit: RateLimit.RateLimit | undefined) => Emulator.makeUnsafe(example, { limit })

it("refuses as the service does: statusCode 429 without apiCode, and changes nothing", () => {
  const emulator = start({ perSecond: 1, burst: 1 })
  assert.deepInclude(envelope(emulator, signed(Operation.getUser, { userId: "x" })), { statusCode: 404 })
  const refused = envelope(emulator, kick())
  assert.hasAllKeys(refused, ["statusCode", "message", "requestId"])
  assert.strictEqual(refused["statusCode"], 429)
  assert.strictEqual(Effect.runSync(emulator.onlineCount), 5)
  assert.deepInclude(Effect.runSync(emulator.counts), { throttled: 1, byStatusCode: { 404: 1, 429: 1 } })
})

it("lets the burst through at once, then the rate", () => {
  const emulator = start({ perSecond: 200, burst: 20 })
  assert.strictEqual(refusedAt(emulator, 0, 25), 5)
  assert.strictEqual(refusedAt(emulator, 50, 15), 5)
  assert.strictEqual(refusedAt(emulator, 10_000, 25), 5)
})

it("lets through perSecond a second, however often it is asked", () => {
  const emulator = start({ perSecond: 200, burst: 20 })
  let passed = 0
  for (let now = 0; now < 30_000; now += 1) passed += isThrottled(emulator, now) ? 0 : 1
  assert.approximately(passed, 200 * 30 + 20, 2)
})

it("lets a request through at its time, however often it was asked for before", () => {
  const emulator = start({ perSecond: 1, burst: 1 })
  assert.strictEqual(refusedAt(emulator, 0, 1), 0)
  for (let now = 100; now < 1000; now += 100) assert.strictEqual(refusedAt(emulator, now, 1), 1)
  assert.strictEqual(refusedAt(emulator, 1000, 2), 1)
})

it("changes while it runs: what is in the bucket stays, up to the new burst", () => {
  const emulator = start({ perSecond: 1, burst: 100 })
  assert.strictEqual(refusedAt(emulator, 0, 50), 0)
  Effect.runSync(emulator.setLimit({ perSecond: 1, burst: 10 }))
  assert.strictEqual(refusedAt(emulator, 0, 12), 2)
  Effect.runSync(emulator.setLimit({ perSecond: 1, burst: 1000 }))
  assert.strictEqual(refusedAt(emulator, 0, 5), 5)
  Effect.runSync(emulator.setLimit(undefined))
  assert.strictEqual(refusedAt(emulator, 0, 50), 0)
})

it("is set over HTTP too", () => {
  const emulator = start(undefined)
  const body = JSON.stringify({ perSecond: 1, burst: 3 })
  emulator.answer({ method: "POST", target: "/__emulator/limit", headers: {}, body }, 0)
  assert.strictEqual(refusedAt(emulator, 0, 5), 2)
  emulator.answer({ method: "DELETE", target: "/__emulator/limit", headers: {}, body: "" }, 0)
  assert.strictEqual(refusedAt(emulator, 0, 5), 0)
})

it("a clock that is set back neither fills nor empties the bucket", () => {
  const emulator = start({ perSecond: 1, burst: 2 })
  assert.strictEqual(refusedAt(emulator, 10_000, 2), 0)
  assert.strictEqual(refusedAt(emulator, 0, 2), 2)
  assert.strictEqual(refusedAt(emulator, 1000, 2), 1)
})

it("counts each pool by itself, and requests for tokens too", () => {
  const other = { accessKeyId: "other", accessKeySecret: "secret of the other pool" }
  const emulator = Emulator.makeUnsafe(
    { ...example, userPools: [{ userPool: { id: "other", accessKeys: [other] }, applications: [], users: [] }] },
    { limit: { perSecond: 1, burst: 2 } },
  )
  const token = authorized(Operation.getManagementToken, key, {})
  assert.deepInclude(codesOf(emulator, token), { statusCode: 200 })
  assert.deepInclude(codesOf(emulator, kick()), { statusCode: 200 })
  assert.deepInclude(codesOf(emulator, token), { statusCode: 429 })
  assert.deepInclude(codesOf(emulator, signed(Operation.listApplicationSimpleInfo, {}, { key: other })), {
    statusCode: 200,
  })
})

it("does not count who is not known: a wrong signature takes nothing from the pool", () => {
  const emulator = start({ perSecond: 1, burst: 1 })
  const stranger = { ...key, accessKeySecret: "wrong" }
  for (let count = 0; count < 5; count += 1) {
    assert.deepInclude(codesOf(emulator, kick({ key: stranger })), { apiCode: 1300 })
    assert.deepInclude(codesOf(emulator, authorized(Operation.getManagementToken, stranger, {})), { statusCode: 401 })
  }
  assert.deepInclude(codesOf(emulator, kick()), { statusCode: 200 })
})

it.effect("refills in the time of the TestClock", () =>
  Effect.gen(function* () {
    const statuses = Effect.map(
      Effect.suspend(() => Effect.all([send(kick()), send(kick())])),
      (all) => all.map((seen) => json(seen)["statusCode"]),
    )
    assert.deepStrictEqual(yield* statuses, [200, 429])
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(yield* statuses, [200, 429])
  }).pipe(
    Effect.provide(
      Emulator.layerHttpClient.pipe(
        Layer.provideMerge(Emulator.layer(Seed.example, { limit: { perSecond: 1, burst: 1 } })),
      ),
    ),
  ),
)

describe("limits that are none", () => {
  for (const limit of [
    { perSecond: 0, burst: 1 },
    { perSecond: -1, burst: 1 },
    { perSecond: 1, burst: 0.5 },
    { perSecond: Infinity, burst: 1 },
  ]) {
    it(JSON.stringify(limit), () => {
      assert.isFalse(Schema.is(RateLimit.RateLimit)(limit))
      const field = limit.burst < 1 ? /limit.*burst/s : /limit.*perSecond/s
      assert.throws(() => Emulator.makeUnsafe(example, { limit }), field)
      assert.throws(() => Effect.runSync(start(undefined).setLimit(limit)), field)
    })
  }
})
