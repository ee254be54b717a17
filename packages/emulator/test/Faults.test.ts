/** Every fault as a client without a socket meets it, in the time of the TestClock. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, Faults } from "@genauth-effect/emulator"
import { Operation } from "@genauth-effect/protocol"
import { Clock, type Duration, Effect, Fiber, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { appId, authorized, example, json, kick, send, turns, until, userId } from "./wire.ts"

const emulated = (script: Faults.Script, options?: Emulator.Options) =>
  Emulator.layerHttpClient.pipe(Layer.provideMerge(Emulator.layer(example, { ...options, faults: script })))

const once = (fault: Faults.Fault): Faults.Script => ({ rules: [{ when: { times: 1 }, fault }] })

const isOnline = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  return (yield* emulator.onlineApps(userId)).length > 0
})

const codeOf = (cause: unknown): unknown =>
  typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined

describe("connections that end", () => {
  const cases: ReadonlyArray<readonly [Faults.Kind, Faults.Fault, code: string, stillOnline: boolean]> = [
    ["connectionRefused", { kind: "connectionRefused" }, "ECONNREFUSED", true],
    ["resetBefore", { kind: "resetBefore" }, "ECONNRESET", true],
    ["resetAfter", { kind: "resetAfter" }, "ECONNRESET", false],
  ]
  for (const [kind, fault, code, stillOnline] of cases) {
    it.effect(kind, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(send(kick()))
        assert.strictEqual(error.reason._tag, "TransportError")
        assert.strictEqual(codeOf(error.cause), code)
        assert.strictEqual(yield* isOnline, stillOnline)
        const emulator = yield* Emulator.Emulator
        const [received] = yield* emulator.requests
        assert.deepInclude(received, { faults: [kind], isApplied: !stillOnline, answer: undefined })
        assert.strictEqual((yield* send(kick())).status, 200)
      }).pipe(Effect.provide(emulated(once(fault)))),
    )
  }

  it.effect("resetDuring gives half a body", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(send(kick()))
      assert.strictEqual(error.reason._tag, "DecodeError")
      assert.strictEqual(codeOf(error.cause), "ECONNRESET")
      assert.isFalse(yield* isOnline)
    }).pipe(Effect.provide(emulated(once({ kind: "resetDuring" })))),
  )

  it.effect("silence never answers, and waits no longer than its caller", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(send(kick()))
      yield* TestClock.adjust("1000 days")
      assert.isUndefined(fiber.pollUnsafe())
      yield* Fiber.interrupt(fiber)
      assert.isTrue(yield* isOnline)
    }).pipe(Effect.provide(emulated(once({ kind: "silence" })))),
  )
})

describe("answers that are replaced or spoiled", () => {
  const html = /^<!DOCTYPE html>/
  const cases: ReadonlyArray<
    readonly [name: string, Faults.Fault, status: number, text: RegExp, headers: Readonly<Record<string, string>>]
  > = [
    ["http 503", { kind: "http", status: 503 }, 503, html, { "content-type": "text/html" }],
    ["http 429", { kind: "http", status: 429 }, 429, html, {}],
    [
      "Retry-After in seconds",
      { kind: "http", status: 429, retryAfter: { seconds: 7 } },
      429,
      html,
      { "retry-after": "7" },
    ],
    [
      "Retry-After as a date",
      { kind: "http", status: 503, retryAfter: { seconds: 7, as: "date" } },
      503,
      html,
      { "retry-after": "Thu, 01 Jan 1970 00:00:07 GMT" },
    ],
    [
      "http with an envelope",
      { kind: "http", status: 502, body: "envelope" },
      502,
      /^\{"statusCode":502,"message":"[^"]+","requestId":"emulated-1"\}$/,
      {},
    ],
    ["throttled", { kind: "throttled" }, 200, /^\{"statusCode":429,"message":"[^"]+","requestId":"emulated-1"\}$/, {}],
    ["apiCode 1000", { kind: "apiCode", apiCode: 1000 }, 200, /^\{"statusCode":500,"apiCode":1000,/, {}],
    [
      "any apiCode",
      { kind: "apiCode", apiCode: 4021, statusCode: 402 },
      200,
      /^\{"statusCode":402,"apiCode":4021,/,
      {},
    ],
    ["statusCode", { kind: "statusCode", statusCode: 601 }, 200, /^\{"statusCode":601,"message":/, {}],
    ["successFalse", { kind: "successFalse" }, 200, /^\{"statusCode":200,.*"data":\{"success":false\}\}$/, {}],
    [
      "v2Error",
      { kind: "v2Error" },
      200,
      /^\{"uniqueId":"emulated-1","statusCode":499,"apiCode":"2011","message":"[^"]+","data":null\}$/,
      {},
    ],
    ["html200", { kind: "html200" }, 200, html, { "content-type": "text/html" }],
    ["redirect", { kind: "redirect" }, 307, /^$/, { location: "/api/v3/redirected" }],
    [
      "redirect elsewhere",
      { kind: "redirect", status: 302, location: "http://elsewhere.invalid/" },
      302,
      /^$/,
      { location: "http://elsewhere.invalid/" },
    ],
    ["raw", { kind: "raw", body: "[1", status: 418, contentType: "x/y" }, 418, /^\[1$/, { "content-type": "x/y" }],
  ]
  for (const [name, fault, status, text, headers] of cases) {
    it.effect(`${name}: the request is not carried out`, () =>
      Effect.gen(function* () {
        const seen = yield* send(kick())
        assert.strictEqual(seen.status, status)
        assert.match(seen.text, text)
        assert.deepInclude(seen.headers, headers)
        assert.isTrue(yield* isOnline)
        assert.deepInclude(json(yield* send(kick())), { statusCode: 200 })
      }).pipe(Effect.provide(emulated(once(fault)))),
    )
    if (!Schema.is(Schema.Struct({ kind: Schema.Literals(["throttled", "v2Error", "redirect"]) }))(fault)) {
      it.effect(`${name}, applied: the request is carried out`, () =>
        Effect.gen(function* () {
          assert.strictEqual((yield* send(kick())).status, status)
          assert.isFalse(yield* isOnline)
        }).pipe(Effect.provide(emulated(once(Schema.decodeUnknownSync(Faults.Fault)({ ...fault, applied: true }))))),
      )
    }
  }

  it.effect("truncatedJson: carried out, half an answer", () =>
    Effect.gen(function* () {
      const { text } = yield* send(kick())
      assert.match(text, /^\{"statusCode":200/)
      assert.throws(() => JSON.parse(text))
      assert.isFalse(yield* isOnline)
    }).pipe(Effect.provide(emulated(once({ kind: "truncatedJson" })))),
  )

  it.effect("hugeBody: carried out, the answer and white space", () =>
    Effect.gen(function* () {
      const seen = yield* send(kick())
      assert.strictEqual(new TextEncoder().encode(seen.text).byteLength, 2 * 1024 * 1024)
      assert.deepInclude(json(seen), { statusCode: 200 })
    }).pipe(Effect.provide(emulated(once({ kind: "hugeBody" })))),
  )
})

const Token = Schema.Struct({ access_token: Schema.String })

describe("time", () => {
  const answeredAfter = (fault: Faults.Fault, millis: number) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(send(kick()))
      yield* TestClock.adjust(0)
      assert.isFalse(yield* isOnline, "carried out at once")
      yield* TestClock.adjust(millis - 1)
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.deepInclude(json(yield* Fiber.join(fiber)), { statusCode: 200 })
    }).pipe(Effect.provide(emulated(once(fault))))

  it.effect("constant latency", () =>
    answeredAfter({ kind: "latency", distribution: { type: "constant", millis: 700 } }, 700),
  )
  it.effect("uniform latency between equal ends", () =>
    answeredAfter({ kind: "latency", distribution: { type: "uniform", minMillis: 50, maxMillis: 50 } }, 50),
  )
  it.effect("exponential latency, cut off", () =>
    answeredAfter({ kind: "latency", distribution: { type: "exponential", meanMillis: 1e12, maxMillis: 40 } }, 40),
  )

  it.effect("latency adds up, and delays a reset too", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.flip(send(kick())))
      yield* TestClock.adjust(29)
      assert.isUndefined(fiber.pollUnsafe())
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* Fiber.join(fiber)).reason._tag, "TransportError")
    }).pipe(
      Effect.provide(
        emulated({
          rules: [
            { fault: { kind: "latency", distribution: { type: "constant", millis: 10 } } },
            { fault: { kind: "resetAfter" } },
            { fault: { kind: "latency", distribution: { type: "constant", millis: 20 } } },
          ],
        }),
      ),
    ),
  )

  it.effect("drawn latencies have the mean they were given", () =>
    Effect.sync(() => {
      const mean = (distribution: Faults.Distribution) => {
        const emulator = Emulator.makeUnsafe(example, {
          faults: { rules: [{ fault: { kind: "latency", distribution } }] },
        })
        let sum = 0
        for (let count = 0; count < 4000; count += 1) {
          const reply = emulator.answer({ method: "GET", target: "/", headers: {}, body: "" }, 0)
          if (reply._tag === "Answer") sum += reply.delayMillis
        }
        return sum / 4000
      }
      assert.approximately(mean({ type: "exponential", meanMillis: 1000 }), 1000, 60)
      assert.approximately(mean({ type: "uniform", minMillis: 100, maxMillis: 300 }), 200, 4)
    }),
  )

  it.effect("slowBody comes in pieces", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(send(kick()))
      // The body is read by promises: each step lets them run before time goes on.
      let steps = 0
      while (fiber.pollUnsafe() === undefined && steps < 1000) {
        yield* turns
        yield* TestClock.adjust(100)
        steps += 1
      }
      const seen = yield* Fiber.join(fiber)
      assert.deepInclude(json(seen), { statusCode: 200 })
      const pieces = Math.ceil(new TextEncoder().encode(seen.text).byteLength / 10)
      assert.isAtLeast(steps, pieces)
    }).pipe(Effect.provide(emulated({ rules: [{ fault: { kind: "slowBody", everyMillis: 100, chunkBytes: 10 } }] }))),
  )

  for (const fault of [
    { kind: "slowBody", everyMillis: 1000 },
    { kind: "latency", distribution: { type: "constant", millis: 1000 } },
  ] as const) {
    it.effect(`${fault.kind} waits no longer than its caller`, () =>
      Effect.gen(function* () {
        const clock = yield* Clock.Clock
        let waiting = 0
        const counting = {
          ...clock,
          sleep: (duration: Duration.Duration) =>
            Effect.acquireUseRelease(
              Effect.sync(() => (waiting += 1)),
              () => clock.sleep(duration),
              () => Effect.sync(() => (waiting -= 1)),
            ),
        }
        const fiber = yield* Effect.forkChild(Effect.provideService(send(kick()), Clock.Clock, counting))
        yield* until(Effect.sync(() => waiting === 1))
        yield* Fiber.interrupt(fiber)
        yield* until(Effect.sync(() => waiting === 0))
      }).pipe(Effect.provide(emulated({ rules: [{ fault }] }))),
    )
  }

  it.effect("clockOff moves the server's clock and its Date header, for the requests it selects", () =>
    Effect.gen(function* () {
      const late = yield* send(kick())
      assert.deepInclude(json(late), { apiCode: 1305 })
      assert.strictEqual(late.headers["date"], "Thu, 01 Jan 1970 00:06:00 GMT")
      const right = yield* send(kick())
      assert.deepInclude(json(right), { statusCode: 200 })
      assert.strictEqual(right.headers["date"], "Thu, 01 Jan 1970 00:00:00 GMT")
    }).pipe(Effect.provide(emulated(once({ kind: "clockOff", millis: 360_000 })))),
  )

  it.effect("a request signed with the server's time passes however far its clock is off", () =>
    Effect.gen(function* () {
      assert.deepInclude(json(yield* send(kick({ now: -86_400_000 }))), { statusCode: 200 })
    }).pipe(Effect.provide(emulated({ rules: [{ fault: { kind: "clockOff", millis: -86_400_000 } }] }))),
  )

  it.effect("tokensRevoked ends the tokens issued before", () =>
    Effect.gen(function* () {
      const [key] = example.userPool.accessKeys
      const issued = json(yield* send(authorized(Operation.getManagementToken, { ...key }, {})))
      const { access_token } = yield* Schema.decodeUnknownEffect(Token)(issued["data"])
      const check = authorized(
        Operation.checkSessionStatus,
        { appId, userId },
        { authorization: `Bearer ${access_token}` },
      )
      assert.deepInclude(json(yield* send(check)), { statusCode: 200 })
      assert.deepInclude(json(yield* send(check)), { apiCode: 2020 })
      assert.deepInclude(json(yield* send(check)), { apiCode: 2020 })
    }).pipe(Effect.provide(emulated({ rules: [{ when: { nth: 3 }, fault: { kind: "tokensRevoked" } }] }))),
  )
})

describe("selectors", () => {
  const met = (rules: Faults.Script["rules"], requests: number, seed?: number) => {
    const emulator = Emulator.makeUnsafe(example, { faults: { seed, rules } })
    return Array.from({ length: requests }, (_, index) => {
      const path = index % 2 === 0 ? Operation.kickUsers.path : Operation.getUser.path
      const reply = emulator.answer({ method: "POST", target: path, headers: {}, body: "{}" }, 0)
      return reply._tag === "Answer" ? 0 : 1
    })
  }
  const fault = { kind: "resetBefore" } as const

  it("nth, every, times and path", () => {
    assert.deepStrictEqual(met([{ when: { nth: 3 }, fault }], 6), [0, 0, 1, 0, 0, 0])
    assert.deepStrictEqual(met([{ when: { every: 2 }, fault }], 6), [0, 1, 0, 1, 0, 1])
    assert.deepStrictEqual(met([{ when: { times: 2 }, fault }], 4), [1, 1, 0, 0])
    assert.deepStrictEqual(met([{ when: { every: 2, times: 1 }, fault }], 6), [0, 1, 0, 0, 0, 0])
    const path = Operation.getUser.path
    assert.deepStrictEqual(met([{ when: { path }, fault }], 4), [0, 1, 0, 1])
    assert.deepStrictEqual(met([{ when: { path, nth: 2 }, fault }], 6), [0, 0, 0, 1, 0, 0])
  })

  it("a probability hits its share, the same requests for the same seed", () => {
    const rules = [{ when: { probability: 0.2 }, fault }]
    const first = met(rules, 5000, 42)
    assert.approximately(first.filter(Boolean).length / 5000, 0.2, 0.02)
    assert.deepStrictEqual(met(rules, 5000, 42), first)
    assert.notDeepEqual(met(rules, 5000, 43), first)
  })

  it("a rule draws the same whatever rules stand behind it", () => {
    const rule = { when: { probability: 0.5 }, fault }
    const behind = { when: { probability: 0.5 }, fault: { kind: "throttled" } } as const
    assert.deepStrictEqual(met([rule, behind], 200, 7), met([rule], 200, 7))
  })

  it("of several faults one is drawn, evenly", () => {
    const emulator = Emulator.makeUnsafe(example, {
      faults: { rules: [{ fault: [{ kind: "throttled" }, { kind: "html200" }, { kind: "resetBefore" }] }] },
    })
    for (let count = 0; count < 3000; count += 1) emulator.answer(kick(), 0)
    const { faults } = Effect.runSync(emulator.counts)
    assert.hasAllKeys(faults, ["throttled", "html200", "resetBefore"])
    for (const count of Object.values(faults)) assert.approximately(count, 1000, 100)
  })

  it("the first of two endings decides, and only it counts", () => {
    const emulator = Emulator.makeUnsafe(example, {
      faults: { rules: [{ fault: { kind: "throttled" } }, { when: { times: 1 }, fault: { kind: "html200" } }] },
    })
    emulator.answer(kick(), 0)
    assert.deepStrictEqual(
      Effect.runSync(emulator.faults).map(({ injected, seen }) => [seen, injected]),
      [
        [1, 1],
        [1, 0],
      ],
    )
  })
})

describe("the script as data", () => {
  it.prop(
    "any script survives JSON, and an emulator that runs it never throws",
    [Faults.Script],
    ([script]) => {
      const text = JSON.stringify(Schema.encodeUnknownSync(Faults.Script)(script))
      const read = Schema.decodeSync(Schema.fromJsonString(Faults.Script))(text)
      const first = Emulator.makeUnsafe(example, { faults: script })
      const second = Emulator.makeUnsafe(example, { faults: read })
      for (let count = 0; count < 5; count += 1) {
        const request = kick()
        // As texts: JSON knows no negative zero, which is as long a delay.
        assert.strictEqual(JSON.stringify(first.answer(request, 0)), JSON.stringify(second.answer(request, 0)))
      }
    },
    { arbitrary: { runs: 200 } },
  )

  const refused: ReadonlyArray<readonly [string, unknown]> = [
    ["a kind that is none", { rules: [{ fault: { kind: "fire" } }] }],
    ["a probability above one", { rules: [{ when: { probability: 2 }, fault: { kind: "throttled" } }] }],
    ["a request number of zero", { rules: [{ when: { nth: 0 }, fault: { kind: "throttled" } }] }],
    ["a negative delay", { rules: [{ fault: { kind: "slowBody", everyMillis: -1 } }] }],
    [
      "ends in the wrong order",
      { rules: [{ fault: { kind: "latency", distribution: { type: "uniform", minMillis: 2, maxMillis: 1 } } }] },
    ],
    ["an HTTP status without a body", { rules: [{ fault: { kind: "raw", body: "x", status: 204 } }] }],
    ["no fault at all", { rules: [{ fault: [] }] }],
  ]
  for (const [name, script] of refused) {
    it(`refuses ${name}`, () => {
      assert.isFalse(Schema.is(Faults.Script)(script))
      const emulator = Emulator.makeUnsafe(example)
      const body = JSON.stringify(script)
      const reply = emulator.answer({ method: "POST", target: "/__emulator/faults", headers: {}, body }, 0)
      assert.deepInclude(reply, { _tag: "Answer", status: 400 })
    })
  }

  it.effect("faults set at run time replace those before, and clear", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      assert.strictEqual((yield* send(kick())).status, 503)
      yield* emulator.setFaults(once({ kind: "html200" }))
      assert.match((yield* send(kick())).text, /^<!DOCTYPE/)
      assert.deepInclude(json(yield* send(kick())), { statusCode: 200 })
      yield* emulator.setFaults({ rules: [{ fault: { kind: "throttled" } }] })
      yield* emulator.clearFaults
      assert.deepInclude(json(yield* send(kick())), { statusCode: 200 })
      assert.isEmpty(yield* emulator.faults)
    }).pipe(Effect.provide(emulated({ rules: [{ fault: { kind: "http", status: 503 } }] }))),
  )
})

it.effect("two clients in one program meet two emulators", () =>
  Effect.gen(function* () {
    const broken = yield* Effect.flip(send(kick())).pipe(
      Effect.provide(emulated({ rules: [{ fault: { kind: "resetBefore" } }] })),
    )
    assert.strictEqual(broken.reason._tag, "TransportError")
    assert.deepInclude(json(yield* send(kick())), { statusCode: 200 })
  }).pipe(Effect.provide(emulated({ rules: [] }))),
)
