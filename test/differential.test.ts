/** Five hundred drawn requests by our client and by the official SDK: both are taken, and leave the same behind. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { type ApiError, type KickUsers, ManagementClient } from "@genauth-effect/client"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { Operation } from "@genauth-effect/protocol"
import { Context, Effect, Layer, Redacted, Result } from "effect"
import { createRequire } from "node:module"
import * as Random from "./simulation/random.ts"

// The SDK's own types have enums where the wire has texts, and refuse an undefined that it takes.
type Method = (params: object) => Promise<unknown>
interface OfficialClient {
  readonly kickUsers: Method
  readonly kickPublicAccounts: Method
  readonly checkSessionStatus: Method
  readonly getUserLoggedinApps: Method
  readonly getUser: Method
  readonly listApplicationSimpleInfo: Method
  readonly listApplicationActiveUsers: Method
  readonly isUserExists: Method
  readonly updateUser: Method
}
const official: { readonly ManagementClient: new (options: object) => OfficialClient } = createRequire(import.meta.url)(
  "authing-node-sdk",
)

const requests = 500
const firstSeed = 1

const generated = Seed.generate({ users: 40, applications: 6, loggedIn: 4 })
// Texts that a signature, a query or a JSON body could spoil on the way.
const oddNames = [
  "a b",
  "ä+ö&ü=?",
  "用户",
  '"quoted"\\',
  "100%25",
  "tab\there",
  "😀",
  "{}",
  "[a,b]",
  "&appIds=x",
  "\u2028",
]
const seed: Seed.Seed = {
  ...generated,
  users: [
    ...generated.users,
    ...oddNames.map((username, index): Seed.User => ({
      userId: `odd-${index}`,
      username,
      externalId: `${username}#${index}`,
      syncRelations: [{ provider: "lark", userIdInIdp: username }],
      loggedIn: generated.applications.map(({ appId }) => appId),
    })),
  ],
}
const appIds = seed.applications.map(({ appId }) => appId)
const [key = { accessKeyId: "", accessKeySecret: "" }] = seed.userPool.accessKeys

const idOf = (random: Random.Random): readonly [type: KickUsers.UserIdType, id: string] => {
  const [user = { userId: "" }] = random.some(seed.users, 1)
  const [identity] = user.identities ?? []
  const [relation] = user.syncRelations ?? []
  const ids: ReadonlyArray<readonly [KickUsers.UserIdType, string | undefined]> = [
    ["username", user.username],
    ["email", user.email],
    ["phone", user.phone],
    ["external_id", user.externalId],
    ["identity", identity && `${identity.extIdpId}:${identity.userIdInIdp}`],
    ["sync_relation", relation && `${relation.provider}:${relation.userIdInIdp}`],
    ["custom_field", "anything"],
    ["username", "nobody ä=&?\u2028"],
  ]
  const known = ids.flatMap(([type, id]) => (id === undefined ? [] : [[type, id] as const]))
  return random.pick<readonly [KickUsers.UserIdType, string]>(["user_id", user.userId], ...known)
}

/** One request, by either client. */
interface Request {
  readonly name: string
  readonly ours: (client: ManagementClient.Service) => Effect.Effect<unknown, ApiError.ApiError>
  readonly theirs: (client: OfficialClient) => Promise<unknown>
}

const kick = (random: Random.Random): Request => {
  const [userIdType, userId] = idOf(random)
  const chosen = random.some(appIds, random.int(1, appIds.length))
  const unknown = random.chance(0.1) ? ["no-such-app"] : []
  // Left out, empty, or undefined: the three ways to the default.
  const byDefault = random.pick<object>({}, { options: {} }, { options: { userIdType: undefined } })
  const options = userIdType === "user_id" ? byDefault : { options: { userIdType } }
  const params = { appIds: [...chosen, ...unknown], userId, ...options }
  return random.chance(0.8)
    ? {
        name: `kickUsers ${JSON.stringify(params)}`,
        ours: ({ kickUsers }) => kickUsers(params),
        theirs: (client) => client.kickUsers(params),
      }
    : {
        name: `kickPublicAccounts ${JSON.stringify(params)}`,
        ours: ({ kickPublicAccounts }) => kickPublicAccounts(params),
        theirs: (client) => client.kickPublicAccounts(params),
      }
}

const look = (random: Random.Random): Request => {
  const [userIdType, userId] = idOf(random)
  const [appId = ""] = random.some(appIds, 1)
  switch (random.int(0, 5)) {
    case 0: {
      const params = { appId, userId }
      return {
        name: `checkSessionStatus ${JSON.stringify(params)}`,
        ours: ({ checkSessionStatus }) => checkSessionStatus(params),
        theirs: (client) => client.checkSessionStatus(params),
      }
    }
    case 1: {
      const params = { userId, userIdType }
      return {
        name: `getUserLoggedInApps ${JSON.stringify(params)}`,
        ours: ({ getUserLoggedInApps }) => getUserLoggedInApps(params),
        theirs: (client) => client.getUserLoggedinApps(params),
      }
    }
    case 2: {
      const params = { userId, userIdType, withCustomData: random.pick(undefined, true, false) }
      return {
        name: `getUser ${JSON.stringify(params)}`,
        ours: ({ getUser }) => getUser(params),
        theirs: (client) => client.getUser(params),
      }
    }
    case 3: {
      const keywords = random.pick(undefined, "2")
      const isSelfBuiltApp = random.pick(undefined, false, true)
      const params = { page: random.pick(undefined, 1, 2), limit: random.int(1, 50), keywords, isSelfBuiltApp }
      return {
        name: `listApplicationSimpleInfo ${JSON.stringify(params)}`,
        ours: ({ listApplicationSimpleInfo }) => listApplicationSimpleInfo(params),
        theirs: (client) => client.listApplicationSimpleInfo(params),
      }
    }
    case 4: {
      const pagination = { page: random.int(1, 2), limit: random.int(1, 50) }
      const params = { appId, ...(random.chance(0.5) ? {} : { options: { pagination } }) }
      return {
        name: `listApplicationActiveUsers ${JSON.stringify(params)}`,
        ours: ({ listApplicationActiveUsers }) => listApplicationActiveUsers(params),
        theirs: (client) => client.listApplicationActiveUsers(params),
      }
    }
    default: {
      const params = random.pick<object>({ username: userId }, { email: userId }, { externalId: userId })
      return {
        name: `isUserExists ${JSON.stringify(params)}`,
        ours: ({ isUserExists }) => isUserExists(params),
        theirs: (client) => client.isUserExists(params),
      }
    }
  }
}

const suspend = (random: Random.Random): Request => {
  const [userIdType, userId] = idOf(random)
  const params = { userId, status: random.pick(...Operation.userStatuses), options: { userIdType } }
  return {
    name: `updateUser ${JSON.stringify(params)}`,
    ours: ({ updateUserStatus }) => updateUserStatus(params),
    theirs: (client) => client.updateUser(params),
  }
}

const draw = (random: Random.Random): Request => {
  const kind = random.next()
  if (kind < 0.6) return kick(random)
  return kind < 0.95 ? look(random) : suspend(random)
}

/** An emulator on a socket of its own. */
const serve = Effect.map(
  Layer.build(EmulatorServer.layer().pipe(Layer.provideMerge(Layer.fresh(Emulator.layer(seed))))),
  (context) => ({
    emulator: Context.get(context, Emulator.Emulator),
    url: Context.get(context, EmulatorServer.EmulatorServer).url,
  }),
)

const stateOf = Effect.fnUntraced(function* (emulator: Emulator.Service) {
  const statuses = yield* Effect.forEach(seed.users, ({ userId }) => emulator.statusOf(userId))
  return { online: yield* emulator.online, statuses, events: (yield* emulator.counts).kickEvents }
})

// What an answer says, in whatever order and depth a client shows it.
const factsOf = (answer: unknown): ReadonlyArray<string> =>
  (JSON.stringify(answer) ?? "")
    .match(/"(userId|appId|appName|totalCount|exists|active|success|status|email)":("(?:[^"\\]|\\.)*"|\w+)/g)
    ?.toSorted() ?? []

const signatureCodes = [1300, 1301, 1302, 1303, 1304, 1305, 1306]

it.live(
  "both are accepted, are answered alike and leave the same state, request by request",
  () =>
    Effect.gen(function* () {
      const mine = yield* serve
      const other = yield* serve
      const client = yield* ManagementClient.make({
        host: mine.url,
        accessKeyId: key.accessKeyId,
        accessKeySecret: Redacted.make(key.accessKeySecret),
        brand: "authing",
      })
      const sdk = new official.ManagementClient({ ...key, host: other.url })
      const seen = new Set<number>()
      for (let index = 0; index < requests; index += 1) {
        const request = draw(Random.make(firstSeed + index))
        const where = `seed ${firstSeed + index}: ${request.name}`
        const result = yield* Effect.result(request.ours(client))
        const told = yield* Effect.promise(() => request.theirs(sdk))
        const [ours] = yield* mine.emulator.requests
        const [theirs] = yield* other.emulator.requests
        assert.strictEqual(ours?.number, index + 1, where)
        assert.strictEqual(theirs?.number, index + 1, where)
        assert.strictEqual(ours?.path, theirs?.path, where)
        assert.deepStrictEqual(
          [ours?.answer?.statusCode, ours?.answer?.apiCode, ours?.isApplied],
          [theirs?.answer?.statusCode, theirs?.answer?.apiCode, theirs?.isApplied],
          where,
        )
        assert.notInclude(signatureCodes, ours?.answer?.apiCode, where)
        // What ours says agrees with what the service answered.
        assert.strictEqual(Result.isSuccess(result), ours?.answer?.statusCode === 200, where)
        if (Result.isSuccess(result)) {
          assert.isNotEmpty(factsOf(result.success), where)
          assert.deepStrictEqual(factsOf(result.success), factsOf(told), where)
        }
        assert.deepStrictEqual(yield* stateOf(mine.emulator), yield* stateOf(other.emulator), where)
        seen.add(ours?.answer?.apiCode ?? ours?.answer?.statusCode ?? 0)
        yield* Effect.all([mine.emulator.forgetRequests, other.emulator.forgetRequests])
      }
      // The draw is worth something: successes, unknown users, unknown applications.
      assert.includeMembers([...seen], [200, 2004, 2011])
      const { applied } = yield* mine.emulator.counts
      assert.isAtLeast(applied, requests / 2)
    }).pipe(Effect.provide(NodeHttpClient.layerUndici)),
  120_000,
)
