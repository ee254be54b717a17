/** What the operations take and give, field by field. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, type Seed } from "@genauth-effect/emulator"
import { Operation } from "@genauth-effect/protocol"
import { Effect } from "effect"
import { codesOf, envelope, type Key, signed } from "./wire.ts"

const key: Key = { accessKeyId: "pool", accessKeySecret: "secret of the pool" }
const identity = { extIdpId: "idp", userIdInIdp: "ou_1" }
const seed: Seed.Seed = {
  userPool: { id: "pool", accessKeys: [key] },
  applications: [
    { appId: "a", appName: "A" },
    { appId: "b", appName: "B" },
  ],
  users: [
    { userId: "ada", username: "ada", email: "ada@example.com", identities: [identity], loggedIn: ["a", "b"] },
    { userId: "lin", username: "lin", loggedIn: ["a"] },
  ],
}

const ask = (emulator: Emulator.Service, operation: Operation.Operation, params: object) =>
  envelope(emulator, signed(operation, params, { key, headers: { "x-genauth-lang": "en-US" } }))
const start = () => Emulator.makeUnsafe(seed)
const badRequest = (field: string) => ({ statusCode: 400, message: `a parameter has a wrong form: ${field}` })

describe("list-application-simple-info", () => {
  const totalOf = (filters: object) => ask(start(), Operation.listApplicationSimpleInfo, filters)["data"]
  it("false, which the official SDK always sends, filters nothing", () => {
    const defaults = { page: 1, limit: 1, isIntegrateApp: false, isSelfBuiltApp: false, ssoEnabled: false }
    assert.deepInclude(totalOf(defaults), { totalCount: 2 })
    assert.nestedPropertyVal(totalOf(defaults), "list[0].appId", "a")
  })
  it("true asks for a kind, and every application here is self-built", () => {
    assert.deepInclude(totalOf({ isSelfBuiltApp: true }), { totalCount: 2 })
    assert.deepInclude(totalOf({ isIntegrateApp: true, isSelfBuiltApp: false }), { totalCount: 0, list: [] })
    assert.deepInclude(totalOf({ isIntegrateApp: true, isSelfBuiltApp: true }), { totalCount: 2 })
    assert.deepInclude(totalOf({ ssoEnabled: true }), { totalCount: 2 })
  })
})

describe("what is missing or has a wrong form is named", () => {
  const cases: ReadonlyArray<readonly [operation: Operation.Operation, params: object, field: string]> = [
    [Operation.checkSessionStatus, { userId: "ada" }, "appId"],
    [Operation.checkSessionStatus, { userId: "nobody", appId: "" }, "appId"],
    [Operation.checkSessionStatus, { appId: "a" }, "userId"],
    [Operation.listApplicationActiveUsers, {}, "appId"],
    [Operation.listApplicationActiveUsers, { appId: 7 }, "appId"],
    [Operation.listApplicationActiveUsers, { appId: "a", options: "x" }, "options"],
    [Operation.listApplicationActiveUsers, { appId: "a", options: { pagination: [] } }, "pagination"],
    [Operation.listApplicationActiveUsers, { appId: "a", options: { pagination: { page: [1] } } }, "page"],
    [Operation.listApplicationActiveUsers, { appId: "a", options: { pagination: { limit: true } } }, "limit"],
    [Operation.kickUsers, { appIds: ["a"], userId: "ada", options: 5 }, "options"],
    [Operation.kickUsers, { appIds: ["a"], userId: "ada", options: [] }, "options"],
    [Operation.kickUsers, { appIds: ["a"], userId: "ada", options: false }, "options"],
    [Operation.kickUsers, { appIds: ["a"], userId: "ada", options: { userIdType: 5 } }, "userIdType"],
    [Operation.kickUsers, { appIds: "a", userId: "ada" }, "appIds"],
    [Operation.kickUsers, { appIds: ["a", ""], userId: "ada" }, "appIds"],
    [Operation.kickUsers, { appIds: ["a"], userId: 5 }, "userId"],
    [Operation.kickPublicAccounts, { appIds: ["a"], userId: "ada", options: "email" }, "options"],
    [Operation.updateUser, { userId: "ada", options: 5 }, "options"],
    [Operation.updateUser, { userId: "ada", status: "Locked" }, "status"],
    [Operation.updateUser, { userId: "ada", email: 5 }, "email"],
    [Operation.isUserExists, {}, "username"],
  ]
  for (const [operation, params, field] of cases) {
    it(`${operation.name} ${JSON.stringify(params)}: ${field}`, () => {
      const emulator = start()
      assert.deepInclude(ask(emulator, operation, params), badRequest(field))
      assert.strictEqual(Effect.runSync(emulator.onlineCount), 3)
      assert.strictEqual(Effect.runSync(emulator.statusOf("ada")), "Activated")
    })
  }
  it("null is what the Python SDK sends for what is not given", () => {
    const emulator = start()
    const page = { appId: "a", options: { pagination: null, withIdentities: null } }
    assert.deepInclude(ask(emulator, Operation.listApplicationActiveUsers, page)["data"], { totalCount: 2 })
    const kick = { appIds: ["a"], userId: "ada", options: null }
    assert.deepInclude(ask(emulator, Operation.kickUsers, kick), { statusCode: 200 })
    const typed = { appIds: ["b"], userId: "ada", options: { userIdType: null } }
    assert.deepInclude(ask(emulator, Operation.kickUsers, typed), { statusCode: 200 })
    assert.isEmpty(Effect.runSync(emulator.onlineApps("ada")))
    const update = { userId: "ada", status: null, email: null, options: null }
    assert.nestedPropertyVal(ask(emulator, Operation.updateUser, update), "data.email", "ada@example.com")
  })
})

describe("update-user", () => {
  it("without a status leaves the status alone, and a user is found under the new ids and not under the old", () => {
    const emulator = start()
    const change = { userId: "ada", username: "countess", phone: "13800000000", externalId: "e-1", nickname: "A" }
    const { data, statusCode } = ask(emulator, Operation.updateUser, change)
    assert.strictEqual(statusCode, 200)
    assert.deepInclude(data, { userId: "ada", status: "Activated", username: "countess", email: "ada@example.com" })
    const find = (userId: string, userIdType: string) =>
      codesOf(emulator, signed(Operation.getUser, { userId, userIdType }, { key }))
    for (const [id, type] of [
      ["ada", "user_id"],
      ["countess", "username"],
      ["13800000000", "phone"],
      ["e-1", "external_id"],
      ["ada@example.com", "email"],
      ["idp:ou_1", "identity"],
    ] as const) {
      assert.deepInclude(find(id, type), { statusCode: 200 }, type)
    }
    assert.deepInclude(find("ada", "username"), { apiCode: 2004 })
    assert.deepInclude(ask(emulator, Operation.isUserExists, { username: "ada" })["data"], { exists: false })
    assert.strictEqual(Effect.runSync(emulator.onlineCount), 3)
  })
  it("takes the status and other fields at once, and all of a refused change is left undone", () => {
    const emulator = start()
    const both = { userId: "lin", status: "Suspended", email: "lin@example.com" }
    assert.deepInclude(ask(emulator, Operation.updateUser, both)["data"], both)
    assert.strictEqual(Effect.runSync(emulator.statusOf("lin")), "Suspended")
    const taken = { userId: "ada", status: "Archived", phone: "1", email: "lin@example.com" }
    assert.deepInclude(ask(emulator, Operation.updateUser, taken), { statusCode: 409 })
    assert.strictEqual(Effect.runSync(emulator.statusOf("ada")), "Activated")
    assert.deepInclude(ask(emulator, Operation.isUserExists, { phone: "1" })["data"], { exists: false })
    const same = { userId: "ada", email: "ada@example.com" }
    assert.deepInclude(ask(emulator, Operation.updateUser, same), { statusCode: 200 })
  })
})

describe("what is shown of a user only when it is asked for", () => {
  const identities = [
    {
      identityId: "idp:ou_1",
      extIdpId: "idp",
      provider: "oidc",
      type: "primary",
      userIdInIdp: "ou_1",
      userInfoInIdp: {},
      originConnIds: [],
    },
  ]
  const all = { withIdentities: true, withCustomData: true, withDepartmentIds: true }
  const none = { withIdentities: false, withCustomData: false, withDepartmentIds: false }
  it("get-user", () => {
    const user = (flags: object) => ask(start(), Operation.getUser, { userId: "ada", ...flags })["data"]
    assert.deepInclude(user(all), { identities, customData: {}, departmentIds: [] })
    assert.deepInclude(user({ withIdentities: true }), { identities })
    for (const flags of [none, {}]) {
      assert.doesNotHaveAnyKeys(user(flags), ["identities", "customData", "departmentIds"])
    }
    assert.doesNotHaveAnyKeys(user({ withIdentities: true }), ["customData", "departmentIds"])
  })
  it("list-application-active-users", () => {
    const users = (options: object) => ask(start(), Operation.listApplicationActiveUsers, { appId: "a", options })
    assert.deepNestedPropertyVal(users(all), "data.list[0].identities", identities)
    assert.deepNestedPropertyVal(users(all), "data.list[1].identities", [])
    assert.deepNestedPropertyVal(users(all), "data.list[1].customData", {})
    assert.deepNestedPropertyVal(users(all), "data.list[1].departmentIds", [])
    for (const options of [none, {}]) {
      assert.notNestedProperty(users(options), "data.list[0].identities")
      assert.notNestedProperty(users(options), "data.list[0].customData")
    }
  })
})
