/** Handle errors: one by its tag, several together, and all the rest by category, which the compiler completes. */
import { NodeRuntime } from "@effect/platform-node"
import { type ApiError, type KickUsers, ManagementClient } from "@genauth-effect/client"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { UndiciHttpClient } from "@genauth-effect/undici"
import { Console, Effect, Layer, Redacted } from "effect"

// There are more than sixty errors and far fewer things to do. A category without an answer does not compile.
const whoseTurn: Record<ApiError.ApiError["category"], string> = {
  signature: "the operator: check the secret, and proxies that rewrite headers",
  credentials: "the operator: check the access key",
  permission: "the operator: grant the key the right to manage users",
  plan: "the operator: look at the bill",
  user: "the caller: look at the user",
  application: "the caller: look at the application",
  notFound: "the caller: it is not there",
  request: "the caller: the service refused a parameter",
  local: "the caller: nothing was sent",
  tenant: "the caller: check the tenant",
  throttling: "nobody: try later",
  server: "nobody: try later",
  transport: "nobody: try later, the network may be down",
  response: "us: read the answer",
  login: "us: not expected of a kick",
  registration: "us: not expected of a kick",
  settings: "us: not expected of a kick",
  other: "us: not expected of a kick",
  placeholder: "us: not expected of a kick",
}

const kick = (client: ManagementClient.Service, request: KickUsers.KickUsersDto) =>
  client.kickUsers(request).pipe(
    Effect.map(() => "offline"),
    Effect.catchTag("UserNotFound", () => Effect.succeed("fine: whoever does not exist is not online")),
    Effect.catchTags({
      ApplicationNotFound: (error) => Effect.succeed(`skipped: ${error.message}`),
      InvalidRequest: (error) => Effect.succeed(`our own mistake in ${error.field}: ${error.remedy}`),
    }),
    Effect.catch((error) =>
      Effect.succeed(`${error._tag}, ${error.isRetryable ? "kept for later" : "final"}; ${whoseTurn[error.category]}`),
    ),
  )

const program = Effect.gen(function* () {
  const { url } = yield* EmulatorServer.EmulatorServer
  const to = (host: string, secret: string) =>
    ManagementClient.make({
      host,
      accessKeyId: "64c0ffee0000000000000001",
      accessKeySecret: Redacted.make(secret),
      retry: false, // to see each error at once; by default a call is repeated while that can help
    })
  const client = yield* to(url, "an-example-secret-of-no-value")
  const stranger = yield* to(url, "a wrong secret")
  const nowhere = yield* to("http://127.0.0.1:1", "an-example-secret-of-no-value")

  const appIds = ["62188e71c0de000000000001"]
  const ada = "6319a1504f3aaaaf214dd5b1"
  yield* Console.log(`all well:       ${yield* kick(client, { appIds, userId: ada })}`)
  yield* Console.log(`unknown user:   ${yield* kick(client, { appIds, userId: "nobody" })}`)
  yield* Console.log(`unknown app:    ${yield* kick(client, { appIds: ["no-such-app"], userId: ada })}`)
  yield* Console.log(`no application: ${yield* kick(client, { appIds: [], userId: ada })}`)
  yield* Console.log(`wrong secret:   ${yield* kick(stranger, { appIds, userId: ada })}`)
  yield* Console.log(`nobody listens: ${yield* kick(nowhere, { appIds, userId: ada })}`)
})

const server = EmulatorServer.layer().pipe(Layer.provide(Emulator.layer(Seed.example)))

NodeRuntime.runMain(Effect.scoped(program).pipe(Effect.provide(Layer.mergeAll(UndiciHttpClient.layer, server))))
