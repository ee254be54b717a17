/** Seeds: read, refused, and made. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, Seed } from "@genauth-effect/emulator"
import { Effect, Schema } from "effect"
import { codesOf, kick, signed } from "./wire.ts"
import { Operation } from "@genauth-effect/protocol"

const problemsOf = (seed: unknown) =>
  Seed.fromText(JSON.stringify(seed)).pipe(
    Effect.flip,
    Effect.map(({ problems }) => problems.map(({ field, problem }) => `${field}: ${problem}`)),
  )

const pool = (id: string, more: Partial<Seed.Pool> = {}): Seed.Pool => ({
  userPool: { id, accessKeys: [{ accessKeyId: id, accessKeySecret: `secret of ${id}` }] },
  applications: [{ appId: `app of ${id}`, appName: "" }],
  users: [{ userId: `user of ${id}` }],
  ...more,
})

describe("reading", () => {
  it.effect("the example, as the documented file", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Seed.fromText(JSON.stringify(Seed.example)), Seed.example)
    }),
  )
  it.prop(
    "any seed that does not contradict itself starts an emulator, and all others are refused by both",
    [Seed.Seed],
    ([seed]) => {
      const read = Effect.runSync(Effect.result(Seed.fromText(JSON.stringify(seed))))
      if (read._tag === "Failure") {
        assert.throws(() => Emulator.makeUnsafe(seed), Seed.InvalidSeed)
        return
      }
      const emulator = Emulator.makeUnsafe(seed)
      for (const { status, userId } of seed.users) {
        assert.strictEqual(Effect.runSync(emulator.statusOf(userId)), status ?? "Activated")
      }
    },
    { arbitrary: { runs: 200 } },
  )
  it.effect("tells everything that is wrong, not the first thing", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* problemsOf({ ...pool("p"), foo: 1, users: [{ userId: "" }, 7] }), [
        "foo: unknown field",
        "users[0].userId: Expected a value with a length of at least 1",
        "users[1]: Expected object",
      ])
    }),
  )
  it.effect("a file that is wrong in every line is not printed whole", () =>
    Effect.gen(function* () {
      const users = Array.from({ length: 1000 }, () => ({ userId: "u" }))
      const error = yield* Effect.flip(Seed.fromText(JSON.stringify({ ...pool("p"), users })))
      assert.strictEqual(error.problems.length, 999)
      assert.strictEqual(error.message.split("\n").length, 11)
      assert.match(error.message, /\nand 989 more problems$/)
    }),
  )
  it.effect("names the fields that are known where an unknown one stands", () =>
    Effect.gen(function* () {
      const remedy = (seed: unknown) =>
        Effect.map(Effect.flip(Seed.fromText(JSON.stringify(seed))), ({ problems }) => problems[0]?.remedy)
      const p = pool("p")
      assert.include(yield* remedy({ ...p, x: 1 }), "userPool, applications, users, userPools")
      assert.include(yield* remedy({ ...p, userPools: [{ ...pool("q"), x: 1 }] }), "userPool, applications, users")
      assert.include(yield* remedy({ ...p, userPool: { ...p.userPool, x: 1 } }), "id, accessKeys")
      const keys = { ...p.userPool, accessKeys: [{ accessKeyId: "a", accessKeySecret: "b", x: 1 }] }
      assert.include(
        yield* remedy({ ...p, userPool: keys }),
        "accessKeyId, accessKeySecret, isCollaborator, managesUsers",
      )
      assert.include(yield* remedy({ ...p, applications: [{ appId: "a", appName: "", x: 1 }] }), "appId, appName")
      const linked = { userId: "u", identities: [{ extIdpId: "i", userIdInIdp: "j", x: 1 }] }
      assert.include(yield* remedy({ ...p, users: [linked] }), "extIdpId, userIdInIdp")
      const synced = { userId: "u", syncRelations: [{ provider: "i", userIdInIdp: "j", x: 1 }] }
      assert.include(yield* remedy({ ...p, users: [synced] }), "provider, userIdInIdp")
    }),
  )
})

describe("contradictions", () => {
  const cases: ReadonlyArray<readonly [what: string, seed: Seed.Seed, problems: ReadonlyArray<string>]> = [
    [
      "a pool twice",
      { ...pool("p"), userPools: [{ ...pool("q"), userPool: { id: "p", accessKeys: [] } }] },
      ["userPools[0].userPool.id: the same as userPool.id"],
    ],
    [
      "a user of two pools",
      { ...pool("p"), userPools: [pool("q", { users: [{ userId: "user of p" }] })] },
      ["userPools[0].users[0].userId: the same as users[0].userId"],
    ],
    [
      "an application of two pools",
      { ...pool("p"), userPools: [pool("q", { applications: [{ appId: "app of p", appName: "" }] })] },
      ["userPools[0].applications[0].appId: the same as applications[0].appId"],
    ],
    [
      "an e-mail of two users of a pool",
      pool("p", { users: [{ userId: "1", email: "x" }, { userId: "2" }, { userId: "3", email: "x" }] }),
      ["users[2].email: the same as users[0].email"],
    ],
    [
      "an identity of two users",
      pool("p", {
        users: [
          { userId: "1", identities: [{ extIdpId: "i", userIdInIdp: "j" }] },
          { userId: "2", identities: [{ extIdpId: "i", userIdInIdp: "j" }] },
        ],
      }),
      ["users[1].identities: the same as users[0].identities"],
    ],
    [
      "a login to another pool's application",
      { ...pool("p"), userPools: [pool("q", { users: [{ userId: "u", loggedIn: ["app of p"] }] })] },
      ["userPools[0].users[0].loggedIn[0]: no application of this pool has this appId"],
    ],
    [
      "an own key under two pools",
      { ...pool("p"), userPools: [pool("q", { userPool: { id: "q", accessKeys: pool("p").userPool.accessKeys } })] },
      ["userPools[0].userPool.accessKeys[0].accessKeyId: the same as userPool.accessKeys[0].accessKeyId"],
    ],
    [
      "a collaborator's key with two secrets",
      {
        ...pool("p", {
          userPool: { id: "p", accessKeys: [{ accessKeyId: "c", accessKeySecret: "1", isCollaborator: true }] },
        }),
        userPools: [
          pool("q", {
            userPool: { id: "q", accessKeys: [{ accessKeyId: "c", accessKeySecret: "2", isCollaborator: true }] },
          }),
        ],
      },
      ["userPools[0].userPool.accessKeys[0].accessKeySecret: another than that of userPool.accessKeys[0]"],
    ],
  ]
  for (const [what, seed, problems] of cases) {
    it.effect(what, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* problemsOf(seed), problems)
        assert.throws(() => Emulator.makeUnsafe(seed), problems[0])
      }),
    )
  }
  it("the same e-mail in two pools is none", () => {
    const users = (id: string) => ({ users: [{ userId: id, email: "x" }] })
    assert.isEmpty(Seed.contradictions({ ...pool("p", users("1")), userPools: [pool("q", users("2"))] }))
  })
})

describe("generating", () => {
  it("is the same every time, and holds together", () => {
    const generation = { users: 1000, applications: 7, loggedIn: 3 }
    const seed = Seed.generate(generation)
    assert.deepStrictEqual(Seed.generate(generation), seed)
    assert.isEmpty(Seed.contradictions(seed))
    assert.isTrue(Schema.is(Seed.Seed)(seed))
    assert.strictEqual(seed.users.length, 1000)
    assert.isTrue(seed.users.every(({ loggedIn, userId }) => loggedIn?.length === 3 && /^[0-9a-f]{24}$/.test(userId)))
    const emulator = Emulator.makeUnsafe(seed)
    assert.strictEqual(Effect.runSync(emulator.onlineCount), 3000)
  })
  it("every user is found by every id", () => {
    const emulator = Emulator.makeUnsafe(Seed.generate({ users: 12, applications: 2 }))
    for (const [userIdType, userId] of [
      ["username", "user-12"],
      ["email", "user-12@example.com"],
      ["phone", "13800000012"],
      ["external_id", "employee-12"],
      ["identity", "62f20932716fbcc10d966ee5:ou_12"],
    ] as const) {
      const request = signed(Operation.getUser, { userId, userIdType })
      assert.deepInclude(codesOf(emulator, request), { statusCode: 200 }, userIdType)
    }
  })
  it("at most all applications, and none at all", () => {
    const two = Seed.generate({ users: 1, applications: 2, loggedIn: 9 })
    assert.deepStrictEqual(
      two.users[0]?.loggedIn,
      two.applications.map(({ appId }) => appId),
    )
    const none = Seed.generate({ users: 1, applications: 0 })
    assert.isEmpty(none.users[0]?.loggedIn)
    assert.isEmpty(Seed.generate({ users: 0, applications: 1, loggedIn: 0 }).users)
  })
  it("two hundred thousand users are answered for without a walk over them", () => {
    const seed = Seed.generate({ users: 200_000, applications: 10 })
    const emulator = Emulator.makeUnsafe(seed)
    const appIds = seed.applications.map(({ appId }) => appId)
    const requests = seed.users.slice(-2000).map(({ userId }) => kick(undefined, { appIds, userId }))
    for (const request of requests) emulator.answer(request, 0)
    assert.strictEqual(Effect.runSync(emulator.counts).applied, 2000)
    assert.strictEqual(Effect.runSync(emulator.onlineCount), 198_000)
    for (let page = 1; page <= 400; page += 1) {
      const list = { appId: appIds[0], options: { pagination: { page, limit: 50 } } }
      assert.deepInclude(codesOf(emulator, signed(Operation.listApplicationActiveUsers, list)), { statusCode: 200 })
    }
  })
})
