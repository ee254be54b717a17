import { assert, describe, it } from "@effect/vitest"
import { ApiError, Circuit, KickUsers, ManagementClient, User } from "@genauth-effect/client"
import { ApiCode, Signature, StatusCode } from "@genauth-effect/protocol"
import { ConfigProvider, Effect, Exit, Fiber, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { json, key, kick, kicked, kickPath, make, reset, secret, silence, text, tokenPath } from "./service.ts"

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
        assert.strictEqual(error.attempts, row.retry === "resign" ? 2 : 1)
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
      if (open._tag === "CircuitOpen") assert.strictEqual(open.until.epochMilliseconds, 30_000)
      assert.strictEqual(service.received.length, 1)
      yield* TestClock.adjust("30 seconds")
      assert.isTrue((yield* kickOne).data.success)
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
