/** The official Node SDK as a client of the emulator, over HTTP: every operation, by what it leaves and gives. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { Operation } from "@genauth-effect/protocol"
import { Effect, Layer, Schema } from "effect"
import { createRequire } from "node:module"

const identity = { extIdpId: "62f20932716fbcc10d966ee5", userIdInIdp: "ou_8bae746e" }
const ada = "6319a1504f3aaaaf214dd5b1"
const lin = "6319a1504f3aaaaf214dd5b2"
// Texts that an encoding of the query, or of the signature over it, could spoil.
const seed: Seed.Seed = {
  ...Seed.example,
  users: [
    {
      userId: ada,
      username: "ada & co = 用户 100%",
      email: "ada+test@example.com",
      phone: "+8613800000000",
      externalId: "e[1]/?#:,;$ 'x'(y)*~",
      identities: [identity],
      syncRelations: [{ provider: "lark", userIdInIdp: "on_1 😀" }],
      loggedIn: Seed.example.applications.map(({ appId }) => appId),
    },
    { userId: lin, username: "lin", loggedIn: [Seed.example.applications[0]?.appId ?? ""] },
  ],
}
const appIds = seed.applications.map((application) => application.appId)
const [mail = "", wiki = "", payroll = ""] = appIds
const [key = { accessKeyId: "", accessKeySecret: "" }] = seed.userPool.accessKeys

const ids: ReadonlyArray<readonly [type: Operation.UserIdType, id: string]> = [
  ["user_id", ada],
  ["username", "ada & co = 用户 100%"],
  ["email", "ada+test@example.com"],
  ["phone", "+8613800000000"],
  ["external_id", "e[1]/?#:,;$ 'x'(y)*~"],
  ["identity", `${identity.extIdpId}:${identity.userIdInIdp}`],
  ["sync_relation", "lark:on_1 😀"],
]

const server = EmulatorServer.layer().pipe(Layer.provideMerge(Layer.fresh(Emulator.layer(seed))))

const Answer = Schema.Struct({
  statusCode: Schema.Int,
  apiCode: Schema.optional(Schema.Int),
  requestId: Schema.NonEmptyString,
  data: Schema.optional(Schema.Unknown),
})

// The SDK's own types have enums where the wire has texts, and name what it does not send.
type Call = (params: object) => Promise<unknown>
interface OfficialClient {
  readonly kickUsers: Call
  readonly kickPublicAccounts: Call
  readonly checkSessionStatus: Call
  readonly listApplicationSimpleInfo: Call
  readonly getUserLoggedinApps: Call
  readonly listApplicationActiveUsers: Call
  readonly isUserExists: Call
  readonly getUser: Call
  readonly updateUser: Call
}
const official: { readonly ManagementClient: new (options: object) => OfficialClient } = createRequire(import.meta.url)(
  "authing-node-sdk",
)

const open = Effect.gen(function* () {
  const { url } = yield* EmulatorServer.EmulatorServer
  const sdkWith = (options: object) => new official.ManagementClient({ ...key, host: url, ...options })
  return { emulator: yield* Emulator.Emulator, sdk: sdkWith({}), sdkWith }
})

const told = (answering: Promise<unknown>) =>
  Effect.flatMap(
    Effect.promise(() => answering),
    Schema.decodeUnknownEffect(Answer),
  )

const success = { statusCode: 200, data: { success: true } }
const userNotFound = { statusCode: 404, apiCode: 2004 }
const applicationNotFound = { statusCode: 404, apiCode: 2011 }

describe("kickUsers and kickPublicAccounts", () => {
  for (const name of ["kickUsers", "kickPublicAccounts"] as const) {
    for (const [userIdType, userId] of ids) {
      it.live(`${name} by ${userIdType}: out of the applications named, and of no other`, () =>
        Effect.gen(function* () {
          const { emulator, sdk } = yield* open
          const options = { userIdType }
          assert.deepInclude(yield* told(sdk[name]({ appIds: [mail, payroll], userId, options })), success)
          assert.deepStrictEqual(yield* emulator.onlineApps(ada), [wiki])
          assert.deepStrictEqual(yield* emulator.onlineApps(lin), [mail])
        }).pipe(Effect.provide(server)),
      )
    }
    it.live(`${name}: failures are told by their codes, and nobody is kicked`, () =>
      Effect.gen(function* () {
        const { emulator, sdk, sdkWith } = yield* open
        const call = (params: object) => told(sdk[name](params))
        assert.deepInclude(yield* call({ appIds, userId: "nobody" }), userNotFound)
        for (const userIdType of Operation.userIdTypes) {
          const unknown = { appIds, userId: "nobody", options: { userIdType } }
          assert.deepInclude(yield* call(unknown), userNotFound, userIdType)
        }
        assert.deepInclude(yield* call({ appIds: [mail, "nowhere"], userId: ada }), applicationNotFound)
        const tooMany = Array.from({ length: Operation.maxAppIds + 1 }, (_, index) => `app-${index}`)
        for (const wrong of [
          { appIds: [], userId: ada },
          { appIds: tooMany, userId: ada },
          { userId: ada },
          { appIds },
          { appIds, userId: ada, options: { userIdType: "nickname" } },
        ]) {
          const refused = yield* call(wrong)
          assert.strictEqual(refused.statusCode, 400)
          assert.isUndefined(refused.apiCode)
        }
        const params = { appIds, userId: ada }
        const wrongSecret = sdkWith({ accessKeySecret: "wrong" })
        assert.deepInclude(yield* told(wrongSecret[name](params)), { statusCode: 400, apiCode: 1300 })
        const wrongKey = sdkWith({ accessKeyId: "nobody" })
        assert.deepInclude(yield* told(wrongKey[name](params)), { statusCode: 400, apiCode: 1300 })
        assert.deepStrictEqual(yield* emulator.onlineApps(ada), appIds)
        assert.strictEqual((yield* emulator.counts).kickEvents, 0)
      }).pipe(Effect.provide(server)),
    )
  }
  it.live("with the tenant and the language that the SDK can be given", () =>
    Effect.gen(function* () {
      const { emulator, sdkWith } = yield* open
      const sdk = sdkWith({ lang: "en-US", tenantId: " tenant 1 " })
      assert.deepInclude(yield* told(sdk.kickUsers({ appIds, userId: ada })), success)
      assert.isEmpty(yield* emulator.onlineApps(ada))
      const [request] = yield* emulator.requests
      assert.deepInclude(request?.headers, { "x-authing-app-id": "tenant 1", "x-authing-lang": "en-US" })
    }).pipe(Effect.provide(server)),
  )
})

it.live("checkSessionStatus follows the state", () =>
  Effect.gen(function* () {
    const { emulator, sdk } = yield* open
    const isActive = (appId: string, userId = ada) => told(sdk.checkSessionStatus({ appId, userId }))
    assert.deepInclude(yield* isActive(mail), { statusCode: 200, data: { active: true } })
    yield* told(sdk.kickUsers({ appIds: [mail], userId: ada }))
    assert.deepInclude(yield* isActive(mail), { statusCode: 200, data: { active: false } })
    assert.deepInclude(yield* isActive(wiki), { statusCode: 200, data: { active: true } })
    assert.isTrue(yield* emulator.logIn(ada, mail))
    assert.deepInclude(yield* isActive(mail), { data: { active: true } })
    assert.deepInclude(yield* isActive(mail, "nobody"), userNotFound)
    assert.deepInclude(yield* isActive("nowhere"), applicationNotFound)
    assert.deepInclude(yield* told(sdk.checkSessionStatus({ userId: ada })), { statusCode: 400 })
  }).pipe(Effect.provide(server)),
)

const List = Schema.Struct({ totalCount: Schema.Int, list: Schema.Array(Schema.Record(Schema.String, Schema.Unknown)) })
const listed = ({ data, statusCode }: typeof Answer.Type) => {
  assert.strictEqual(statusCode, 200)
  return Schema.decodeUnknownEffect(List)(data)
}

it.live("listApplicationSimpleInfo gives the pool's applications, page by page", () =>
  Effect.gen(function* () {
    const { sdk } = yield* open
    const list = (params: object) => Effect.flatMap(told(sdk.listApplicationSimpleInfo(params)), listed)
    const appIdsOf = (page: typeof List.Type) => page.list.map(({ appId }) => appId)
    const all = yield* list({})
    assert.strictEqual(all.totalCount, 3)
    assert.deepStrictEqual(appIdsOf(all), appIds)
    const [first] = all.list
    assert.deepStrictEqual(first, {
      appId: mail,
      appName: "Mail",
      appIdentifier: mail,
      appLogo: "",
      appType: "web",
      isIntegrateApp: false,
    })
    for (const [index, appId] of appIds.entries()) {
      const page = yield* list({ page: index + 1, limit: 1 })
      assert.deepStrictEqual([page.totalCount, appIdsOf(page)], [3, [appId]])
    }
    assert.deepStrictEqual((yield* list({ page: 4, limit: 1 })).list, [])
    assert.deepStrictEqual(appIdsOf(yield* list({ keywords: "Wi" })), [wiki])
    assert.deepStrictEqual(appIdsOf(yield* list({ isSelfBuiltApp: true })), appIds)
    assert.deepStrictEqual(appIdsOf(yield* list({ isIntegrateApp: true })), [])
    for (const wrong of [{ limit: 51 }, { page: 0 }]) {
      assert.deepInclude(yield* told(sdk.listApplicationSimpleInfo(wrong)), { statusCode: 400 })
    }
  }).pipe(Effect.provide(server)),
)

it.live("listApplicationActiveUsers gives who is online in one application", () =>
  Effect.gen(function* () {
    const { sdk } = yield* open
    const list = (params: object) => Effect.flatMap(told(sdk.listApplicationActiveUsers(params)), listed)
    const userIdsOf = (page: typeof List.Type) => page.list.map(({ userId }) => userId)
    assert.deepStrictEqual(userIdsOf(yield* list({ appId: mail })), [ada, lin])
    assert.deepStrictEqual(userIdsOf(yield* list({ appId: wiki })), [ada])
    const second = yield* list({ appId: mail, options: { pagination: { page: 2, limit: 1 }, withIdentities: true } })
    assert.deepStrictEqual([second.totalCount, userIdsOf(second)], [2, [lin]])
    assert.deepStrictEqual(second.list[0]?.["identities"], [])
    yield* told(sdk.kickUsers({ appIds: [mail], userId: ada }))
    assert.deepStrictEqual(userIdsOf(yield* list({ appId: mail })), [lin])
    assert.deepInclude(yield* told(sdk.listApplicationActiveUsers({ appId: "nowhere" })), applicationNotFound)
    const noApp = yield* told(sdk.listApplicationActiveUsers({}))
    assert.deepStrictEqual([noApp.statusCode, noApp.apiCode], [400, undefined])
  }).pipe(Effect.provide(server)),
)

const App = Schema.Struct({ appId: Schema.String, appName: Schema.String })

describe("by any id, in a query as the SDK encodes it", () => {
  it.live("getUser", () =>
    Effect.gen(function* () {
      const { sdk } = yield* open
      for (const [userIdType, userId] of ids) {
        const { data, statusCode } = yield* told(sdk.getUser({ userId, userIdType }))
        assert.strictEqual(statusCode, 200, userIdType)
        assert.deepInclude(data, { userId: ada, email: "ada+test@example.com", status: "Activated" }, userIdType)
        assert.notProperty(data, "identities")
        assert.deepInclude(yield* told(sdk.getUser({ userId: `${userId}x`, userIdType })), userNotFound, userIdType)
      }
      const more = { userId: ada, withIdentities: true, withCustomData: true, withDepartmentIds: true }
      const { data } = yield* told(sdk.getUser(more))
      assert.deepInclude(data, { customData: {}, departmentIds: [] })
      assert.deepNestedInclude(data, { "identities[0].extIdpId": identity.extIdpId })
      assert.deepNestedInclude(data, { "identities[0].userIdInIdp": identity.userIdInIdp })
      assert.deepInclude(yield* told(sdk.getUser({ userId: "" })), { statusCode: 400 })
      assert.deepInclude(yield* told(sdk.getUser({ userId: ada, userIdType: "x" })), { statusCode: 400 })
    }).pipe(Effect.provide(server)),
  )
  it.live("getUserLoggedinApps, which is history: a kick takes nothing away", () =>
    Effect.gen(function* () {
      const { emulator, sdk } = yield* open
      yield* told(sdk.kickUsers({ appIds, userId: ada }))
      assert.isEmpty(yield* emulator.onlineApps(ada))
      for (const [userIdType, userId] of ids) {
        const { data, statusCode } = yield* told(sdk.getUserLoggedinApps({ userId, userIdType }))
        assert.strictEqual(statusCode, 200, userIdType)
        const apps = yield* Schema.decodeUnknownEffect(Schema.Array(App))(data)
        assert.deepStrictEqual(apps, seed.applications, userIdType)
        const unknown = yield* told(sdk.getUserLoggedinApps({ userId: `${userId}x`, userIdType }))
        assert.deepInclude(unknown, userNotFound, userIdType)
      }
      const { data } = yield* told(sdk.getUserLoggedinApps({ userId: lin }))
      assert.lengthOf(yield* Schema.decodeUnknownEffect(Schema.Array(App))(data), 1)
    }).pipe(Effect.provide(server)),
  )
})

it.live("isUserExists looks for user name, e-mail, phone and external id", () =>
  Effect.gen(function* () {
    const { sdk } = yield* open
    const exists = (exists: boolean) => ({ statusCode: 200, data: { exists } })
    for (const [type, id] of ids) {
      const name = type === "external_id" ? "externalId" : type
      if (!["username", "email", "phone", "externalId"].includes(name)) continue
      assert.deepInclude(yield* told(sdk.isUserExists({ [name]: id })), exists(true), name)
      assert.deepInclude(yield* told(sdk.isUserExists({ [name]: `${id}x` })), exists(false), name)
    }
    assert.deepInclude(yield* told(sdk.isUserExists({})), { statusCode: 400 })
  }).pipe(Effect.provide(server)),
)

it.live("updateUser changes the status, or other fields and not the status", () =>
  Effect.gen(function* () {
    const { emulator, sdk } = yield* open
    for (const [index, [userIdType, userId]] of ids.entries()) {
      const status = index % 2 === 0 ? "Suspended" : "Activated"
      const { data } = yield* told(sdk.updateUser({ userId, status, options: { userIdType } }))
      assert.deepInclude(data, { userId: ada, status }, userIdType)
      assert.strictEqual(yield* emulator.statusOf(ada), status, userIdType)
    }
    const renamed = yield* told(sdk.updateUser({ userId: lin, email: "lin@example.com", nickname: "L" }))
    assert.deepInclude(renamed.data, { userId: lin, status: "Activated", email: "lin@example.com" })
    assert.deepInclude(yield* told(sdk.isUserExists({ email: "lin@example.com" })), { data: { exists: true } })
    assert.deepInclude(yield* told(sdk.updateUser({ userId: "nobody", status: "Suspended" })), userNotFound)
    assert.deepInclude(yield* told(sdk.updateUser({ userId: lin, status: "Locked" })), { statusCode: 400 })
    assert.strictEqual(yield* emulator.statusOf(lin), "Activated")
  }).pipe(Effect.provide(server)),
)

it.live("a wrong secret is refused by every operation, and nothing is changed", () =>
  Effect.gen(function* () {
    const { emulator, sdkWith } = yield* open
    const stranger = sdkWith({ accessKeySecret: "wrong" })
    const user = { userId: ada }
    for (const answering of [
      stranger.kickUsers({ ...user, appIds }),
      stranger.kickPublicAccounts({ ...user, appIds }),
      stranger.checkSessionStatus({ ...user, appId: mail }),
      stranger.listApplicationSimpleInfo({}),
      stranger.getUserLoggedinApps(user),
      stranger.listApplicationActiveUsers({ appId: mail }),
      stranger.isUserExists({ username: "lin" }),
      stranger.getUser(user),
      stranger.updateUser({ ...user, status: "Suspended" }),
    ]) {
      const refused = yield* told(answering)
      assert.deepInclude(refused, { statusCode: 400, apiCode: 1300 })
      assert.isUndefined(refused.data)
    }
    assert.deepStrictEqual(yield* emulator.onlineApps(ada), appIds)
    assert.strictEqual(yield* emulator.statusOf(ada), "Activated")
    // Every operation but the one for a token, which this SDK does not use.
    const { byPath } = yield* emulator.counts
    const paths = Operation.all.filter((one) => one !== Operation.getManagementToken).map(({ path }) => path)
    assert.sameMembers(Object.keys(byPath), paths)
  }).pipe(Effect.provide(server)),
)
