// The README's first program on undici in place of fetch.
import * as KickUsers from "@genauth-effect/client/KickUsers"
import * as ManagementClient from "@genauth-effect/client/ManagementClient"
import * as User from "@genauth-effect/client/User"
import * as UndiciHttpClient from "@genauth-effect/undici/UndiciHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"

const { GENAUTH_ACCESS_KEY_ID = "", GENAUTH_ACCESS_KEY_SECRET = "", GENAUTH_HOST } = process.env

const kick = KickUsers.forUser(User.email("lin@example.com"), ["62188e71c0de000000000001"])

const program = Effect.gen(function* () {
  const client = yield* ManagementClient.ManagementClient
  const { requestId } = yield* client.kickUsers(kick)
  yield* Effect.log(`offline, receipt ${requestId}`)
}).pipe(Effect.catchTag("UserNotFound", (error) => Effect.logError(error.message)))

const live = ManagementClient.layer({
  host: GENAUTH_HOST,
  accessKeyId: GENAUTH_ACCESS_KEY_ID,
  accessKeySecret: Redacted.make(GENAUTH_ACCESS_KEY_SECRET),
}).pipe(Layer.provide(UndiciHttpClient.layer))

await Effect.runPromise(program.pipe(Effect.provide(live)))
