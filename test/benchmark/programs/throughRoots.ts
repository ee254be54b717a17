// The README's first program as most would write it: importing the roots of the packages, set up by the environment.
import { KickUsers, ManagementClient, User } from "@genauth-effect/client"
import { Effect, Layer } from "effect"
import { FetchHttpClient } from "effect/http"

const kick = KickUsers.forUser(User.email("lin@example.com"), ["62188e71c0de000000000001"])

const program = Effect.gen(function* () {
  const client = yield* ManagementClient.ManagementClient
  const { requestId } = yield* client.kickUsers(kick)
  yield* Effect.log(`offline, receipt ${requestId}`)
}).pipe(Effect.catchTag("UserNotFound", (error) => Effect.logError(error.message)))

const live = ManagementClient.layerEnv.pipe(Layer.provide(FetchHttpClient.layer))

await Effect.runPromise(program.pipe(Effect.provide(live)))
