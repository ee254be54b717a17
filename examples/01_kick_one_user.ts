/** Kick one user out of two applications, and check that he is gone. */
import { NodeRuntime } from "@effect/platform-node"
import { KickUsers, ManagementClient, User } from "@genauth-effect/client"
import { Emulator, Seed } from "@genauth-effect/emulator"
import { Console, Effect, Layer, Redacted } from "effect"

const mail = "62188e71c0de000000000001"
const payroll = "62188e71c0de000000000003"

const program = Effect.gen(function* () {
  const client = yield* ManagementClient.ManagementClient

  // The question "is he online?" takes the GenAuth user id and no other.
  const { userId } = yield* client.getUser({ userId: "lin@example.com", userIdType: "email" })
  const isOnline = Effect.map(client.checkSessionStatus({ appId: mail, userId }), ({ active }) => active)

  yield* Console.log(`Online in Mail: ${yield* isOnline}`)
  const receipt = yield* client.kickUsers(KickUsers.forUser(User.email("lin@example.com"), [mail, payroll]))
  yield* Console.log(`Kicked. The audit log finds it by requestId ${receipt.requestId}`)
  yield* Console.log(`Online in Mail: ${yield* isOnline}`)
})

// In production: ManagementClient.layerEnv and UndiciHttpClient.layer.
const client = ManagementClient.layer({
  accessKeyId: "64c0ffee0000000000000001",
  accessKeySecret: Redacted.make("an-example-secret-of-no-value"),
})
const emulated = Emulator.layerHttpClient.pipe(Layer.provide(Emulator.layer(Seed.example)))

NodeRuntime.runMain(program.pipe(Effect.provide(client.pipe(Layer.provide(emulated)))))
