// The README's first program with the platform's own fetch in place of undici, and modules in place of barrels.
import * as KickUsers from "@genauth-effect/client/KickUsers"
import * as ManagementClient from "@genauth-effect/client/ManagementClient"
import * as User from "@genauth-effect/client/User"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"

const program = Effect.gen(function* () {
  const client = yield* ManagementClient.ManagementClient
  const { requestId } = yield* client.kickUsers(KickUsers.forUser(User.email("ada@example.com"), ["<appId>"]))
  yield* Effect.log(`offline, receipt ${requestId}`)
}).pipe(Effect.catchTag("UserNotFound", (error) => Effect.logError(error.message)))

const live = ManagementClient.layerEnv.pipe(Layer.provide(FetchHttpClient.layer))

void Effect.runPromise(program.pipe(Effect.provide(live)))
