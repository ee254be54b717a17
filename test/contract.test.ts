/** One suite for every way to reach the service: without a socket, and over HTTP. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { type Credentials, KickUsers, ManagementClient, User } from "@genauth-effect/client"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"

const seed = Seed.example
const appIds = seed.applications.map((application) => application.appId)
const [appId = ""] = appIds
const [userId = ""] = seed.users.map((user) => user.userId)
const [key = { accessKeyId: "", accessKeySecret: "" }] = seed.userPool.accessKeys

const inProcess = Emulator.layerHttpClient.pipe(Layer.provideMerge(Emulator.layer(seed)))
const overHttp = Layer.mergeAll(NodeHttpClient.layerUndici, EmulatorServer.layer()).pipe(
  Layer.provideMerge(Emulator.layer(seed)),
)

const contract = (
  authentication: Credentials.Authentication,
  brand: ManagementClient.Options["brand"],
  host: string,
  secret = key.accessKeySecret,
) =>
  ManagementClient.make({
    accessKeyId: key.accessKeyId,
    accessKeySecret: Redacted.make(secret),
    authentication,
    brand,
    host,
  })

const kicksAndFails = Effect.fnUntraced(function* (client: ManagementClient.Service) {
  const emulator = yield* Emulator.Emulator
  const before = yield* client.checkSessionStatus({ appId, userId })
  assert.isTrue(before.active)
  const answer = yield* client.kickUsers({ appIds, userId })
  assert.isDefined(answer.requestId)
  assert.isEmpty(yield* emulator.onlineApps(userId))
  assert.isFalse((yield* client.checkSessionStatus({ appId, userId })).active)
  assert.strictEqual(
    (yield* client.getUser({ userId: "lin@example.com", userIdType: "email" })).userId,
    seed.users[1]?.userId,
  )
  assert.strictEqual((yield* client.listApplicationSimpleInfo({ page: 1, limit: 2 })).list.length, 2)
  assert.strictEqual((yield* client.listApplicationSimpleInfo({})).totalCount, 3)
  assert.isNotEmpty(yield* client.getUserLoggedInApps({ userId }))
  assert.isTrue((yield* client.isUserExists({ username: "ada" })).exists)
  assert.strictEqual((yield* client.updateUserStatus({ userId, status: "Suspended" })).status, "Suspended")
  assert.isFalse(yield* emulator.logIn(userId, appId))
  const active = yield* client.listApplicationActiveUsers({ appId, options: { pagination: { page: 1, limit: 50 } } })
  assert.strictEqual(active.totalCount, 1)
  const unknownUser = yield* Effect.flip(client.kickUsers(KickUsers.forUser(User.username("nobody"), appIds)))
  assert.strictEqual(unknownUser._tag, "UserNotFound")
  const unknownApp = yield* Effect.flip(client.kickUsers({ appIds: [appId, "no-such-app"], userId }))
  assert.strictEqual(unknownApp._tag, "ApplicationNotFound")
})

for (const authentication of ["signature", "token"] as const) {
  for (const brand of ["genauth", "authing"] as const) {
    describe(`${brand}, ${authentication}`, () => {
      it.effect("without a socket", () =>
        contract(authentication, brand, "http://localhost").pipe(
          Effect.flatMap(kicksAndFails),
          Effect.provide(inProcess),
        ),
      )
      it.live("over HTTP", () =>
        EmulatorServer.EmulatorServer.pipe(
          Effect.flatMap(({ url }) => contract(authentication, brand, url)),
          Effect.flatMap(kicksAndFails),
          Effect.provide(overHttp),
        ),
      )
    })
  }
}

it.effect("a wrong secret is told from an unknown user", () =>
  Effect.gen(function* () {
    const client = yield* contract("signature", "genauth", "http://localhost", "wrong")
    assert.strictEqual((yield* Effect.flip(client.kickUsers({ appIds, userId })))._tag, "SignatureInvalid")
    const other = yield* contract("token", "genauth", "http://localhost", "wrong")
    assert.strictEqual((yield* Effect.flip(other.kickUsers({ appIds, userId })))._tag, "UnauthorizedError")
  }).pipe(Effect.provide(inProcess)),
)

it.effect("a token is renewed when its time has come, hours later", () =>
  Effect.gen(function* () {
    const client = yield* contract("token", "genauth", "http://localhost")
    yield* client.kickUsers({ appIds, userId })
    yield* TestClock.adjust("3 hours")
    yield* client.kickUsers({ appIds, userId })
  }).pipe(Effect.provide(inProcess)),
)
