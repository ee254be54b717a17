/** Users go offline over real signed HTTP: against the emulator on loopback, never a live service. */
import { NodeRuntime } from "@effect/platform-node"
import { type ApiError, KickUsers, ManagementClient, User } from "@genauth-effect/client"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { UndiciHttpClient } from "@genauth-effect/undici"
import { Console, Effect, Layer, Redacted } from "effect"

const seed = Seed.example
const appIds = seed.applications.map((application) => application.appId)
const [ada, lin, kim] = seed.users.map((user) => user.userId)
const [key] = seed.userPool.accessKeys

const options = (host: string, secret = key?.accessKeySecret ?? "") => ({
  host,
  accessKeyId: key?.accessKeyId ?? "",
  accessKeySecret: Redacted.make(secret),
})

const onlineIn = Effect.fnUntraced(function* (client: ManagementClient.Service, userId: string) {
  const names: Array<string> = []
  for (const { appId, appName } of seed.applications) {
    if ((yield* client.checkSessionStatus({ appId, userId })).active) names.push(appName)
  }
  return names.length === 0 ? "offline" : `online in ${names.join(", ")}`
})

const showError = (what: string, call: Effect.Effect<unknown, ApiError.ApiError>) =>
  call.pipe(
    Effect.flip,
    Effect.flatMap((error) => Console.log(`  ${what.padEnd(16)} ${error._tag}: ${error.message}`)),
    Effect.orDie,
  )

const tour = Effect.gen(function* () {
  const { url } = yield* EmulatorServer.EmulatorServer
  const client = yield* ManagementClient.make(options(url))
  yield* Console.log(`The emulator listens on ${url}\n`)
  const kicks = [
    ["by user id", ada, User.userId(ada ?? "")],
    ["by e-mail", lin, User.email("lin@example.com")],
    ["by identity", kim, User.identity({ extIdpId: "62f20932716fbcc10d966ee5", userIdInIdp: "ou_8bae746e" })],
  ] as const
  for (const [how, userId = "", user] of kicks) {
    yield* Console.log(`Kick ${how}: ${user.id}`)
    yield* Console.log(`  before  ${yield* onlineIn(client, userId)}`)
    const { requestId } = yield* client.kickUsers(KickUsers.forUser(user, appIds))
    yield* Console.log(`  after   ${yield* onlineIn(client, userId)}   (receipt: requestId ${requestId})`)
  }
  yield* Console.log("\nWhat goes wrong is typed:")
  yield* showError("unknown user", client.kickUsers({ appIds, userId: "nobody" }))
  yield* showError("unknown app", client.kickUsers({ appIds: ["no-such-app"], userId: ada ?? "" }))
  const stranger = yield* ManagementClient.make(options(url, "a wrong secret"))
  yield* showError("wrong secret", stranger.kickUsers({ appIds, userId: ada ?? "" }))
  const tooMany = Array.from({ length: 51 }, (_, number) => `app-${number}`)
  yield* showError("51 apps", client.kickUsers({ appIds: tooMany, userId: ada ?? "" }))
})

const services = Layer.mergeAll(
  UndiciHttpClient.layer,
  EmulatorServer.layer().pipe(Layer.provide(Emulator.layer(seed))),
)

NodeRuntime.runMain(Effect.scoped(tour).pipe(Effect.provide(services)))
