/** What the vendor documents nowhere: each reading of it, and the state it leaves. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, type Seed } from "@genauth-effect/emulator"
import { Operation } from "@genauth-effect/protocol"
import { Effect } from "effect"
import { codesOf, envelope, type Key, signed } from "./wire.ts"

const key: Key = { accessKeyId: "pool", accessKeySecret: "secret of the pool" }
const seed: Seed.Seed = {
  userPool: { id: "pool", accessKeys: [key] },
  applications: [
    { appId: "a", appName: "A" },
    { appId: "b", appName: "B" },
    { appId: "c", appName: "C" },
  ],
  users: [
    { userId: "ada", loggedIn: ["a", "b"] },
    { userId: "lin", status: "Suspended", loggedIn: ["a"] },
    { userId: "kim" },
  ],
}

const kick = (userId: string, appIds: ReadonlyArray<string>) => signed(Operation.kickUsers, { appIds, userId }, { key })
const online = (emulator: Emulator.Service, userId: string) => Effect.runSync(emulator.onlineApps(userId))

describe("an unknown application among known ones", () => {
  for (const [unknownApp, codes, left, events] of [
    [undefined, { statusCode: 404, apiCode: 2011 }, ["a", "b"], 0],
    ["refuseAll", { statusCode: 404, apiCode: 2011 }, ["a", "b"], 0],
    ["kickKnown", { statusCode: 404, apiCode: 2011 }, ["b"], 1],
    ["ignore", { statusCode: 200, apiCode: undefined }, ["b"], 1],
  ] as const) {
    it(`${unknownApp ?? "by default"}`, () => {
      const emulator = Emulator.makeUnsafe(seed, { unknownApp })
      assert.deepStrictEqual(codesOf(emulator, kick("ada", ["a", "nowhere"])), codes)
      assert.deepStrictEqual(online(emulator, "ada"), left)
      assert.strictEqual(Effect.runSync(emulator.events).length, events)
    })
  }
})

describe("a user who is offline already", () => {
  for (const [offlineUser, answer] of [
    [undefined, { statusCode: 200, data: { success: true } }],
    ["succeed", { statusCode: 200, data: { success: true } }],
    ["successFalse", { statusCode: 200, data: { success: false } }],
    ["refuse", { statusCode: 404, apiCode: 2401 }],
  ] as const) {
    it(`${offlineUser ?? "by default"}`, () => {
      const emulator = Emulator.makeUnsafe(seed, { offlineUser })
      assert.deepInclude(envelope(emulator, kick("kim", ["a", "b"])), answer)
      assert.deepInclude(envelope(emulator, kick("ada", ["c", "b"])), { statusCode: 200, data: { success: true } })
      assert.deepStrictEqual(online(emulator, "ada"), ["a"])
      assert.strictEqual(Effect.runSync(emulator.events).length, 1)
    })
  }
})

describe("a user who is not Activated", () => {
  it("is kicked by default", () => {
    const emulator = Emulator.makeUnsafe(seed)
    assert.deepInclude(codesOf(emulator, kick("lin", ["a"])), { statusCode: 200 })
    assert.isEmpty(online(emulator, "lin"))
  })
  it("is refused on request", () => {
    const emulator = Emulator.makeUnsafe(seed, { lockedUser: "refuse" })
    assert.deepStrictEqual(codesOf(emulator, kick("lin", ["a"])), { statusCode: 403, apiCode: 2005 })
    assert.deepStrictEqual(online(emulator, "lin"), ["a"])
    assert.isTrue(Effect.runSync(emulator.setStatus("lin", "Activated")))
    assert.deepInclude(codesOf(emulator, kick("lin", ["a"])), { statusCode: 200 })
  })
  it("cannot log in", () => {
    const emulator = Emulator.makeUnsafe(seed)
    assert.isFalse(Effect.runSync(emulator.logIn("lin", "b")))
    assert.isTrue(Effect.runSync(emulator.logIn("kim", "b")))
  })
  for (const [loginsOfLockedUser, left] of [
    [undefined, ["a", "b"]],
    ["keep", ["a", "b"]],
    ["end", []],
  ] as const) {
    it(`keeps or loses its logins when it is suspended: ${loginsOfLockedUser ?? "by default"}`, () => {
      const emulator = Emulator.makeUnsafe(seed, { loginsOfLockedUser })
      const suspend = signed(Operation.updateUser, { userId: "ada", status: "Suspended" }, { key })
      assert.deepInclude(codesOf(emulator, suspend), { statusCode: 200 })
      assert.strictEqual(Effect.runSync(emulator.statusOf("ada")), "Suspended")
      assert.deepStrictEqual(online(emulator, "ada"), left)
      assert.isEmpty(Effect.runSync(emulator.events))
    })
  }
})

describe("the tolerance of clocks", () => {
  for (const [clockToleranceMillis, tolerated] of [
    [undefined, 300_000],
    [60_000, 60_000],
  ] as const) {
    it(`${clockToleranceMillis ?? "by default"}`, () => {
      const emulator = Emulator.makeUnsafe(seed, { clockToleranceMillis })
      const at = (now: number) => signed(Operation.getUser, { userId: "ada" }, { key, now })
      for (const [off, codes] of [
        [tolerated, { statusCode: 200, apiCode: undefined }],
        [-tolerated, { statusCode: 200, apiCode: undefined }],
        [tolerated + 1000, { statusCode: 400, apiCode: 1305 }],
        [-tolerated - 1000, { statusCode: 400, apiCode: 1305 }],
      ] as const) {
        assert.deepStrictEqual(codesOf(emulator, at(1e9 + off), 1e9), codes)
      }
    })
  }
})

describe("what a request says", () => {
  const codes = (operation: Operation.Operation, params: object) =>
    codesOf(Emulator.makeUnsafe(seed), signed(operation, params, { key }))
  it("a userIdType that is none is refused; custom_field, whose format nobody documents, finds nobody", () => {
    const named = (userIdType: string) => ({ appIds: ["a"], userId: "ada", options: { userIdType } })
    assert.deepInclude(codes(Operation.kickUsers, named("nickname")), { statusCode: 400 })
    assert.deepInclude(codes(Operation.kickUsers, named("custom_field")), { apiCode: 2004 })
  })
  it("an operation that is none, or comes by another method", () => {
    const nothing: Operation.Operation = { name: "nothing", method: "POST", path: "/api/v3/nothing" }
    assert.deepInclude(codes(nothing, {}), { statusCode: 404 })
    assert.deepInclude(codes({ ...Operation.kickUsers, method: "GET" }, {}), { statusCode: 404 })
  })
  it("a body that is no object", () => {
    for (const body of ["", "null", "[]", '"x"', "7", '{"userId":']) {
      const request = signed(Operation.kickUsers, {}, { key, body })
      assert.deepInclude(codesOf(Emulator.makeUnsafe(seed), request), { statusCode: 400 }, body)
    }
  })
  it("pages", () => {
    const emulator = Emulator.makeUnsafe(seed)
    const list = (page: unknown, limit: unknown) =>
      envelope(
        emulator,
        signed(Operation.listApplicationActiveUsers, { appId: "a", options: { pagination: { page, limit } } }, { key }),
      )
    const idsIn = (answer: Readonly<Record<string, unknown>>) => JSON.stringify(answer["data"]).match(/"userId":"\w+"/g)
    assert.deepStrictEqual(idsIn(list(1, 1)), ['"userId":"ada"'])
    assert.deepStrictEqual(idsIn(list(2, 1)), ['"userId":"lin"'])
    assert.deepInclude(list(3, 1), { data: { totalCount: 2, list: [] } })
    for (const [page, limit] of [
      [0, 1],
      [1, 51],
      [1, 0],
      [1.5, 1],
      ["x", 1],
    ] as const) {
      assert.deepInclude(list(page, limit), { statusCode: 400 })
    }
  })
  it("applications by keyword and kind", () => {
    const emulator = Emulator.makeUnsafe(seed)
    const total = (params: object) =>
      JSON.stringify(envelope(emulator, signed(Operation.listApplicationSimpleInfo, params, { key }))["data"])
    assert.match(total({}), /"totalCount":3/)
    assert.match(total({ keywords: "B" }), /"totalCount":1/)
    assert.match(total({ isIntegrateApp: "true" }), /"totalCount":0/)
    assert.match(total({ isSelfBuiltApp: "true" }), /"totalCount":3/)
  })
})

describe("kick events", () => {
  it("name the application when it was one, and are not made for who was offline", () => {
    const emulator = Emulator.makeUnsafe(seed)
    emulator.answer(kick("kim", ["a"]), 0)
    emulator.answer(kick("lin", ["a", "c"]), 0)
    emulator.answer(kick("ada", ["a", "b", "c"]), 0)
    const events = Effect.runSync(emulator.events)
    assert.deepStrictEqual(
      events.map(({ data, eventName }) => [eventName, data.users.map(({ userId }) => userId), data.application]),
      [
        ["kick", ["lin"], { appId: "a", appName: "A" }],
        ["kick", ["ada"], undefined],
      ],
    )
    assert.isFalse("application" in (events[1]?.data ?? { application: "" }))
  })
  it("are kept up to a limit and counted beyond it", () => {
    const emulator = Emulator.makeUnsafe(seed, { keptRequests: 2 })
    for (let count = 0; count < 5; count += 1) {
      assert.isTrue(Effect.runSync(emulator.logIn("kim", "a")))
      emulator.answer(kick("kim", ["a"]), 0)
    }
    assert.strictEqual(Effect.runSync(emulator.events).length, 2)
    assert.strictEqual(Effect.runSync(emulator.counts).kickEvents, 5)
  })
})
