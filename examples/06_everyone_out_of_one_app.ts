/** Kick everyone out of one application: list who is online there, fifty a page, and kick them as one stream. */
import { NodeRuntime } from "@effect/platform-node"
import { Kick, ManagementClient, User } from "@genauth-effect/client"
import { Emulator, Seed } from "@genauth-effect/emulator"
import { Console, Effect, Layer, Option, Redacted, Stream } from "effect"

const pageLength = 50

/** Who is online in an application, by user id. */
const online = (appId: string) =>
  Stream.paginate(1, (page) =>
    Effect.gen(function* () {
      const client = yield* ManagementClient.ManagementClient
      const pagination = { page, limit: pageLength }
      const { list, totalCount } = yield* client.listApplicationActiveUsers({ appId, options: { pagination } })
      const next = page * pageLength < totalCount ? Option.some(page + 1) : Option.none<number>()
      return [list.map(({ userId }) => User.userId(userId)), next] as const
    }),
  )

const everyoneOutOf = (appId: string) =>
  Effect.gen(function* () {
    // Kicks shorten the list while it is read, and a later page would leave people out: so it is read to its end first.
    const users = yield* Stream.runCollect(online(appId))
    yield* Console.log(`Online: ${users.length}`)
    const outcomes = Kick.all(Stream.fromIterable(users), { apps: [appId], verify: true })
    const failed = yield* Stream.runCount(Stream.filter(outcomes, ({ _tag }) => _tag !== "Kicked"))
    yield* Console.log(`Kicked: ${users.length - failed}, failed: ${failed}`)
  })

const mail = "62188e71c0de000000000001"

const program = Effect.gen(function* () {
  // If the application has leaked, its secret is rotated before this: who has it logs in again at once.
  yield* everyoneOutOf(mail)
  yield* everyoneOutOf(mail)
})

// In production: ManagementClient.layerEnv and UndiciHttpClient.layer.
const client = ManagementClient.layer({
  accessKeyId: "64c0ffee0000000000000001",
  accessKeySecret: Redacted.make("an-example-secret-of-no-value"),
})
const users = Array.from({ length: 120 }, (_, number) => ({ userId: `user-${number}`, loggedIn: [mail] }))
const emulated = Emulator.layerHttpClient.pipe(Layer.provide(Emulator.layer({ ...Seed.example, users })))

NodeRuntime.runMain(program.pipe(Effect.provide(client.pipe(Layer.provide(emulated)))))
