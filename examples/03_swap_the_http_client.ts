/** One program, five HTTP clients. The library asks for an HttpClient and never brings one. */
import { NodeHttpClient, NodeRuntime } from "@effect/platform-node"
import { ManagementClient } from "@genauth-effect/client"
import { Emulator, EmulatorFetch, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { UndiciHttpClient } from "@genauth-effect/undici"
import { Console, Effect, Layer, Redacted } from "effect"
import { FetchHttpClient } from "effect/http"

const kickAda = Effect.fnUntraced(function* (how: string, host?: string) {
  const client = yield* ManagementClient.make({
    host,
    accessKeyId: "64c0ffee0000000000000001",
    accessKeySecret: Redacted.make("an-example-secret-of-no-value"),
  })
  const receipt = yield* client.kickUsers({
    appIds: ["62188e71c0de000000000001"],
    userId: "6319a1504f3aaaaf214dd5b1",
  })
  yield* Console.log(`${how.padEnd(34)} success ${receipt.data.success}, ${receipt.requestId}`)
}, Effect.scoped)

const emulator = Emulator.layer(Seed.example)
const { fetch } = EmulatorFetch.make(Seed.example)

const program = Effect.gen(function* () {
  const { url } = yield* EmulatorServer.EmulatorServer
  // The fastest on Node. TLS options, such as the CA of a private deployment: layerOptions({ connect: { ca } }).
  yield* kickAda("undici, over a socket", url).pipe(Effect.provide(UndiciHttpClient.layer))
  // Effect's own on undici, which streams what it is answered.
  yield* kickAda("undici by Effect, over a socket", url).pipe(Effect.provide(NodeHttpClient.layerUndici))
  // Everywhere: Node, Bun, Deno, Workers.
  yield* kickAda("fetch, over a socket", url).pipe(Effect.provide(FetchHttpClient.layer))
  // Any fetch function will do: one that goes through a proxy, or the emulator's, which needs no network.
  yield* kickAda("the emulator's fetch, no socket").pipe(
    Effect.provide(FetchHttpClient.layer),
    Effect.provideService(FetchHttpClient.Fetch, (input, init) => fetch(new Request(input, init))),
  )
  // For tests: the emulator as an HttpClient, on the TestClock too.
  yield* kickAda("the emulator's client, no socket").pipe(Effect.provide(Emulator.layerHttpClient))
})

NodeRuntime.runMain(program.pipe(Effect.provide(EmulatorServer.layer().pipe(Layer.provideMerge(emulator)))))
