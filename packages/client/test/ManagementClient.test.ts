import { assert, describe, it } from "@effect/vitest"
import { ApiError, Circuit, KickUsers, ManagementClient, User } from "@genauth-effect/client"
import { ApiCode, Operation, Signature, StatusCode } from "@genauth-effect/protocol"
import { Clock, ConfigProvider, Effect, Exit, Fiber, Layer, Redacted, Result, Schema, Scope } from "effect"
import { HttpClient, type HttpClientError } from "effect/http"
import { TestClock } from "effect/testing"
import {
  json,
  key,
  kick,
  kicked,
  kickPath,
  make,
  type Reply,
  reset,
  secret,
  silence,
  text,
  tokenPath,
} from "./service.ts"

const failure = (answer: unknown, init?: ResponseInit) =>
  Effect.flip(kick([json(answer, init)], { retry: false }).call).pipe(
    Effect.filterOrElse(ApiError.isApiError, () => Effect.die(new Error("an option was refused"))),
  )

describe("the ladder from an answer to an error", () => {
  it.effect("decodes every code of the table to its class", () =>
    Effect.gen(function* () {
      for (const row of ApiCode.all) {
        const error = yield* failure({ statusCode: 499, apiCode: row.apiCode, message: "m", requestId: "r" })
        if (row.category === "placeholder") assert.strictEqual(error._tag, "ClientError")
        else {
          assert.strictEqual(error._tag, row.met === "no" ? "UnexpectedApiCode" : row.name)
          assert.strictEqual(error.apiCode, row.apiCode)
          assert.strictEqual(error.isRetryable, row.retry === "backoff")
          if (row.met !== "no") assert.strictEqual(error.category, row.category)
        }
        assert.strictEqual(error.statusCode, 499)
        assert.strictEqual(error.requestId, "r")
        assert.strictEqual(error.attempts, 1)
      }
    }),
  )
  it.effect("decodes every statusCode to its class, from the envelope and from HTTP alone", () =>
    Effect.gen(function* () {
      for (const row of StatusCode.all) {
        const error = yield* failure({ statusCode: row.statusCode, message: "m" })
        assert.strictEqual(error._tag, row.name)
        assert.strictEqual(error.isRetryable, row.retry === "backoff")
        if (row.statusCode >= 600) continue
        const page = kick([text("<html>", { status: row.statusCode })], { retry: false })
        const gateway = yield* Effect.flip(page.call)
        assert.strictEqual(gateway._tag, row.name)
      }
    }),
  )
  it.effect("keeps codes that nobody has heard of, unretried", () =>
    Effect.gen(function* () {
      const apiCode = yield* failure({ statusCode: 400, apiCode: 987_654, message: "" })
      assert.strictEqual(apiCode._tag, "UnexpectedApiCode")
      assert.isFalse(apiCode.isRetryable)
      const statusCode = yield* failure({ statusCode: 777, message: "" })
      assert.strictEqual(statusCode._tag, "UnexpectedStatusCode")
      assert.isFalse(statusCode.isRetryable)
    }),
  )
  it.effect("hostile answers end in their typed errors", () =>
    Effect.gen(function* () {
      const success = '{"statusCode":200,"message":"","data":{"success":true}}'
      const tagOf = (body: string, init?: ResponseInit) =>
        Effect.map(Effect.flip(kick([text(body, init)], { retry: false }).call), (error) => error._tag)
      assert.strictEqual(yield* tagOf("<html>ok</html>"), "UnreadableResponse")
      assert.strictEqual(yield* tagOf(success.slice(0, -3)), "UnreadableResponse")
      assert.strictEqual(yield* tagOf(success, { headers: { "content-type": "text/html" } }), "UnreadableResponse")
      assert.strictEqual(yield* tagOf(success, { status: 503 }), "ServiceUnavailableError")
      assert.strictEqual(yield* tagOf("", { status: 307, headers: { location: "/x" } }), "RedirectRefused")
      assert.strictEqual(yield* tagOf(" ".repeat(1024 * 1024) + success), "UnreadableResponse")
      assert.strictEqual(yield* tagOf('{"statusCode":200,"data":{"success":false}}'), "SuccessFalse")
      assert.strictEqual(yield* tagOf('{"statusCode":"200","data":{"success":true}}'), "UnreadableResponse")
    }),
  )
  it.effect("an error survives JSON", () =>
    Effect.gen(function* () {
      const codec = Schema.toCodecJson(KickUsers.KickUsersError)
      const error = yield* failure({ statusCode: 404, apiCode: 2004, message: "m", requestId: "r" })
      const encoded = yield* Schema.encodeEffect(codec)(error)
      const back = yield* Schema.decodeUnknownEffect(codec)(JSON.parse(JSON.stringify(encoded)))
      assert.instanceOf(back, ApiError.UserNotFound)
      assert.strictEqual(back.message, error.message)
      assert.strictEqual(back.requestId, "r")
    }),
  )
  it.effect("a server that echoes what it was sent does not leak it into an error", () =>
    Effect.gen(function* () {
      const service = kick([json({ statusCode: 400, message: `your secret is ${secret}`, requestId: secret })])
      const error = yield* Effect.flip(service.call)
      assert.notInclude(JSON.stringify(error) + String(error), secret)
    }),
  )
  it.effect("nor one that writes it with escaped slashes, as PHP does", () =>
    Effect.gen(function* () {
      const escaped = String.raw`s3cr3t\/with\/slashes`
      const echo = json({ statusCode: 400, message: `you sent {"secret":"${escaped}"}` })
      const error = yield* Effect.flip(kick([echo], { accessKeySecret: Redacted.make("s3cr3t/with/slashes") }).call)
      assert.notInclude(String(ApiError.isApiError(error) && error.serverMessage), escaped)
      assert.include(String(ApiError.isApiError(error) && error.serverMessage), "<redacted>")
    }),
  )
  it.effect("a header of any length takes no time that matters", () =>
    Effect.gen(function* () {
      const letters = "abc".repeat(100_000)
      const away = text("", { status: 503, headers: { "retry-after": letters, date: letters } })
      const error = yield* Effect.flip(kick([away], { retry: false }).call)
      assert.deepInclude(error, { _tag: "ServiceUnavailableError", retryAfter: undefined })
    }),
  )
})

describe("a wrong request never leaves", () => {
  const cases: ReadonlyArray<readonly [field: string, request: KickUsers.KickUsersDto]> = [
    ["appIds", { appIds: [], userId: "u" }],
    ["appIds", { appIds: Array.from({ length: 51 }, (_, n) => `a${n}`), userId: "u" }],
    ["appIds[1]", { appIds: ["a", ""], userId: "u" }],
    ["userId", { appIds: ["a"], userId: "" }],
    ["userId", KickUsers.forUser(User.make("no-colon", "identity"), ["a"])],
    ["userId", KickUsers.forUser(User.make(":x", "sync_relation"), ["a"])],
  ]
  for (const [field, request] of cases) {
    it.effect(`${field}: ${JSON.stringify(request).slice(0, 60)}`, () =>
      Effect.gen(function* () {
        const service = make({ [kickPath]: [kicked] })
        const client = yield* ManagementClient.make(key).pipe(Effect.provide(service.layer))
        const error = yield* Effect.flip(client.kickUsers(request))
        assert.strictEqual(error._tag, "InvalidRequest")
        if (error._tag === "InvalidRequest") assert.strictEqual(error.field, field)
        assert.isEmpty(service.received)
      }),
    )
  }
  it.effect("nor does one that cannot be read: a getter or a proxy of the caller's that throws", () =>
    Effect.gen(function* () {
      const service = make({ [kickPath]: [kicked] })
      const client = yield* ManagementClient.make(key).pipe(Effect.provide(service.layer))
      const refuse = (): never => {
        throw new Error("not to be read")
      }
      const whole = { appIds: ["a"], userId: "u" }
      const revoked = Proxy.revocable(whole, {})
      revoked.revoke()
      for (const request of [
        Object.defineProperty({ ...whole }, "userId", { get: refuse }),
        Object.defineProperty({ ...whole }, "extra", { get: refuse, enumerable: true }),
        new Proxy(whole, { ownKeys: refuse }),
        new Proxy(whole, { get: refuse }),
        revoked.proxy,
        { ...whole, appIds: new Proxy(["a"], { get: refuse }) },
      ]) {
        assert.strictEqual((yield* Effect.flip(client.kickUsers(request)))._tag, "InvalidRequest")
      }
      assert.isEmpty(service.received)
    }),
  )
  it.effect("an unknown field is named, also one that every object has", () =>
    Effect.gen(function* () {
      const service = make({ [kickPath]: [kicked] })
      const client = yield* ManagementClient.make(key).pipe(Effect.provide(service.layer))
      for (const name of ["option", "constructor", "toString", "valueOf", "hasOwnProperty", "__proto__"]) {
        const request = JSON.parse(`{"appIds":["a"],"userId":"u","${name}":1}`)
        const error = yield* Effect.flip(client.kickUsers(request))
        assert.deepInclude(error, { _tag: "InvalidRequest", field: name })
        assert.include(error.message, "no field of this name")
      }
      assert.isEmpty(service.received)
    }),
  )
})

describe("an option that cannot work is refused by its name", () => {
  const wrong: ReadonlyArray<readonly [option: string, value: unknown]> = [
    ["brand", "constructor"],
    ["authentication", "tokn"],
    ["accessKeyId", undefined],
    ["accessKeyId", "a\nb"],
    ["accessKeySecret", "in clear"],
    ["accessKeySecret", Redacted.make("")],
    ["accessKeySecret", Redacted.make(undefined)],
    ["accessKeySecret", Redacted.make(123)],
    ["userPoolId", "x\r\ny: z"],
    ["lang", "zh\n"],
    ["host", "ftp://x"],
    ["host", { toString: () => "" }],
    ["timeout", "soon"],
    ["timeout", Number.NaN],
    ["deadline", -1],
    ["applicationsFor", Number.NaN],
    ["retry.base", Number.NaN],
  ]
  for (const [option, value] of wrong) {
    it.effect(`${option}: ${JSON.stringify(value)}`, () =>
      Effect.gen(function* () {
        const service = make({})
        const [name = "", within] = option.split(".")
        const options = Object.assign({ ...key }, { [name]: within === undefined ? value : { [within]: value } })
        const error = yield* Effect.flip(ManagementClient.make(options).pipe(Effect.provide(service.layer)))
        assert.strictEqual(error.option, option)
        assert.notInclude(error.message, "in clear")
      }),
    )
  }
  it.effect("how long a circuit stays open", () =>
    Effect.gen(function* () {
      for (const openFor of [Number.NaN, 0, Infinity, "soon"] as ReadonlyArray<number>) {
        const error = yield* Effect.flip(Circuit.make({ openFor }))
        assert.strictEqual(error.option, "circuitBreaker.openFor")
      }
    }),
  )
  it("a host is loopback by its whole name, and then without TLS", () => {
    const schemeOf = (host: string) => ManagementClient.baseUrl({ host }).pipe(Result.map((url) => url.split(":")[0]))
    for (const host of ["127.0.0.1", "127.1.2.3:80", "localhost:1", "a.localhost"]) {
      assert.deepStrictEqual(schemeOf(host), Result.succeed("http"))
    }
    for (const host of ["127.example.com", "127.0.0.1.example.com", "localhost.example.com", "[::2]"]) {
      assert.deepStrictEqual(schemeOf(host), Result.succeed("https"))
    }
  })
  it.effect("tenantHeader", () =>
    Effect.gen(function* () {
      const options: ManagementClient.Options = JSON.parse('{"tenantId":"t","tenantHeader":"x"}')
      const error = yield* Effect.flip(
        ManagementClient.make({ ...options, ...key }).pipe(Effect.provide(make({}).layer)),
      )
      assert.strictEqual(error.option, "tenantHeader")
    }),
  )
})

describe("retries", () => {
  it.effect("repeats what may pass, signed anew each time, and tells the attempts", () =>
    Effect.gen(function* () {
      const replies = [reset, text("<html>", { status: 502 }), json({ statusCode: 429, message: "" }), kicked]
      const service = kick(replies)
      const fiber = yield* Effect.forkChild(service.call)
      yield* TestClock.adjust("1 minute")
      assert.isTrue((yield* Fiber.join(fiber)).data.success)
      assert.strictEqual(service.received.length, 4)
      const nonces = service.received.map((one) => one.headers["x-genauth-signature-nonce"])
      assert.strictEqual(new Set(nonces).size, 4)
      for (const one of service.received) {
        assert.strictEqual(
          one.headers["authorization"],
          Signature.authorization({
            method: "POST",
            path: kickPath,
            headers: one.headers,
            params: JSON.parse(one.body),
            brand: "genauth",
            accessKeyId: key.accessKeyId,
            accessKeySecret: secret,
          }),
        )
      }
    }),
  )
  it.effect("gives up after the attempts of the policy and says that the outcome is unknown", () =>
    Effect.gen(function* () {
      const service = kick([silence], { retry: { attempts: 3 }, timeout: "1 second" })
      const fiber = yield* Effect.forkChild(Effect.flip(service.call))
      yield* TestClock.adjust("1 minute")
      const error = yield* Fiber.join(fiber)
      assert.strictEqual(error._tag, "RequestTimedOut")
      assert.deepInclude(error, { attempts: 3, outcomeUnknown: true })
      assert.strictEqual(service.received.length, 3)
    }),
  )
  it.effect("no call outlives its deadline, nor waits for a Retry-After behind it", () =>
    Effect.gen(function* () {
      const slow = kick([silence], { deadline: "3 seconds" })
      const fiber = yield* Effect.forkChild(Effect.exit(slow.call))
      yield* TestClock.adjust("3 seconds")
      assert.isTrue(Exit.isFailure(yield* Fiber.join(fiber)))
      const later = json({ statusCode: 503, message: "" }, { headers: { "retry-after": "120" } })
      const error = yield* Effect.flip(kick([later]).call)
      assert.strictEqual(error._tag, "ServiceUnavailableError")
    }),
  )
  it.effect("learns the clock from the answer to 1305, once", () =>
    Effect.gen(function* () {
      const date = "Mon, 23 Nov 2026 12:00:00 GMT"
      const skewed = json({ statusCode: 400, apiCode: 1305, message: "" }, { headers: { date } })
      const service = kick([skewed, kicked])
      yield* service.call
      assert.strictEqual(service.received[1]?.headers["date"], date)
      const error = yield* Effect.flip(kick([skewed]).call)
      assert.deepInclude(error, { _tag: "ClockSkewed", attempts: 2 })
    }),
  )
  it.effect("an open circuit fails calls at once, says until when, and lets one through afterwards", () =>
    Effect.gen(function* () {
      const service = make({ [kickPath]: [reset, kicked] })
      const circuitBreaker = Circuit.make({ failures: 1, openFor: "30 seconds" })
      const client = yield* ManagementClient.make({ ...key, retry: false, circuitBreaker }).pipe(
        Effect.provide(service.layer),
      )
      const kickOne = client.kickUsers({ appIds: ["a"], userId: "u" })
      assert.strictEqual((yield* Effect.flip(kickOne))._tag, "TransportFailed")
      const open = yield* Effect.flip(kickOne)
      assert.deepInclude(open, { _tag: "CircuitOpen", attempts: 0 })
      if (open._tag === "CircuitOpen") assert.strictEqual(open.until.getTime(), 30_000)
      assert.strictEqual(service.received.length, 1)
      yield* TestClock.adjust("30 seconds")
      assert.isTrue((yield* kickOne).data.success)
    }),
  )
  it.effect("a gateway's status is retried whatever the envelope under it says", () =>
    Effect.gen(function* () {
      const envelopes = [
        { statusCode: 401, apiCode: 2020 },
        { statusCode: 401, apiCode: 2206 },
        { statusCode: 401 },
        { statusCode: 400, apiCode: 1305 },
        { statusCode: 400, apiCode: 1306 },
        { statusCode: 404, apiCode: 2004 },
      ]
      for (const status of [408, 425, 429, 500, 502, 503, 504]) {
        for (const envelope of envelopes) {
          const away = json(
            { ...envelope, message: "" },
            { status, headers: { date: "Mon, 23 Nov 2026 12:00:00 GMT" } },
          )
          for (const authentication of ["signature", "token"] as const) {
            const service = make({ [tokenPath]: [token("a"), token("b")], [kickPath]: [away, away, away, kicked] })
            const client = yield* ManagementClient.make({ ...key, authentication }).pipe(Effect.provide(service.layer))
            const fiber = yield* Effect.forkChild(client.kickUsers({ appIds: ["a"], userId: "u" }))
            for (let second = 0; second < 20; second++) yield* TestClock.adjust("1 second")
            assert.isTrue((yield* Fiber.join(fiber)).data.success, `${status} ${JSON.stringify(envelope)}`)
          }
          const error = yield* failure({ ...envelope, message: "" }, { status })
          assert.isTrue(error.isRetryable)
        }
      }
    }),
  )
  it.effect("`retry: false` is one attempt; what it learned serves the next call", () =>
    Effect.gen(function* () {
      const date = "Mon, 23 Nov 2026 12:00:00 GMT"
      const skewed = json({ statusCode: 400, apiCode: 1305, message: "" }, { headers: { date } })
      const service = make({ [kickPath]: [skewed, kicked] })
      const client = yield* ManagementClient.make({ ...key, retry: false }).pipe(Effect.provide(service.layer))
      const kickOne = client.kickUsers({ appIds: ["a"], userId: "u" })
      assert.deepInclude(yield* Effect.flip(kickOne), { _tag: "ClockSkewed", attempts: 1 })
      yield* kickOne
      assert.deepStrictEqual(
        service.received.map(({ headers }) => headers["date"]),
        ["Thu, 01 Jan 1970 00:00:00 GMT", date],
      )
    }),
  )
  it.effect("a Retry-After of any length is obeyed, also beside a body that breaks", () =>
    Effect.gen(function* () {
      const later = json({ statusCode: 429, message: "" }, { headers: { "retry-after": "99999999999" } })
      const error = yield* Effect.flip(kick([later]).call)
      assert.deepInclude(error, { _tag: "ThrottleError", attempts: 1 })
      const broken = Effect.sync(() => {
        const body = new ReadableStream({ start: (controller) => controller.error(new Error("cut off")) })
        return new Response(body, { status: 429, headers: { "retry-after": "7" } })
      })
      const service = kick([broken, kicked])
      const fiber = yield* Effect.forkChild(service.call)
      yield* TestClock.adjust("6999 millis")
      assert.strictEqual(service.received.length, 1)
      yield* TestClock.adjust("1 millis")
      assert.isTrue((yield* Fiber.join(fiber)).data.success)
    }),
  )
  it.effect("one refusal for an hour does not hold up the calls that come later", () =>
    Effect.gen(function* () {
      const hour = json({ statusCode: 429, message: "" }, { headers: { "retry-after": "3600" } })
      const service = make({ [kickPath]: [...Array.from({ length: 20 }, () => hour), kicked] })
      const client = yield* ManagementClient.make({ ...key, deadline: "20 seconds" }).pipe(
        Effect.provide(service.layer),
      )
      const kickOne = client.kickUsers({ appIds: ["a"], userId: "u" })
      const refused = yield* Effect.all(
        Array.from({ length: 20 }, () => Effect.flip(kickOne)),
        { concurrency: "unbounded" },
      )
      for (const error of refused) assert.strictEqual(error._tag, "ThrottleError")
      const fiber = yield* Effect.forkChild(kickOne)
      yield* TestClock.adjust("6 seconds")
      assert.isTrue((yield* Fiber.join(fiber)).data.success)
    }),
  )
  it.effect("an outage of refusals is not multiplied where the pace is not learned", () =>
    Effect.gen(function* () {
      const service = make({ [kickPath]: [json({ statusCode: 429, message: "" })] })
      const client = yield* ManagementClient.make({ ...key, rateControl: { mode: "unlimited" } }).pipe(
        Effect.provide(service.layer),
      )
      const fiber = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 1000 }, () => Effect.exit(client.kickUsers({ appIds: ["a"], userId: "u" }))),
          { concurrency: "unbounded" },
        ),
      )
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      // Half a retry a call, ten a second, and a hundred saved.
      assert.isAtMost(service.received.length, 1000 + 500 + 600 + 100)
    }),
  )
  it.effect("a deadline that passes while an answer is awaited is one, and says what is not known", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.flip(kick([silence], { deadline: "1 second" }).call))
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* Fiber.join(fiber), { _tag: "DeadlineExceeded", attempts: 1, outcomeUnknown: true })
    }),
  )
  it.effect("a call that begins while an overdue one takes its time to end has a timeout of its own", () =>
    Effect.gen(function* () {
      const reluctant = Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make(() => Effect.onInterrupt(Effect.never, () => Effect.sleep("50 millis"))),
      )
      const client = yield* ManagementClient.make({ ...key, retry: false, timeout: "1 second" }).pipe(
        Effect.provide(reluctant),
      )
      const kickOne = Effect.flip(client.kickUsers({ appIds: ["a"], userId: "u" }))
      const first = yield* Effect.forkChild(kickOne)
      yield* TestClock.adjust("1020 millis")
      const second = yield* Effect.forkChild(kickOne)
      yield* TestClock.adjust("1 minute")
      assert.strictEqual((yield* Fiber.join(first))._tag, "RequestTimedOut")
      assert.strictEqual((yield* Fiber.join(second))._tag, "RequestTimedOut")
    }),
  )
  it.effect("a clock that people set moves no deadline and no turn", () =>
    Effect.gen(function* () {
      const testClock = yield* Clock.Clock
      let offset = 0
      const clock: Clock.Clock = {
        ...testClock,
        currentTimeMillisUnsafe: () => testClock.currentTimeMillisUnsafe() + offset,
        currentTimeMillis: Effect.map(testClock.currentTimeMillis, (now) => now + offset),
      }
      const step = Effect.fnUntraced(function* (millis: number, replies: ReadonlyArray<Reply>) {
        const options = { deadline: "2 seconds", rateControl: { mode: "fixed", perSecond: 50 } } as const
        const service = make({ [kickPath]: replies })
        const client = yield* ManagementClient.make({ ...key, ...options }).pipe(Effect.provide(service.layer))
        const kickOne = client.kickUsers({ appIds: ["a"], userId: "u" })
        yield* kickOne
        const fiber = yield* Effect.forkChild(Effect.result(kickOne))
        yield* TestClock.adjust("100 millis")
        offset += millis
        yield* TestClock.adjust("1900 millis")
        return yield* Fiber.join(fiber)
      })
      yield* Effect.gen(function* () {
        for (const millis of [-600_000, 120_000]) {
          const away = text("<html>", { status: 503 })
          assert.isTrue(Result.isSuccess(yield* step(millis, [kicked, away, away, kicked])))
          const late = yield* step(millis, [kicked, silence])
          assert.strictEqual(Result.isFailure(late) ? late.failure._tag : "ok", "DeadlineExceeded")
        }
      }).pipe(Effect.provideService(Clock.Clock, clock))
    }),
  )
  it.effect("ends in its time, however short that is", () =>
    Effect.gen(function* () {
      const time = { now: 0 }
      const testClock = yield* Clock.Clock
      // Every look at it takes a while, so that the shortest time is over before an attempt begins.
      const clock: Clock.Clock = {
        ...testClock,
        sleep: (duration) => testClock.sleep(duration),
        monotonicTimeNanosUnsafe: () => BigInt(Math.round((time.now += 1) * 1e6)),
      }
      const service = kick([silence], { retry: false, timeout: "1 nano" })
      const error = yield* Effect.flip(service.call).pipe(Effect.provideService(Clock.Clock, clock))
      assert.strictEqual(error._tag, "RequestTimedOut")
    }),
  )
  it.effect("never repeats what would be met again", () =>
    Effect.gen(function* () {
      const service = kick([json({ statusCode: 404, apiCode: 2004, message: "" })])
      yield* Effect.flip(service.call)
      assert.strictEqual(service.received.length, 1)
    }),
  )
})

const jwt = (claims: object) =>
  ["{}", JSON.stringify(claims), "signature"].map((part) => Buffer.from(part).toString("base64url")).join(".")

const token = (name: string) =>
  json({
    statusCode: 200,
    message: "",
    data: { access_token: jwt({ scoped_userpool_id: "pool-1", name }), expires_in: 7200 },
  })

describe("management tokens", () => {
  it.effect("are fetched once for any number of callers, renewed when refused, sent as Bearer with the pool", () =>
    Effect.gen(function* () {
      const refused = json({ statusCode: 401, apiCode: 2020, message: "" })
      const service = make({ [tokenPath]: [token("a"), token("b")], [kickPath]: [kicked, kicked, refused, kicked] })
      const client = yield* ManagementClient.make({ ...key, authentication: "token" }).pipe(
        Effect.provide(service.layer),
      )
      const kickOne = client.kickUsers({ appIds: ["a"], userId: "u" })
      yield* Effect.all([kickOne, kickOne], { concurrency: "unbounded" })
      assert.strictEqual(service.received.filter((one) => one.url.endsWith(tokenPath)).length, 1)
      yield* kickOne
      assert.strictEqual(service.received.filter((one) => one.url.endsWith(tokenPath)).length, 2)
      const last = service.received.at(-1)
      assert.strictEqual(last?.headers["authorization"], `Bearer ${jwt({ scoped_userpool_id: "pool-1", name: "b" })}`)
      assert.strictEqual(last?.headers["x-genauth-userpool-id"], "pool-1")
    }),
  )
  it.effect("a broken one is a typed error and is not kept", () =>
    Effect.gen(function* () {
      const broken = json({ statusCode: 200, message: "", data: { access_token: "no jwt", expires_in: 7200 } })
      const service = make({ [tokenPath]: [broken, token("a")], [kickPath]: [kicked] })
      const client = yield* ManagementClient.make({ ...key, authentication: "token" }).pipe(
        Effect.provide(service.layer),
      )
      const error = yield* Effect.flip(client.kickUsers({ appIds: ["a"], userId: "u" }))
      assert.strictEqual(error._tag, "TokenUnusable")
      yield* client.kickUsers({ appIds: ["a"], userId: "u" })
    }),
  )
})

describe("userPoolId", () => {
  for (const [what, access_token] of [
    ["no JWT", "opaque"],
    ["a JWT with another claim", jwt({ scoped_userpool_id: 1 })],
    ["a JWT without the claim", jwt({})],
  ] as const) {
    it.effect(`stands in for the claim of ${what}`, () =>
      Effect.gen(function* () {
        const other = json({ statusCode: 200, message: "", data: { access_token, expires_in: 7200 } })
        const service = make({ [tokenPath]: [other], [kickPath]: [kicked] })
        const client = yield* ManagementClient.make({ ...key, authentication: "token", userPoolId: "pool-9" }).pipe(
          Effect.provide(service.layer),
        )
        yield* client.kickUsers({ appIds: ["a"], userId: "u" })
        assert.deepInclude(service.received.at(-1)?.headers, {
          authorization: `Bearer ${access_token}`,
          "x-genauth-userpool-id": "pool-9",
        })
      }),
    )
  }
  it.effect("does not let a token through that is no header text", () =>
    Effect.gen(function* () {
      const access_token = "opaque\r\nx: y"
      const other = json({ statusCode: 200, message: "", data: { access_token, expires_in: 7200 } })
      const service = make({ [tokenPath]: [other], [kickPath]: [kicked] })
      const client = yield* ManagementClient.make({ ...key, authentication: "token", userPoolId: "pool-9" }).pipe(
        Effect.provide(service.layer),
      )
      const error = yield* Effect.flip(client.kickUsers({ appIds: ["a"], userId: "u" }))
      assert.strictEqual(error._tag, "TokenUnusable")
    }),
  )
})

describe("the list of applications", () => {
  for (const [what, page] of [
    ["sends one page whatever is asked for", ["a", "b"]],
    ["sends nothing", []],
  ] as const) {
    it.effect(`ends where a server ${what}`, () =>
      Effect.gen(function* () {
        const list = page.map((appId) => ({ appId, appName: appId, appLogo: "" }))
        const data = { totalCount: 60, list }
        const service = make({ [Operation.listApplicationSimpleInfo.path]: [json({ statusCode: 200, data })] })
        const client = yield* ManagementClient.make(key).pipe(Effect.provide(service.layer))
        const error = yield* Effect.flip(client.listAllApplications)
        assert.strictEqual(error._tag, "UnreadableResponse")
        assert.isAtMost(service.received.length, 6)
      }),
    )
  }
})

describe("a hostile token", () => {
  for (const [what, access_token] of [
    ["with a line break behind it", `${jwt({ scoped_userpool_id: "pool-1" })}\r\nx: y`],
    ["whose pool is no header text", jwt({ scoped_userpool_id: "a\r\nb" })],
    ["whose pool is in another script", jwt({ scoped_userpool_id: "池" })],
    ["of two parts", jwt({ scoped_userpool_id: "p" }).split(".").slice(0, 2).join(".")],
  ] as const) {
    it.effect(`${what} is a typed error and is not kept`, () =>
      Effect.gen(function* () {
        const hostile = json({ statusCode: 200, message: "", data: { access_token, expires_in: 7200 } })
        const service = make({ [tokenPath]: [hostile, token("a")], [kickPath]: [kicked] })
        const client = yield* ManagementClient.make({ ...key, authentication: "token" }).pipe(
          Effect.provide(service.layer),
        )
        const kickOne = client.kickUsers({ appIds: ["a"], userId: "u" })
        assert.deepInclude(yield* Effect.flip(kickOne), { _tag: "TokenUnusable", outcomeUnknown: false })
        assert.isTrue((yield* kickOne).data.success)
      }),
    )
  }
  it.effect("an HttpClient that throws at a header is a failure, not a defect", () =>
    Effect.gen(function* () {
      const throwing = Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make(() => {
          throw Object.assign(new TypeError("Invalid character in header content"), { code: "ERR_INVALID_CHAR" })
        }),
      )
      const client = yield* ManagementClient.make(key).pipe(Effect.provide(throwing))
      const error = yield* Effect.flip(client.kickUsers({ appIds: ["a"], userId: "u" }))
      assert.deepInclude(error, { _tag: "TransportFailed", attempts: 1, isRetryable: false, outcomeUnknown: false })
    }),
  )
  it.effect("nor is one whose execute throws", () =>
    Effect.gen(function* () {
      const throwing = HttpClient.makeWith<
        HttpClientError.HttpClientError,
        never,
        HttpClientError.HttpClientError,
        never
      >(() => {
        throw Object.assign(new Error("an app's own"), { code: "EPIPE" })
      }, Effect.succeed)
      const client = yield* ManagementClient.make({ ...key, retry: false }).pipe(
        Effect.provideService(HttpClient.HttpClient, throwing),
      )
      const error = yield* Effect.flip(client.kickUsers({ appIds: ["a"], userId: "u" }))
      assert.deepInclude(error, { _tag: "TransportFailed", code: "EPIPE" })
    }),
  )
  it.effect("closing the client tells those who wait for a token", () =>
    Effect.gen(function* () {
      const service = make({ [tokenPath]: [silence], [kickPath]: [kicked] })
      const scope = yield* Scope.make()
      const client = yield* ManagementClient.make({ ...key, authentication: "token" }).pipe(
        Effect.provide(service.layer),
        Scope.provide(scope),
      )
      const fiber = yield* Effect.forkChild(Effect.flip(client.kickUsers({ appIds: ["a"], userId: "u" })))
      yield* TestClock.adjust("1 second")
      yield* Scope.close(scope, Exit.void)
      assert.deepInclude(yield* Fiber.join(fiber), { _tag: "TransportFailed", outcomeUnknown: false })
    }),
  )
  it.effect("a client that is closed says so at once", () =>
    Effect.gen(function* () {
      const service = make({ [tokenPath]: [token("a")], [kickPath]: [kicked] })
      const scope = yield* Scope.make()
      const client = yield* ManagementClient.make({ ...key, authentication: "token" }).pipe(
        Effect.provide(service.layer),
        Scope.provide(scope),
      )
      yield* Scope.close(scope, Exit.void)
      for (let call = 0; call < 2; call++) {
        const error = yield* Effect.flip(client.kickUsers({ appIds: ["a"], userId: "u" }))
        assert.deepInclude(error, { _tag: "TransportFailed", outcomeUnknown: false })
      }
      assert.isEmpty(service.received)
    }),
  )
  it.effect("a slow one does not make a fixed pace send what was saved up at once", () =>
    Effect.gen(function* () {
      const sentAt: Array<number> = []
      const noted = Effect.andThen(
        Effect.flatMap(Clock.currentTimeMillis, (now) => Effect.sync(() => sentAt.push(now))),
        kicked,
      )
      const service = make({ [tokenPath]: [Effect.delay(token("a"), "2 seconds")], [kickPath]: [noted] })
      const rateControl = { mode: "fixed", perSecond: 10 } as const
      const client = yield* ManagementClient.make({ ...key, authentication: "token", rateControl }).pipe(
        Effect.provide(service.layer),
      )
      const fiber = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 20 }, () => client.kickUsers({ appIds: ["a"], userId: "u" })),
          { concurrency: "unbounded" },
        ),
      )
      for (let millis = 0; millis < 5000; millis += 50) yield* TestClock.adjust("50 millis")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        sentAt,
        Array.from({ length: 20 }, (_, number) => 2000 + number * 100),
      )
    }),
  )
})

describe("configuration", () => {
  it.effect("a missing variable is named", () =>
    Effect.gen(function* () {
      const provider = ConfigProvider.layer(ConfigProvider.fromUnknown({ GENAUTH_ACCESS_KEY_ID: "k" }))
      const service = make({})
      const exit = yield* Effect.exit(
        Layer.build(ManagementClient.layerEnv.pipe(Layer.provide(service.layer), Layer.provide(provider))),
      )
      assert.isTrue(Exit.isFailure(exit))
      assert.include(String(Exit.isFailure(exit) ? exit.cause : ""), "GENAUTH_ACCESS_KEY_SECRET")
    }),
  )
  it.effect("a private host, with or without a trailing slash, and the other brand", () =>
    Effect.gen(function* () {
      for (const host of ["https://id.example.com", "https://id.example.com/", "id.example.com"]) {
        const service = kick([kicked], { host, brand: "authing" })
        yield* service.call
        assert.strictEqual(service.received[0]?.url, `https://id.example.com${kickPath}`)
        assert.match(String(service.received[0]?.headers["authorization"]), /^authing 64c0/)
      }
    }),
  )
})
