/** Whose key opens what: pools, collaborators, rights, tokens, and how a request may be written. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, Seed } from "@genauth-effect/emulator"
import { Brand, Operation } from "@genauth-effect/protocol"
import { Effect } from "effect"
import { authorized, codesOf, envelope, freshNonce, type Key, signed } from "./wire.ts"

const own: Key = { accessKeyId: "pool-1", accessKeySecret: "secret of pool 1" }
const reader: Key = { accessKeyId: "reader", accessKeySecret: "secret of the reader" }
const other: Key = { accessKeyId: "pool-2", accessKeySecret: "secret of pool 2" }
const collaborator: Key = { accessKeyId: "guest", accessKeySecret: "secret of the guest" }

const seed: Seed.Seed = {
  userPool: {
    id: "pool-1",
    accessKeys: [own, { ...reader, managesUsers: false }, { ...collaborator, isCollaborator: true }],
  },
  applications: [{ appId: "app-1", appName: "One" }],
  users: [{ userId: "user-1", email: "same@example.com", loggedIn: ["app-1"] }],
  userPools: [
    {
      userPool: { id: "pool-2", accessKeys: [other, { ...collaborator, isCollaborator: true, managesUsers: false }] },
      applications: [{ appId: "app-2", appName: "Two" }],
      users: [{ userId: "user-2", email: "same@example.com", loggedIn: ["app-2"] }],
    },
    { userPool: { id: "pool-3", accessKeys: [] }, applications: [], users: [] },
  ],
}

const start = (options?: Emulator.Options) => Emulator.makeUnsafe(seed, options)
const kick = { appIds: ["app-1"], userId: "user-1" }
const byKey = (key: Key, params: object, poolId?: string, brand: Brand.Brand = "genauth") =>
  signed(Operation.kickUsers, params, {
    key,
    brand,
    headers: { [Brand.profiles[brand].userPoolIdHeader]: poolId },
  })

describe("pools", () => {
  it("a key reaches the users and applications of its own pool", () => {
    const emulator = start()
    assert.deepInclude(codesOf(emulator, byKey(own, kick)), { statusCode: 200 })
    assert.deepInclude(codesOf(emulator, byKey(other, { appIds: ["app-2"], userId: "user-2" })), { statusCode: 200 })
    assert.isEmpty(Effect.runSync(emulator.online))
  })
  it("a user of another pool is told from one that nobody has", () => {
    const emulator = start()
    assert.deepInclude(codesOf(emulator, byKey(own, { ...kick, userId: "user-2" })), { statusCode: 403, apiCode: 2036 })
    assert.deepInclude(codesOf(emulator, byKey(own, { ...kick, userId: "user-3" })), { statusCode: 404, apiCode: 2004 })
    const named = { ...kick, userId: "user-2", options: { userIdType: "username" } }
    assert.deepInclude(codesOf(emulator, byKey(own, named)), { apiCode: 2004 })
  })
  it("an application of another pool is unknown", () => {
    assert.deepInclude(codesOf(start(), byKey(own, { ...kick, appIds: ["app-2"] })), { apiCode: 2011 })
  })
  it("the same e-mail is a user of each pool", () => {
    const emulator = start()
    const params = { appIds: ["app-2"], userId: "same@example.com", options: { userIdType: "email" } }
    assert.deepInclude(codesOf(emulator, byKey(other, params)), { statusCode: 200 })
    assert.deepStrictEqual(Effect.runSync(emulator.online), [{ userId: "user-1", appId: "app-1" }])
  })
})

describe("the user pool header", () => {
  for (const brand of Brand.brands) {
    it(`${brand}: must fit the key`, () => {
      const emulator = start()
      const codes = (key: Key, poolId: string) => codesOf(emulator, byKey(key, kick, poolId, brand))
      assert.deepInclude(codes(own, "pool-1"), { statusCode: 200 })
      assert.deepInclude(codes(own, "pool-2"), { statusCode: 403, apiCode: 3623 })
      assert.deepInclude(codes(own, "pool-9"), { statusCode: 404, apiCode: 2224 })
    })
  }
  it("is as good as absent when empty", () => {
    assert.deepInclude(codesOf(start(), byKey(own, kick, "")), { statusCode: 200 })
  })
  it("may hold the key id of a pool's own key, which PHP sends, and not that of a collaborator's", () => {
    const emulator = Emulator.makeUnsafe(Seed.example)
    const [key = own] = Seed.example.userPool.accessKeys
    const [userId] = Seed.example.users.map((user) => user.userId)
    const request = (id: string) => byKey(key, { appIds: [Seed.example.applications[0]?.appId], userId }, id)
    assert.notStrictEqual(key.accessKeyId, Seed.example.userPool.id)
    assert.deepInclude(codesOf(emulator, request(key.accessKeyId)), { statusCode: 200 })
    assert.deepInclude(codesOf(start(), byKey(collaborator, kick, collaborator.accessKeyId)), { apiCode: 2224 })
  })
  it("says which pool a collaborator means; without it the first", () => {
    const emulator = start()
    assert.deepInclude(codesOf(emulator, byKey(collaborator, kick)), { statusCode: 200 })
    const params = { appIds: ["app-2"], userId: "user-2" }
    assert.deepInclude(codesOf(emulator, byKey(collaborator, params)), { apiCode: 2036 })
    assert.deepInclude(codesOf(emulator, byKey(collaborator, params, "pool-2")), { apiCode: 1001 })
    assert.deepInclude(codesOf(emulator, byKey(collaborator, params, "pool-3")), { apiCode: 3623 })
  })
  for (const [brand, foreign] of [
    ["genauth", "authing"],
    ["authing", "genauth"],
  ] as const) {
    it(`${brand}: is not read where the signature does not cover it`, () => {
      const emulator = start()
      const request = byKey(collaborator, { appIds: ["app-2"], userId: "user-2" }, undefined, brand)
      const headers = { ...request.headers, [Brand.profiles[foreign].userPoolIdHeader]: "pool-2" }
      assert.deepInclude(codesOf(emulator, { ...request, headers }), { apiCode: 2036 })
    })
  }
})

describe("rights", () => {
  it("without the right to manage users every operation on users is refused, and applications are shown", () => {
    const emulator = start()
    for (const operation of Operation.all) {
      if (operation === Operation.getManagementToken) continue
      const request = signed(operation, {}, { key: reader })
      const expected =
        operation === Operation.listApplicationSimpleInfo
          ? { statusCode: 200, apiCode: undefined }
          : { statusCode: 403, apiCode: 1001 }
      assert.deepStrictEqual(codesOf(emulator, request), expected, operation.name)
    }
    assert.strictEqual(Effect.runSync(emulator.onlineCount), 2)
  })
})

describe("tokens", () => {
  const ask = (key: Key, headers: Readonly<Record<string, string>> = {}) =>
    authorized(Operation.getManagementToken, { ...key }, headers)
  const tokenOf = (emulator: Emulator.Service, key: Key, now = 0, headers = {}): string => {
    const { data } = envelope(emulator, ask(key, headers), now)
    return typeof data === "object" && data !== null && "access_token" in data ? String(data.access_token) : ""
  }
  const claimsOf = (token: string): unknown =>
    JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString())
  const withToken = (authorization: string, params: object = kick, headers = {}) =>
    authorized(Operation.kickUsers, params, { authorization, ...headers })

  it("name the pool of their key", () => {
    const emulator = start()
    assert.deepInclude(claimsOf(tokenOf(emulator, own)), { scoped_userpool_id: "pool-1" })
    assert.deepInclude(claimsOf(tokenOf(emulator, other)), { scoped_userpool_id: "pool-2" })
    assert.deepInclude(claimsOf(tokenOf(emulator, collaborator)), { scoped_userpool_id: "pool-1" })
    const second = tokenOf(emulator, collaborator, 0, { "x-authing-userpool-id": "pool-2" })
    assert.deepInclude(claimsOf(second), { scoped_userpool_id: "pool-2" })
  })
  it("open that pool, and another by its header where the key may", () => {
    const emulator = start()
    const token = `Bearer ${tokenOf(emulator, collaborator)}`
    const inSecond = { appIds: ["app-2"], userId: "user-2" }
    assert.deepInclude(codesOf(emulator, withToken(token)), { statusCode: 200 })
    assert.deepInclude(codesOf(emulator, withToken(token, inSecond)), { apiCode: 2036 })
    const header = (id: string) => ({ "x-genauth-userpool-id": id })
    assert.deepInclude(codesOf(emulator, withToken(token, inSecond, header("pool-2"))), { apiCode: 1001 })
    assert.deepInclude(codesOf(emulator, withToken(token, inSecond, header("pool-3"))), { apiCode: 3623 })
    assert.deepInclude(codesOf(emulator, withToken(token, inSecond, header("pool-9"))), { apiCode: 2224 })
    assert.deepInclude(codesOf(emulator, ask(own, header("pool-2"))), { apiCode: 3623 })
  })
  it("live as long as the options say", () => {
    const emulator = start({ tokenLifetimeSeconds: 60 })
    const token = `Bearer ${tokenOf(emulator, own, 1000)}`
    assert.deepInclude(codesOf(emulator, withToken(token), 60_999), { statusCode: 200 })
    assert.deepInclude(codesOf(emulator, withToken(token), 61_000), { statusCode: 401, apiCode: 2020 })
  })
  it("outlive a request for another at which the server's clock is off", () => {
    const emulator = start({ faults: { rules: [{ when: { nth: 2 }, fault: { kind: "clockOff", millis: 1e12 } }] } })
    const token = `Bearer ${tokenOf(emulator, own)}`
    tokenOf(emulator, own)
    assert.deepInclude(codesOf(emulator, withToken(token)), { statusCode: 200 })
  })
  it("name a pool of any name", () => {
    for (const id of ["池 😀 ÿ", "\ud800", '"\\']) {
      const emulator = Emulator.makeUnsafe({ ...seed, userPool: { ...seed.userPool, id } })
      const token = tokenOf(emulator, own)
      assert.deepInclude(claimsOf(token), { scoped_userpool_id: id })
      assert.deepInclude(codesOf(emulator, withToken(`Bearer ${token}`)), { statusCode: 200 })
    }
  })
  it("are taken without Bearer, unless the options say no, and in any case of the word", () => {
    const lenient = start()
    const token = tokenOf(lenient, own)
    assert.deepInclude(codesOf(lenient, withToken(token)), { statusCode: 200 })
    assert.deepInclude(codesOf(lenient, withToken(`bearer ${token}`)), { statusCode: 200 })
    const strict = start({ bareToken: false })
    const second = tokenOf(strict, own)
    assert.deepInclude(codesOf(strict, withToken(second)), { apiCode: 2020 })
    assert.deepInclude(codesOf(strict, withToken(`Bearer ${second}`)), { statusCode: 200 })
  })
  it("die when they are revoked, and new ones are given", () => {
    const emulator = start()
    const token = `Bearer ${tokenOf(emulator, own)}`
    Effect.runSync(emulator.revokeTokens)
    assert.deepInclude(codesOf(emulator, withToken(token)), { apiCode: 2020 })
    assert.deepInclude(codesOf(emulator, withToken(`Bearer ${tokenOf(emulator, own)}`)), { statusCode: 200 })
  })
  for (const [what, params, field] of [
    ["a wrong secret", { ...own, accessKeySecret: "secret of pool 2" }, undefined],
    ["a secret that is longer", { ...own, accessKeySecret: `${own.accessKeySecret}.` }, undefined],
    ["an unknown key", { ...own, accessKeyId: "nobody" }, undefined],
    ["no key", { accessKeySecret: "x" }, "accessKeyId"],
    ["no secret", { accessKeyId: "pool-1" }, "accessKeySecret"],
    ["a secret that is no text", { ...own, accessKeySecret: 7 }, "accessKeySecret"],
  ] as const) {
    it(`are refused for ${what}`, () => {
      const answer = envelope(start(), authorized(Operation.getManagementToken, params, {}))
      assert.strictEqual(answer["statusCode"], field === undefined ? 401 : 400)
      if (field !== undefined) assert.include(String(answer["message"]), field)
    })
  }
})

describe("arrays in a query", () => {
  const get = (params: object, query: string) => signed(Operation.getUser, params, { key: own, query })
  const user = { userId: "user-1" }
  it("are signed as JSON and sent as a[]=1&a[]=2, as the official SDKs do", () => {
    const emulator = start()
    const texts = get({ ...user, a: ["x", "y & z"] }, "userId=user-1&a[]=x&a[]=y+%26+z")
    assert.deepInclude(codesOf(emulator, texts), { statusCode: 200 })
    const encoded = get({ ...user, a: ["x"] }, "userId=user-1&a%5B%5D=x")
    assert.deepInclude(codesOf(emulator, encoded), { statusCode: 200 })
    const numbers = get({ ...user, a: [1, 20], b: ["x"] }, "userId=user-1&a[]=1&a[]=20&b[]=x")
    assert.deepInclude(codesOf(emulator, numbers), { statusCode: 200 })
    const digits = get({ ...user, a: ["1", "20"] }, "userId=user-1&a[]=1&a[]=20")
    assert.deepInclude(codesOf(emulator, digits), { statusCode: 200 })
  })
  it("are part of what is signed", () => {
    const changed = get({ ...user, a: ["x", "y"] }, "userId=user-1&a[]=y&a[]=x")
    assert.deepInclude(codesOf(start(), changed), { apiCode: 1300 })
  })
})

describe("nonces", () => {
  it("are good once, for any user and operation", () => {
    const emulator = start()
    const nonce = freshNonce()
    const first = signed(Operation.getUser, { userId: "user-1" }, { key: own, nonce })
    const second = signed(Operation.kickUsers, kick, { key: own, nonce })
    assert.deepInclude(codesOf(emulator, first), { statusCode: 200 })
    assert.deepInclude(codesOf(emulator, second), { statusCode: 400, apiCode: 1306 })
    assert.strictEqual(Effect.runSync(emulator.counts).replayedNonces, 1)
  })
  it("are not used up by a request whose signature was wrong", () => {
    const emulator = start()
    const nonce = freshNonce()
    const wrong = signed(Operation.kickUsers, kick, { key: { ...own, accessKeySecret: "wrong" }, nonce })
    assert.deepInclude(codesOf(emulator, wrong), { apiCode: 1300 })
    assert.deepInclude(codesOf(emulator, signed(Operation.kickUsers, kick, { key: own, nonce })), { statusCode: 200 })
  })
  it("are remembered for as long as their date can pass, and then forgotten", () => {
    const emulator = start({ clockToleranceMillis: 1000 })
    const nonce = freshNonce()
    const request = signed(Operation.kickUsers, kick, { key: own, nonce, now: 1000 })
    assert.deepInclude(codesOf(emulator, request, 0), { statusCode: 200 })
    assert.deepInclude(codesOf(emulator, request, 2000), { apiCode: 1306 })
    assert.deepInclude(codesOf(emulator, request, 2001), { apiCode: 1305 })
    const later = signed(Operation.kickUsers, kick, { key: own, nonce, now: 9000 })
    assert.deepInclude(codesOf(emulator, later, 9000), { statusCode: 200 })
  })
  it("are remembered from when they were used up, though seen before", () => {
    const emulator = start({ clockToleranceMillis: 1000 })
    const nonce = freshNonce()
    const wrong = signed(Operation.kickUsers, kick, { key: { ...own, accessKeySecret: "wrong" }, nonce, now: 0 })
    assert.deepInclude(codesOf(emulator, wrong, 0), { apiCode: 1300 })
    const right = signed(Operation.kickUsers, kick, { key: own, nonce, now: 2000 })
    assert.deepInclude(codesOf(emulator, right, 1900), { statusCode: 200 })
    assert.deepInclude(codesOf(emulator, right, 2500), { apiCode: 1306 })
  })
  it("must be there", () => {
    const header = Brand.profiles.genauth.signatureNonceHeader
    const request = signed(Operation.kickUsers, kick, { key: own, headers: { [header]: undefined } })
    assert.deepInclude(codesOf(start(), request), { apiCode: 1300 })
  })
})

describe("languages", () => {
  const messageOf = (brand: Brand.Brand, lang: string | undefined, statusCode?: number) => {
    const params = statusCode === 400 ? { ...kick, appIds: [] } : { ...kick, userId: "nobody" }
    const headers = { [Brand.profiles[brand].langHeader]: lang }
    return envelope(start(), signed(Operation.kickUsers, params, { key: own, brand, headers }))["message"]
  }
  for (const brand of Brand.brands) {
    it(`${brand}: Chinese unless English is asked for`, () => {
      assert.strictEqual(messageOf(brand, undefined), "用户未找到")
      assert.strictEqual(messageOf(brand, ""), "用户未找到")
      assert.strictEqual(messageOf(brand, "zh-CN"), "用户未找到")
      assert.strictEqual(messageOf(brand, "en-US"), "user not found")
    })
    it(`${brand}: a message about a field names it`, () => {
      assert.strictEqual(messageOf(brand, undefined, 400), "参数格式错误: appIds")
      assert.match(String(messageOf(brand, "en-US", 400)), /^a parameter has a wrong form: appIds$/)
    })
  }
})
