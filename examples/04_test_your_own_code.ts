/** A function of your own, and its test beside it: 04_test_your_own_code.test.ts. */
import { NodeRuntime } from "@effect/platform-node"
import { ManagementClient } from "@genauth-effect/client"
import { Emulator, Seed } from "@genauth-effect/emulator"
import { Array, Console, Effect, Layer, Redacted } from "effect"

/** Sees a leaver off: he cannot log in again, and is offline wherever he ever was. Tells where he is online still. */
export const offboard = Effect.fn("offboard")(function* (email: string) {
  const client = yield* ManagementClient.ManagementClient
  const { userId } = yield* client.getUser({ userId: email, userIdType: "email" })

  // First the door, then the room: a live session could log in again.
  yield* client.updateUserStatus({ userId, status: "Suspended" })

  const appIds = (yield* client.getUserLoggedInApps({ userId })).map((app) => app.appId)
  for (const chunk of Array.chunksOf(appIds, 50)) yield* client.kickUsers({ appIds: chunk, userId })
  return yield* Effect.filter(appIds, (appId) =>
    Effect.map(client.checkSessionStatus({ appId, userId }), ({ active }) => active),
  )
})

const client = ManagementClient.layer({
  accessKeyId: "64c0ffee0000000000000001",
  accessKeySecret: Redacted.make("an-example-secret-of-no-value"),
})

/** The client and the emulator it talks to. */
export const emulated = client.pipe(
  Layer.provide(Emulator.layerHttpClient),
  Layer.provideMerge(Emulator.layer(Seed.example)),
)

if (import.meta.main) {
  const program = offboard("lin@example.com").pipe(
    Effect.flatMap((online) => Console.log(`lin@example.com has left; online still in ${online.length} applications`)),
  )
  NodeRuntime.runMain(program.pipe(Effect.provide(emulated)))
}
