/**
 * One suite for every way to reach the service: the emulator without a socket, the emulator over HTTP, and the live
 * service, so that the emulator is held to what the service does.
 *
 * Live, it needs GENAUTH_LIVE=1 and the variables of `ManagementClient.layerEnv`. It changes nothing, unless
 * GENAUTH_LIVE_USER_ID and GENAUTH_LIVE_APP_IDS (with commas) name a user who may be kicked, and from where.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { type Credentials, Kick, KickUsers, ManagementClient, User } from "@genauth-effect/client"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { Config, Context, Effect, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"

/** The service as one suite sees it. */
class World extends Context.Service<
  World,
  {
    readonly client: ManagementClient.Service
    /** The same access key with another secret. */
    readonly stranger: ManagementClient.Service
    /** Who may be kicked, and from where. */
    readonly victim: { readonly userId: string; readonly appIds: ReadonlyArray<string> } | undefined
  }
>()("test/contract/World") {}

const makeWorld = Effect.fnUntraced(function* (options: ManagementClient.Options, victim: World["Service"]["victim"]) {
  const client = yield* ManagementClient.make(options)
  const stranger = yield* ManagementClient.make({ ...options, accessKeySecret: Redacted.make("not the secret") })
  return World.of({ client, stranger, victim })
})

// No pool has such a user, whatever its ids look like.
const nobody = "genauth-effect-contract-nobody"

type Check<Services> = Effect.Effect<void, unknown, Services>

const contract: Readonly<Record<string, Check<World>>> = {
  "lists a page of applications": Effect.gen(function* () {
    const { client } = yield* World
    const { list, totalCount } = yield* client.listApplicationSimpleInfo({ page: 1, limit: 2 })
    assert.isAtMost(list.length, 2)
    assert.isAtLeast(totalCount, list.length)
  }),
  "does not know who does not exist": Effect.gen(function* () {
    const { client } = yield* World
    assert.isFalse((yield* client.isUserExists({ username: nobody })).exists)
    const error = yield* Effect.flip(client.getUser({ userId: nobody, userIdType: "username" }))
    assert.strictEqual(error._tag, "UserNotFound")
  }),
  "tells an unknown user from a success, and nobody is kicked": Effect.gen(function* () {
    const { client } = yield* World
    const { list } = yield* client.listApplicationSimpleInfo({ page: 1, limit: 1 })
    const appIds = list.map((application) => application.appId)
    const error = yield* Effect.flip(client.kickUsers(KickUsers.forUser(User.username(nobody), appIds)))
    assert.strictEqual(error._tag, "UserNotFound")
    assert.strictEqual(error.attempts, 1)
    assert.isDefined(error.requestId)
  }),
  "tells a wrong secret from an unknown user": Effect.gen(function* () {
    const { stranger } = yield* World
    const error = yield* Effect.flip(stranger.isUserExists({ username: nobody }))
    assert.include(["SignatureInvalid", "UnauthorizedError"], error._tag)
    assert.include(["signature", "credentials"], error.category)
    assert.isFalse(error.isRetryable)
  }),
  "kicks, and the user is offline": Effect.gen(function* () {
    const { client, victim } = yield* World
    if (victim === undefined) return
    const outcome = yield* Kick.user(User.userId(victim.userId), { apps: victim.appIds, verify: true }).pipe(
      Effect.provideService(ManagementClient.ManagementClient, client),
    )
    assert.include(["Kicked", "WasOffline"], outcome._tag)
    assert.isNotEmpty(outcome.requestIds)
    for (const appId of victim.appIds) {
      assert.isFalse((yield* client.checkSessionStatus({ appId, userId: victim.userId })).active)
    }
  }),
}

const seed = Seed.example
const appIds = seed.applications.map((application) => application.appId)
const [appId = ""] = appIds
const [userId = ""] = seed.users.map((user) => user.userId)
const [key = { accessKeyId: "", accessKeySecret: "" }] = seed.userPool.accessKeys

const optionsFor = (
  authentication: Credentials.Authentication,
  brand: ManagementClient.Options["brand"],
  host: string,
  secret = key.accessKeySecret,
): ManagementClient.Options => ({
  accessKeyId: key.accessKeyId,
  accessKeySecret: Redacted.make(secret),
  authentication,
  brand,
  host,
})

const inProcess = Emulator.layerHttpClient.pipe(Layer.provideMerge(Emulator.layer(seed)))
const overHttp = Layer.mergeAll(NodeHttpClient.layerUndici, EmulatorServer.layer()).pipe(
  Layer.provideMerge(Emulator.layer(seed)),
)

/** What only the emulator can be asked, since it shows its state. */
const stateFollows: Check<World | Emulator.Emulator> = Effect.gen(function* () {
  const { client } = yield* World
  const emulator = yield* Emulator.Emulator
  assert.isTrue((yield* client.checkSessionStatus({ appId, userId })).active)
  const answer = yield* client.kickUsers({ appIds, userId })
  assert.isDefined(answer.requestId)
  assert.isEmpty(yield* emulator.onlineApps(userId))
  assert.isFalse((yield* client.checkSessionStatus({ appId, userId })).active)
  assert.strictEqual(
    (yield* client.getUser({ userId: "lin@example.com", userIdType: "email" })).userId,
    seed.users[1]?.userId,
  )
  assert.strictEqual((yield* client.listApplicationSimpleInfo({})).totalCount, 3)
  assert.isNotEmpty(yield* client.getUserLoggedInApps({ userId }))
  assert.isTrue((yield* client.isUserExists({ username: "ada" })).exists)
  assert.strictEqual((yield* client.updateUserStatus({ userId, status: "Suspended" })).status, "Suspended")
  assert.isFalse(yield* emulator.logIn(userId, appId))
  const active = yield* client.listApplicationActiveUsers({ appId, options: { pagination: { page: 1, limit: 50 } } })
  assert.strictEqual(active.totalCount, 1)
  const unknownApp = yield* Effect.flip(client.kickUsers({ appIds: [appId, "no-such-app"], userId }))
  assert.strictEqual(unknownApp._tag, "ApplicationNotFound")
})

const emulatorChecks: Readonly<Record<string, Check<World | Emulator.Emulator>>> = {
  ...contract,
  "its state follows": stateFollows,
}

for (const authentication of ["signature", "token"] as const) {
  for (const brand of ["genauth", "authing"] as const) {
    const without = Layer.effect(
      World,
      makeWorld(optionsFor(authentication, brand, "http://localhost"), { userId, appIds }),
    ).pipe(Layer.provideMerge(inProcess))
    const over = Layer.effect(
      World,
      Effect.flatMap(EmulatorServer.EmulatorServer, ({ url }) =>
        makeWorld(optionsFor(authentication, brand, url), { userId, appIds }),
      ),
    ).pipe(Layer.provideMerge(overHttp))
    describe(`emulator, ${brand}, ${authentication}`, () => {
      for (const [name, check] of Object.entries(emulatorChecks)) {
        it.effect(`${name}, without a socket`, () => Effect.provide(check, without))
        it.live(`${name}, over HTTP`, () => Effect.provide(check, over))
      }
    })
  }
}

const wanted = ["GENAUTH_LIVE", "GENAUTH_ACCESS_KEY_ID", "GENAUTH_ACCESS_KEY_SECRET"]
const missing = wanted.filter((name) => (process.env[name] ?? "") === "")
const isLive = missing.length === 0 && process.env["GENAUTH_LIVE"] === "1"

const victimConfig = Config.all({
  userId: Config.NonEmptyString("GENAUTH_LIVE_USER_ID"),
  appIds: Config.map(Config.NonEmptyString("GENAUTH_LIVE_APP_IDS"), (text) => text.split(",")),
})

const liveWorld = (authentication: Credentials.Authentication) =>
  Layer.effect(
    World,
    Effect.gen(function* () {
      const options = yield* ManagementClient.configEnv
      const victim = yield* Config.option(victimConfig)
      return yield* makeWorld({ ...options, authentication }, Option.getOrUndefined(victim))
    }),
  ).pipe(Layer.provide(NodeHttpClient.layerUndici))

describe.skipIf(!isLive)(
  isLive ? "live service" : `live service (skipped: GENAUTH_LIVE=1 is needed, and ${missing.join(", ")} not set)`,
  () => {
    for (const authentication of ["signature", "token"] as const) {
      for (const [name, check] of Object.entries(contract)) {
        it.live(`${name}, ${authentication}`, (test) =>
          Effect.gen(function* () {
            const { victim } = yield* World
            if (name.startsWith("kicks") && victim === undefined) {
              test.skip("GENAUTH_LIVE_USER_ID and GENAUTH_LIVE_APP_IDS name nobody who may be kicked")
            }
            yield* check
          }).pipe(Effect.provide(liveWorld(authentication))),
        )
      }
    }
  },
)

it.effect("a wrong secret is told by the way it was checked", () =>
  Effect.gen(function* () {
    const client = yield* ManagementClient.make(optionsFor("signature", "genauth", "http://localhost", "wrong"))
    assert.strictEqual((yield* Effect.flip(client.kickUsers({ appIds, userId })))._tag, "SignatureInvalid")
    const other = yield* ManagementClient.make(optionsFor("token", "genauth", "http://localhost", "wrong"))
    assert.strictEqual((yield* Effect.flip(other.kickUsers({ appIds, userId })))._tag, "UnauthorizedError")
  }).pipe(Effect.provide(inProcess)),
)

it.effect("a token is renewed when its time has come, hours later", () =>
  Effect.gen(function* () {
    const client = yield* ManagementClient.make(optionsFor("token", "genauth", "http://localhost"))
    yield* client.kickUsers({ appIds, userId })
    yield* TestClock.adjust("3 hours")
    yield* client.kickUsers({ appIds, userId })
  }).pipe(Effect.provide(inProcess)),
)
