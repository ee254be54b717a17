/** The life of a management token: fetched once, shared, renewed ahead of its end, dropped when it is refused. */
import { assert, describe, it } from "@effect/vitest"
import { ManagementClient } from "@genauth-effect/client"
import { Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import { json, key, kicked, kickPath, make, type Reply, reset, tokenPath } from "./service.ts"

const jwt = (name: string) =>
  ["{}", JSON.stringify({ scoped_userpool_id: "pool-1", name }), "signature"]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".")

const token = (name: string, lifetime = 7200): Reply =>
  json({ statusCode: 200, message: "", data: { access_token: jwt(name), expires_in: lifetime } })

const start = Effect.fnUntraced(function* (
  tokens: ReadonlyArray<Reply>,
  options?: Partial<ManagementClient.Options> & { readonly kicks?: ReadonlyArray<Reply> },
) {
  const { kicks = [kicked], ...rest } = options ?? {}
  const service = make({ [tokenPath]: tokens, [kickPath]: kicks })
  const client = yield* ManagementClient.make({ ...key, authentication: "token", ...rest }).pipe(
    Effect.provide(service.layer),
  )
  const to = (path: string) => service.received.filter((one) => new URL(one.url).pathname === path)
  return {
    kick: client.kickUsers({ appIds: ["a"], userId: "u" }),
    /** How often a token was asked for, once what goes on in the background has begun. */
    asked: Effect.map(Effect.yieldNow, () => to(tokenPath).length),
    /** The tokens of the kicks, by name. */
    used: () =>
      to(kickPath).map(({ headers }) =>
        ["a", "b", "c"].find((name) => headers["authorization"] === `Bearer ${jwt(name)}`),
      ),
  }
})

describe("one request for all callers", () => {
  it.effect("goes on when the first of them is interrupted", () =>
    Effect.gen(function* () {
      const { asked, kick, used } = yield* start([Effect.delay(token("a"), "2 seconds")])
      const first = yield* Effect.forkChild(kick)
      const others = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 50 }, () => kick),
          { concurrency: 50 },
        ),
      )
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(others)).length, 50)
      assert.strictEqual(yield* asked, 1)
      assert.strictEqual(used().length, 50)
      assert.deepStrictEqual([...new Set(used())], ["a"])
    }),
  )
  it.effect("is called off when the last of them leaves, and the next caller starts another", () =>
    Effect.gen(function* () {
      let calledOff = 0
      const never: Reply = Effect.onInterrupt(Effect.never, () =>
        Effect.sync(() => {
          calledOff += 1
        }),
      )
      const { asked, kick, used } = yield* start([never, token("a")])
      const first = yield* Effect.forkChild(kick)
      const second = yield* Effect.forkChild(kick)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(first)
      assert.strictEqual(calledOff, 0)
      yield* Fiber.interrupt(second)
      assert.strictEqual(calledOff, 1)
      yield* kick
      assert.strictEqual(yield* asked, 2)
      assert.deepStrictEqual(used(), ["a"])
    }),
  )
  it.effect("fails for all of them when it fails, and is not remembered", () =>
    Effect.gen(function* () {
      const forbidden = json({ statusCode: 403, message: "" })
      const { asked, kick } = yield* start([Effect.delay(forbidden, "1 second"), token("a")])
      const fiber = yield* Effect.forkChild(Effect.all([Effect.flip(kick), Effect.flip(kick)], { concurrency: 2 }))
      yield* TestClock.adjust("1 second")
      for (const error of yield* Fiber.join(fiber)) assert.strictEqual(error._tag, "ForbiddenError")
      assert.strictEqual(yield* asked, 1)
      yield* kick
      assert.strictEqual(yield* asked, 2)
    }),
  )
})

describe("renewal ahead of the end", () => {
  it.effect("happens in the background: nobody waits for it", () =>
    Effect.gen(function* () {
      const { asked, kick, used } = yield* start([token("a"), Effect.delay(token("b"), "5 seconds")])
      yield* kick
      yield* TestClock.adjust("7169 seconds")
      yield* kick
      assert.strictEqual(yield* asked, 1)
      // 30 seconds before the end; the kick is answered while the clock stands still.
      yield* TestClock.adjust("1 second")
      yield* kick
      assert.strictEqual(yield* asked, 2)
      yield* kick
      assert.strictEqual(yield* asked, 2)
      yield* TestClock.adjust("5 seconds")
      yield* kick
      assert.deepStrictEqual(used(), ["a", "a", "a", "a", "b"])
      assert.strictEqual(yield* asked, 2)
    }),
  )
  it.effect("comes at a tenth of a short life", () =>
    Effect.gen(function* () {
      const { asked, kick } = yield* start([token("a", 100), token("b", 100)])
      yield* kick
      yield* TestClock.adjust("89 seconds")
      yield* kick
      assert.strictEqual(yield* asked, 1)
      yield* TestClock.adjust("1 second")
      yield* kick
      assert.strictEqual(yield* asked, 2)
    }),
  )
  it.effect("may fail: the token at hand still holds, and it is tried again a second later", () =>
    Effect.gen(function* () {
      const { asked, kick, used } = yield* start([token("a"), reset, token("b")])
      yield* kick
      yield* TestClock.adjust("7180 seconds")
      yield* kick
      yield* kick
      assert.strictEqual(yield* asked, 2)
      yield* TestClock.adjust("1 second")
      yield* kick
      assert.strictEqual(yield* asked, 3)
      yield* TestClock.adjust("1 second")
      yield* kick
      assert.deepStrictEqual(used(), ["a", "a", "a", "a", "b"])
    }),
  )
  it.effect("goes on when the caller that began it is interrupted, and ends with the client", () =>
    Effect.gen(function* () {
      let calledOff = 0
      const never: Reply = Effect.onInterrupt(Effect.never, () =>
        Effect.sync(() => {
          calledOff += 1
        }),
      )
      const scope = yield* Scope.make()
      const slowKick = Effect.delay(kicked, "1 second")
      const { asked, kick } = yield* start([token("a"), never], { kicks: [kicked, slowKick] }).pipe(
        Effect.provideService(Scope.Scope, scope),
      )
      yield* kick
      yield* TestClock.adjust("7180 seconds")
      const fiber = yield* Effect.forkChild(kick)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* asked, 2)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(calledOff, 0)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(calledOff, 1)
    }),
  )
  it.effect("an expired token is waited for", () =>
    Effect.gen(function* () {
      const { asked, kick, used } = yield* start([token("a"), Effect.delay(token("b"), "2 seconds")])
      yield* kick
      yield* TestClock.adjust("3 hours")
      const fiber = yield* Effect.forkChild(kick)
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(used(), ["a"])
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(used(), ["a", "b"])
      assert.strictEqual(yield* asked, 2)
    }),
  )
})

describe("a refused token", () => {
  for (const [code, answer] of [
    ["2020", json({ statusCode: 401, apiCode: 2020, message: "" })],
    ["2206", json({ statusCode: 400, apiCode: 2206, message: "" })],
    ["2207", json({ statusCode: 400, apiCode: 2207, message: "" })],
    ["statusCode 401", json({ statusCode: 401, message: "" })],
    ["HTTP 401", json({}, { status: 401 })],
  ] as const) {
    it.effect(`(${code}) is renewed once`, () =>
      Effect.gen(function* () {
        const mended = yield* start([token("a"), token("b")], { kicks: [answer, kicked] })
        yield* mended.kick
        assert.deepStrictEqual(mended.used(), ["a", "b"])
        const lasting = yield* start([token("a"), token("b"), token("c")], { kicks: [answer] })
        const error = yield* Effect.flip(lasting.kick)
        assert.strictEqual(error.attempts, 2)
        assert.deepStrictEqual(lasting.used(), ["a", "b"])
      }),
    )
  }
  it.effect("is renewed once for all whom it was refused to", () =>
    Effect.gen(function* () {
      const refused = Effect.delay(json({ statusCode: 401, apiCode: 2020, message: "" }), "1 second")
      const kicks = [refused, refused, refused, kicked]
      const { asked, kick, used } = yield* start([token("a"), token("b"), token("c")], { kicks })
      const fiber = yield* Effect.forkChild(Effect.all([kick, kick, kick], { concurrency: 3 }))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(used(), ["a", "a", "a", "b", "b", "b"])
      assert.strictEqual(yield* asked, 2)
    }),
  )
})

it.effect("a key that is refused is not tried twice", () =>
  Effect.gen(function* () {
    const { asked, kick } = yield* start([json({ statusCode: 401, message: "" })])
    const error = yield* Effect.flip(kick)
    assert.strictEqual(error._tag, "UnauthorizedError")
    assert.strictEqual(yield* asked, 1)
    assert.strictEqual(error.attempts, 1)
  }),
)

it.effect("a token that nobody answers for is repeated like any call, within the deadline", () =>
  Effect.gen(function* () {
    const { asked, kick, used } = yield* start([reset, json({ statusCode: 503, message: "" }), token("a")])
    const fiber = yield* Effect.forkChild(kick)
    yield* TestClock.adjust("1 minute")
    yield* Fiber.join(fiber)
    assert.strictEqual(yield* asked, 3)
    assert.deepStrictEqual(used(), ["a"])
  }),
)
