/** The emulator on a socket. Binds to loopback unless told otherwise. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Http from "node:http"
import { answerHeaders, Emulator, type Service } from "./Emulator.ts"

/** Where the server can be reached. */
export class EmulatorServer extends Context.Service<EmulatorServer, { readonly url: string }>()(
  "@genauth-effect/emulator/EmulatorServer",
) {}

/** The server could not listen. */
export class ListenFailed extends Schema.TaggedError<ListenFailed>()("ListenFailed", { message: Schema.String }) {}

/** Where to listen. */
export interface Options {
  /** @default 0, any free port */
  readonly port?: number | undefined
  /** @default "127.0.0.1" */
  readonly host?: string | undefined
}

const respond =
  (emulator: Service): Http.RequestListener =>
  (request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
      )
      const now = Date.now()
      const text = emulator.answer(
        { method: request.method ?? "", target: request.url ?? "", headers, body: Buffer.concat(chunks).toString() },
        now,
      )
      response.writeHead(200, { ...answerHeaders(now), "content-length": Buffer.byteLength(text) }).end(text)
    })
  }

/** Listens as long as its scope lasts. */
export const layer = (options?: Options): Layer.Layer<EmulatorServer, ListenFailed, Emulator> =>
  Layer.effect(
    EmulatorServer,
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const server = yield* Effect.acquireRelease(
        Effect.callback<Http.Server, ListenFailed>((resume) => {
          const created = Http.createServer(respond(emulator))
          created.once("error", (error) => resume(Effect.fail(new ListenFailed({ message: error.message }))))
          created.listen(options?.port ?? 0, options?.host ?? "127.0.0.1", () => resume(Effect.succeed(created)))
        }),
        (created) =>
          Effect.callback<void>((resume) => {
            created.close(() => resume(Effect.void))
            created.closeAllConnections()
          }),
      )
      const address = server.address()
      if (typeof address !== "object" || address === null) return yield* new ListenFailed({ message: "no address" })
      return EmulatorServer.of({ url: `http://${address.address}:${address.port}` })
    }),
  )
