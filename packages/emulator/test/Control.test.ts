/** The service and the routes below /__emulator/: the same state, by every way in. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorFetch, EmulatorServer, Received, type Faults } from "@genauth-effect/emulator"
import { Brand, Operation } from "@genauth-effect/protocol"
import { Clock, Effect, Layer, Schema } from "effect"
import { FetchHttpClient, type HttpClient } from "effect/http"
import {
  appId,
  appIds,
  authorized,
  codesOf,
  example,
  freshNonce,
  json,
  key,
  kick,
  secondUserId,
  send,
  signed,
  userId,
} from "./wire.ts"

/** What a program in another language would do, by one way in. */
const session = Effect.fnUntraced(function* (emulator: Emulator.Service, host: string) {
  const ask = Effect.fnUntraced(function* (method: string, route: string, body?: unknown) {
    const text = body === undefined ? "" : JSON.stringify(body)
    const seen = yield* send({ method, target: `/__emulator/${route}`, headers: {}, body: text }, host)
    const answer: Readonly<Record<string, unknown>> = { status: seen.status, ...json(seen) }
    return answer
  })
  const post = (route: string, body?: unknown) => ask("POST", route, body)
  const get = (route: string) => ask("GET", route)

  assert.deepInclude(yield* get("online"), { count: 5 })
  assert.deepInclude(yield* get(`online?userId=${userId}`), { userId, appIds: appIds.slice(0, 2) })
  assert.deepInclude(yield* post("log-in", { userId, appId: appIds[2] }), { loggedIn: true })
  assert.deepInclude(yield* post("log-in", { userId: "nobody", appId }), { loggedIn: false })
  assert.deepInclude(yield* post("log-out", { userId, appId }), { loggedOut: true })
  assert.deepInclude(yield* post("log-out", { userId, appId }), { loggedOut: false })
  assert.deepStrictEqual(yield* emulator.onlineApps(userId), appIds.slice(1))

  assert.deepInclude(yield* get(`status?userId=${userId}`), { status: "Activated" })
  assert.deepInclude(yield* post("status", { userId, status: "Suspended" }), { changed: true })
  assert.deepInclude(yield* get(`status?userId=${userId}`), { status: "Suspended" })
  assert.deepInclude(yield* get("status?userId=nobody"), { status: null })
  assert.deepInclude(yield* get("status"), { error: "the query has no userId" })

  assert.deepInclude(yield* post("limit", { perSecond: 5, burst: 2 }), { done: true })
  assert.deepInclude(yield* get("limit"), { limit: { perSecond: 5, burst: 2 } })
  assert.deepInclude(yield* ask("DELETE", "limit"), { done: true })
  assert.deepInclude(yield* get("limit"), { limit: null })

  const script: Faults.Script = { rules: [{ when: { times: 1 }, fault: { kind: "http", status: 503 } }] }
  assert.deepInclude(yield* post("faults", script), { done: true })
  assert.strictEqual((yield* send(kick(), host)).status, 503)
  assert.deepInclude(yield* get("faults"), { rules: [{ rule: script.rules[0], seen: 1, injected: 1 }] })
  assert.deepInclude(yield* ask("DELETE", "faults"), { done: true })
  assert.deepInclude(yield* get("faults"), { rules: [] })

  assert.deepInclude(json(yield* send(kick(), host)), { statusCode: 200 })
  const counts = yield* get("counts")
  assert.deepInclude(counts["counts"], { requests: 2, applied: 1, faults: { http: 1 }, kickEvents: 1 })
  const requests = Schema.Array(
    Schema.Struct({ faults: Schema.Array(Schema.String), isApplied: Schema.Boolean, path: Schema.String }),
  )
  assert.deepStrictEqual(yield* Schema.decodeUnknownEffect(requests)((yield* get("requests"))["requests"]), [
    { faults: ["http"], isApplied: false, path: Operation.kickUsers.path },
    { faults: [], isApplied: true, path: Operation.kickUsers.path },
  ])
  const events = yield* get("events")
  assert.deepInclude(JSON.stringify(events["events"]), `"userId":"${userId}"`)
  assert.deepInclude(yield* ask("DELETE", "requests"), { done: true })
  assert.deepInclude(yield* get("requests"), { requests: [] })

  const token = json(yield* send(authorized(Operation.getManagementToken, key, {}), host))["data"]
  const { access_token } = yield* Schema.decodeUnknownEffect(Schema.Struct({ access_token: Schema.String }))(token)
  const withToken = authorized(Operation.checkSessionStatus, { appId, userId }, { authorization: access_token })
  assert.deepInclude(json(yield* send(withToken, host)), { statusCode: 200 })
  assert.deepInclude(yield* post("revoke-tokens"), { done: true })
  assert.deepInclude(json(yield* send(withToken, host)), { apiCode: 2020 })

  assert.deepInclude(yield* post("reset"), { done: true })
  assert.deepInclude(yield* get("online"), { count: 5 })
  assert.deepInclude((yield* get("counts"))["counts"], { requests: 0, kickEvents: 0 })
  assert.strictEqual(yield* emulator.statusOf(userId), "Activated")

  assert.deepInclude(yield* get("nothing"), { status: 404, error: "no such route" })
  assert.deepInclude(yield* ask("DELETE", "online"), { status: 404 })
  for (const wrong of [{ userId }, { userId, appId, more: 1 }, { userId: "", appId }, [], 7]) {
    assert.deepInclude(yield* post("log-in", wrong), { status: 400 })
  }
  const noJson = yield* send({ method: "POST", target: "/__emulator/log-in", headers: {}, body: "{" }, host)
  assert.strictEqual(noJson.status, 400)
})

describe("the routes do what the service does", () => {
  it.effect("without a socket", () =>
    Effect.flatMap(Emulator.Emulator, (emulator) => session(emulator, "http://emulated")).pipe(
      Effect.provide(Emulator.layerHttpClient.pipe(Layer.provideMerge(Emulator.layer(example)))),
    ),
  )
  it.effect("over HTTP", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer.EmulatorServer
      yield* session(yield* Emulator.Emulator, url)
    }).pipe(
      Effect.provide(
        Layer.mergeAll(EmulatorServer.layer(), NodeHttpClient.layerUndici).pipe(
          Layer.provideMerge(Emulator.layer(example)),
        ),
      ),
    ),
  )
  it.effect("through the fetch function", () =>
    Effect.gen(function* () {
      const { emulator, fetch } = EmulatorFetch.make(example, { clock: yield* Clock.Clock })
      const client: Layer.Layer<HttpClient.HttpClient> = FetchHttpClient.layer.pipe(
        Layer.provide(Layer.succeed(FetchHttpClient.Fetch, fetch)),
      )
      yield* Effect.provide(session(emulator, "http://emulated"), client)
    }),
  )
})

it("control requests meet no fault and no limit, and are neither counted nor logged", () => {
  const emulator = Emulator.makeUnsafe(example, {
    faults: { rules: [{ fault: { kind: "resetBefore" } }] },
    limit: { perSecond: 0.001, burst: 1 },
  })
  for (let count = 0; count < 3; count += 1) {
    const reply = emulator.answer({ method: "GET", target: "/__emulator/counts", headers: {}, body: "" }, 0)
    assert.deepInclude(reply, { _tag: "Answer", status: 200 })
  }
  assert.deepInclude(Effect.runSync(emulator.counts), { requests: 0, unanswered: 0 })
  assert.isEmpty(Effect.runSync(emulator.requests))
})

describe("the requests received", () => {
  it("tell what came, what was answered and what became of it", () => {
    const emulator = Emulator.makeUnsafe(example)
    const nonce = freshNonce()
    emulator.answer(kick({ nonce }), 1234)
    emulator.answer(signed(Operation.getUser, { userId: "nobody" }, { query: "userId=nobody" }), 5678)
    const [first, second] = Effect.runSync(emulator.requests)
    assert.deepInclude(first, {
      number: 1,
      receivedAt: 1234,
      method: "POST",
      path: "/api/v3/kick-users",
      query: "",
      body: JSON.stringify({ appIds, userId }),
      nonce,
      faults: [],
      isApplied: true,
      answer: { httpStatus: 200, statusCode: 200, apiCode: undefined, requestId: "emulated-1" },
    })
    assert.strictEqual(first?.headers["authorization"], `GenAuth ${key.accessKeyId}:${Received.redacted}`)
    assert.strictEqual(first?.headers[Brand.profiles.genauth.signatureNonceHeader], nonce)
    assert.strictEqual(first?.headers[Brand.profiles.genauth.signatureMethodHeader], "HMAC-SHA1")
    assert.deepInclude(second, { query: "userId=nobody", isApplied: false })
    assert.deepInclude(second?.answer, { statusCode: 404, apiCode: 2004 })
  })

  it("hold neither secret, token nor signature", () => {
    const emulator = Emulator.makeUnsafe(example)
    const asked = emulator.answer(authorized(Operation.getManagementToken, key, {}), 0)
    const token: unknown = asked._tag === "Answer" ? JSON.parse(asked.body).data.access_token : undefined
    assert.isString(token)
    const request = kick()
    const signature = request.headers["authorization"]?.split(":")[1] ?? ""
    const { accessKeySecret } = key
    const bearing: ReadonlyArray<Emulator.WireRequest> = [
      request,
      authorized(Operation.kickUsers, {}, { authorization: `Bearer ${String(token)}` }),
      authorized(Operation.kickUsers, {}, { authorization: String(token) }),
      authorized(Operation.kickUsers, {}, { authorization: `Basic ${accessKeySecret}` }),
      authorized(Operation.kickUsers, {}, { authorization: `GenAuth ${accessKeySecret}` }),
      authorized(Operation.kickUsers, {}, { "x-authing-webhook-secret": accessKeySecret, cookie: String(token) }),
      authorized(
        Operation.getManagementToken,
        { list: [{ ACCESS_TOKEN: token, clientSecret: { deep: accessKeySecret } }] },
        {},
      ),
      { method: "POST", target: "/x", headers: {}, body: `{"accessKeySecret":"${accessKeySecret}` },
      { method: "POST", target: "/x", headers: {}, body: `{"accessKey\\u0053ecret":"${accessKeySecret}"}` },
      { method: "POST", target: "/x", headers: {}, body: `{"a":{"accessKeySecret":"${accessKeySecret}"},"a":1}` },
      { method: "POST", target: "/x", headers: {}, body: `{"a":{"\\u0073ecret":"${accessKeySecret}"},"a":1}` },
      {
        method: "GET",
        target: `/x?access_token=${String(token)}&a=1&secret=${accessKeySecret}`,
        headers: {},
        body: "",
      },
    ]
    for (const one of bearing) emulator.answer(one, 0)
    const shown = JSON.stringify(Effect.runSync(emulator.requests))
    for (const secret of [accessKeySecret, String(token), signature]) {
      assert.isAbove(secret.length, 10)
      assert.notInclude(shown, secret)
    }
    assert.include(shown, `access_token=${Received.redacted}&a=1&secret=${Received.redacted}`)
    assert.include(shown, key.accessKeyId)
  })

  it.prop(
    "any body that JSON can hold keeps what is no secret, and nothing that is",
    { text: Schema.Json, secret: Schema.NonEmptyString },
    ({ secret, text }) => {
      const emulator = Emulator.makeUnsafe(example)
      const hidden = `hidden ${secret} hidden`
      const body = JSON.stringify({ text, accessKeySecret: hidden })
      emulator.answer({ method: "POST", target: "/x", headers: { "x-token": hidden }, body }, 0)
      const [received] = Effect.runSync(emulator.requests)
      assert.notInclude(JSON.stringify(received), JSON.stringify(hidden).slice(1, -1))
      assert.deepInclude(JSON.parse(received?.body ?? ""), { accessKeySecret: Received.redacted })
    },
    { arbitrary: { runs: 200 } },
  )

  it("keep the beginning of a long body, without the secrets in it", () => {
    const emulator = Emulator.makeUnsafe(example)
    const long = "x".repeat(Received.maxKeptBody)
    const { accessKeySecret } = key
    emulator.answer(authorized(Operation.kickUsers, { userId: long, more: long }, {}), 0)
    emulator.answer(authorized(Operation.kickUsers, { accessKeySecret, more: long }, {}), 0)
    const bodies = Effect.runSync(emulator.requests).map(({ body }) => body)
    assert.deepStrictEqual(bodies, [`{"userId":"${long}`.slice(0, Received.maxKeptBody), Received.redacted])
  })

  it("are kept up to a limit, the newest; counts are exact", () => {
    const emulator = Emulator.makeUnsafe(example, { keptRequests: 10 })
    for (let count = 0; count < 1005; count += 1) emulator.answer(kick(), 0)
    assert.deepStrictEqual(
      Effect.runSync(emulator.requests).map(({ number }) => number),
      Array.from({ length: 10 }, (_, index) => 996 + index),
    )
    assert.deepInclude(Effect.runSync(emulator.counts), { requests: 1005, applied: 1005 })
    Effect.runSync(emulator.forgetRequests)
    assert.isEmpty(Effect.runSync(emulator.requests))
    emulator.answer(kick(), 0)
    assert.deepStrictEqual(
      Effect.runSync(emulator.requests).map(({ number }) => number),
      [1006],
    )
    const none = Emulator.makeUnsafe(example, { keptRequests: 0 })
    none.answer(kick(), 0)
    assert.isEmpty(Effect.runSync(none.requests))
    assert.strictEqual(Effect.runSync(none.counts).requests, 1)
  })
})

describe("counts", () => {
  it("are by path, HTTP status, statusCode, apiCode and fault", () => {
    const emulator = Emulator.makeUnsafe(example, {
      faults: {
        rules: [
          { when: { nth: 4 }, fault: { kind: "http", status: 502 } },
          { when: { nth: 5 }, fault: { kind: "silence" } },
        ],
      },
    })
    emulator.answer(kick(), 0)
    emulator.answer(kick(undefined, { appIds, userId: "nobody" }), 0)
    emulator.answer({ method: "GET", target: "/favicon.ico", headers: {}, body: "" }, 0)
    emulator.answer(kick(), 0)
    emulator.answer(kick(), 0)
    assert.deepStrictEqual(Effect.runSync(emulator.counts), {
      requests: 5,
      applied: 1,
      byPath: { "/api/v3/kick-users": 4, other: 1 },
      byHttpStatus: { 200: 3, 502: 1 },
      byStatusCode: { 200: 1, 404: 2 },
      byApiCode: { 2004: 1 },
      unanswered: 1,
      faults: { http: 1, silence: 1 },
      throttled: 0,
      replayedNonces: 0,
      kickEvents: 1,
    })
  })
  it("see a nonce twice whatever became of the first request", () => {
    const emulator = Emulator.makeUnsafe(example, {
      faults: { rules: [{ when: { times: 1 }, fault: { kind: "connectionRefused" } }] },
    })
    const nonce = freshNonce()
    emulator.answer(kick({ nonce }), 0)
    assert.deepInclude(codesOf(emulator, kick({ nonce })), { statusCode: 200 })
    assert.strictEqual(Effect.runSync(emulator.counts).replayedNonces, 1)
    emulator.answer(kick(), 0)
    assert.strictEqual(Effect.runSync(emulator.counts).replayedNonces, 1)
  })
})

it.effect("a reset brings back the seed and the options, faults and limit too", () =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    const nonce = freshNonce()
    assert.deepInclude(codesOf(emulator, kick({ nonce })), { statusCode: 429 })
    yield* emulator.clearFaults
    yield* emulator.setLimit(undefined)
    assert.deepInclude(codesOf(emulator, kick({ nonce: `${nonce}-2` })), { statusCode: 200 })
    yield* emulator.setStatus(secondUserId, "Archived")
    yield* emulator.reset
    assert.strictEqual(yield* emulator.statusOf(secondUserId), "Activated")
    assert.strictEqual(yield* emulator.onlineCount, 5)
    assert.deepStrictEqual(yield* emulator.limit, { perSecond: 1, burst: 1 })
    assert.deepInclude(codesOf(emulator, kick({ nonce })), { statusCode: 429 })
    assert.deepInclude(codesOf(emulator, kick({ nonce: `${nonce}-2` })), { statusCode: 200 })
  }).pipe(
    Effect.provide(
      Emulator.layer(example, {
        limit: { perSecond: 1, burst: 1 },
        faults: { rules: [{ when: { times: 1 }, fault: { kind: "throttled" } }] },
      }),
    ),
  ),
)
