/**
 * The wire of the clients that use a management token, as plain requests to the emulator over HTTP: the Python SDK
 * (authing-py-sdk 5.1.0: ManagementTokenProvider.py, http/ManagementHttpClient.py), and what the Java SDK and the n8n
 * nodes do differently.
 */
import { assert, it } from "@effect/vitest"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { Effect, Layer, Schema } from "effect"

const seed = Seed.example
const appIds = seed.applications.map((application) => application.appId)
const [userId = ""] = seed.users.map((user) => user.userId)
const [key = { accessKeyId: "", accessKeySecret: "" }] = seed.userPool.accessKeys

const server = EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(seed)))

const Answer = Schema.Struct({
  statusCode: Schema.Int,
  apiCode: Schema.optional(Schema.Int),
  requestId: Schema.optional(Schema.String),
  data: Schema.optional(Schema.Unknown),
})
const Token = Schema.Struct({ access_token: Schema.NonEmptyString, expires_in: Schema.Finite })

/** As `requests.request(method, url, headers=…, json=…)` sends it: json.dumps puts a space behind comma and colon. */
const request = Effect.fnUntraced(function* (
  path: string,
  options: { readonly json?: object; readonly headers?: Readonly<Record<string, string>> },
) {
  const { url } = yield* EmulatorServer.EmulatorServer
  const headers = { "user-agent": "python-requests/2.32.3", accept: "*/*", ...options.headers }
  const init: RequestInit =
    options.json === undefined
      ? { method: "GET", headers }
      : {
          method: "POST",
          headers: { ...headers, "content-type": "application/json" },
          body: JSON.stringify(options.json).replaceAll(/([,:])(?=["[{\dn])/g, "$1 "),
        }
  const response = yield* Effect.promise(() => fetch(url + path, init))
  assert.strictEqual(response.status, 200)
  return yield* Schema.decodeUnknownEffect(Answer)(yield* Effect.promise(() => response.json()))
})

/** The Python SDK decodes the claims with plain base64, padded by hand. */
const poolIdOf = (token: string): unknown => {
  const claims: unknown = JSON.parse(atob((token.split(".")[1] ?? "").replaceAll(/[-_]/g, "")))
  return typeof claims === "object" && claims !== null && "scoped_userpool_id" in claims
    ? claims.scoped_userpool_id
    : undefined
}

const logIn = Effect.gen(function* () {
  const answer = yield* request("/api/v3/get-management-token", { json: key })
  assert.strictEqual(answer.statusCode, 200)
  const { access_token, expires_in } = yield* Schema.decodeUnknownEffect(Token)(answer.data)
  assert.isAbove(expires_in, 0)
  assert.strictEqual(poolIdOf(access_token), seed.userPool.id)
  return access_token
})

const pythonHeaders = (token: string) => ({
  "x-authing-sdk-version": "authing-py-sdk:5.1.0",
  "x-authing-userpool-id": seed.userPool.id,
  "x-authing-request-from": "sdk",
  // Sent empty when no language was set.
  "x-authing-lang": "",
  authorization: `Bearer ${token}`,
})

it.live("Python: a token, then Bearer and the pool's id; nothing is signed", () =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    const headers = pythonHeaders(yield* logIn)
    assert.isNotEmpty(yield* emulator.onlineApps(userId))
    const kicked = yield* request("/api/v3/kick-users", { headers, json: { appIds, userId } })
    assert.deepStrictEqual([kicked.statusCode, kicked.data], [200, { success: true }])
    assert.isEmpty(yield* emulator.onlineApps(userId))
    const byEmail = { appIds, userId: "lin@example.com", options: { userIdType: "email" } }
    assert.strictEqual((yield* request("/api/v3/kick-users", { headers, json: byEmail })).statusCode, 200)
    const listed = yield* request("/api/v3/list-application-simple-info?page=1&limit=50", { headers })
    assert.deepInclude(listed.data, { totalCount: appIds.length })
  }).pipe(Effect.provide(server)),
)

it.live("Python: None stands in a body as null, and True and False stand in a query as words", () =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    const headers = pythonHeaders(yield* logIn)
    const kicked = yield* request("/api/v3/kick-users", { headers, json: { appIds, userId, options: null } })
    assert.deepStrictEqual([kicked.statusCode, kicked.data], [200, { success: true }])
    assert.isEmpty(yield* emulator.onlineApps(userId))
    const [appId = ""] = appIds
    const active = yield* request("/api/v3/list-application-active-users", { headers, json: { appId, options: null } })
    assert.deepInclude(active.data, { totalCount: 1 })
    const update = { userId, status: "Suspended", email: null, customData: null, options: null }
    assert.strictEqual((yield* request("/api/v3/update-user", { headers, json: update })).statusCode, 200)
    assert.strictEqual(yield* emulator.statusOf(userId), "Suspended")
    const filters = "page=1&limit=10&isIntegrateApp=False&isSelfBuiltApp=False&ssoEnabled=False"
    const listed = yield* request(`/api/v3/list-application-simple-info?${filters}`, { headers })
    assert.deepInclude(listed.data, { totalCount: appIds.length })
    const [, , third] = seed.users
    const shown = (flag: string) =>
      request(`/api/v3/get-user?userId=${third?.userId}&userIdType=user_id&withIdentities=${flag}`, { headers })
    assert.deepNestedInclude((yield* shown("True")).data, { "identities[0].userIdInIdp": "ou_8bae746e" })
    assert.notProperty((yield* shown("False")).data, "identities")
  }).pipe(Effect.provide(server)),
)

it.live("Python: one token serves many requests, and failures are told by their codes", () =>
  Effect.gen(function* () {
    const headers = pythonHeaders(yield* logIn)
    const unknownUser = yield* request("/api/v3/kick-users", { headers, json: { appIds, userId: "nobody" } })
    assert.deepInclude(unknownUser, { statusCode: 404, apiCode: 2004 })
    const unknownApp = yield* request("/api/v3/kick-users", { headers, json: { appIds: ["no-such-app"], userId } })
    assert.strictEqual(unknownApp.apiCode, 2011)
    const noApps = yield* request("/api/v3/kick-users", { headers, json: { appIds: [], userId } })
    assert.strictEqual(noApps.statusCode, 400)
    assert.isUndefined(noApps.apiCode)
    for (const failure of [unknownUser, unknownApp, noApps]) assert.isDefined(failure.requestId)
  }).pipe(Effect.provide(server)),
)

it.live("Java and n8n: the bare token without Bearer", () =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    const headers = { ...pythonHeaders(yield* logIn), authorization: yield* logIn }
    const kicked = yield* request("/api/v3/kick-users", { headers, json: { appIds, userId } })
    assert.strictEqual(kicked.statusCode, 200)
    assert.isEmpty(yield* emulator.onlineApps(userId))
  }).pipe(Effect.provide(server)),
)

it.live("a wrong secret gives no token, and without a good token nobody is kicked", () =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    const wrong = { ...key, accessKeySecret: "wrong" }
    const refused = yield* request("/api/v3/get-management-token", { json: wrong })
    assert.strictEqual(refused.statusCode, 401)
    assert.isUndefined(refused.data)
    const { authorization: _, ...noToken } = pythonHeaders("")
    const token = yield* logIn
    for (const headers of [noToken, pythonHeaders("a.b.c"), pythonHeaders(`${token}x`), pythonHeaders("")]) {
      const answer = yield* request("/api/v3/kick-users", { headers, json: { appIds, userId } })
      assert.strictEqual(answer.statusCode, 401)
    }
    assert.isNotEmpty(yield* emulator.onlineApps(userId))
  }).pipe(Effect.provide(server)),
)
