/** The emulator on a socket. Binds to loopback unless told otherwise. */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as Semaphore from "effect/Semaphore"
import * as Http from "node:http"
import { Emulator, maxBodyLength, type Service, type WireRequest } from "./Emulator.ts"
import * as LastResort from "./internal/lastResort.ts"
import type { Answer, Reply } from "./Reply.ts"

/** Where the server can be reached. */
export class EmulatorServer extends Context.Service<
  EmulatorServer,
  {
    readonly url: string
    /**
     * Refuses connections while an effect runs: nothing listens on the port, and the connections that stand are
     * reset. Afterwards the server listens on the same port again; of several effects at once, after the last.
     */
    readonly whileDown: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | ListenFailed, R>
  }
>()("@genauth-effect/emulator/EmulatorServer") {}

/** The server could not listen: the port is taken, or the address is not one of this machine. */
export class ListenFailed extends Schema.TaggedError<ListenFailed>()("ListenFailed", { message: Schema.String }) {
  // A message of the system says it all; the command prints it without a stack.
  override readonly [Runtime.errorReported] = false
}

/** Where to listen. */
export interface Options {
  /** @default 0, any free port */
  readonly port?: number | undefined
  /** @default "127.0.0.1" */
  readonly host?: string | undefined
  /**
   * What the emulator takes the time from and waits on. Sockets take the time they take.
   * @default the clock of the fiber that builds the layer
   */
  readonly clock?: Clock.Clock | undefined
}

// Drops a byte order mark and never throws, like the fetch function's text().
const utf8 = new TextDecoder()

// A mark that is dropped would make what is too long shorter.
const exactUtf8 = new TextDecoder("utf-8", { ignoreBOM: true })

const headersOf = (request: Http.IncomingMessage): WireRequest["headers"] => {
  const headers: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(", ") : value
  }
  return headers
}

// A proxy's form of the target names the host too; a server has to take it (RFC 9112, 3.2.2).
const targetOf = (url: string): string => url.replace(/^https?:\/\/[^/?]*/i, "")

const send = (answer: Answer, clock: Clock.Clock, response: Http.ServerResponse): void => {
  const bytes = Buffer.from(answer.body)
  const { cutAfterBytes, delayMillis, pace } = answer
  const head = { ...answer.headers, "content-length": bytes.byteLength }
  if (delayMillis === 0 && pace === undefined && cutAfterBytes === undefined) {
    response.writeHead(answer.status, head).end(bytes)
    return
  }
  const end = cutAfterBytes ?? bytes.byteLength
  const chunkBytes = pace?.chunkBytes ?? Math.max(1, end)
  const write = (chunk: Buffer): Effect.Effect<void> =>
    Effect.callback((resume) => {
      response.write(chunk, () => resume(Effect.void))
    })
  const sending = Effect.gen(function* () {
    if (delayMillis > 0) yield* clock.sleep(Duration.millis(delayMillis))
    response.writeHead(answer.status, head)
    for (let offset = 0; offset < end; offset += chunkBytes) {
      if (pace !== undefined) yield* clock.sleep(Duration.millis(pace.everyMillis))
      yield* write(bytes.subarray(offset, Math.min(end, offset + chunkBytes)))
    }
    // The bytes are out by now: the connection ends behind them, not before them.
    if (cutAfterBytes === undefined) response.end()
    else response.req.socket.destroy()
  })
  const stop = Effect.runCallback(sending, {
    onExit: (exit) => {
      // An answer that cannot be sent whole is none; the client must not wait for the rest.
      if (exit._tag === "Failure") response.req.socket.destroy()
    },
  })
  // The client left, or the server closes: nothing waits any longer.
  response.once("close", () => stop())
}

const breakAfter = (delayMillis: number, clock: Clock.Clock, response: Http.ServerResponse): void => {
  // Of several requests in one pipeline only the first response has a socket yet; their requests all have.
  const { socket } = response.req
  if (delayMillis === 0) {
    socket.resetAndDestroy()
    return
  }
  const breaking = Effect.andThen(
    clock.sleep(Duration.millis(delayMillis)),
    Effect.sync(() => socket.resetAndDestroy()),
  )
  const stop = Effect.runCallback(breaking)
  response.once("close", () => stop())
}

const act = (reply: Reply, clock: Clock.Clock, response: Http.ServerResponse): void => {
  switch (reply._tag) {
    case "Answer":
      return send(reply, clock, response)
    case "ConnectionRefused":
    case "ConnectionReset":
      return breakAfter(reply.delayMillis, clock, response)
    case "Silence":
      // The connection stays open until either end closes it.
      return undefined
  }
}

const respond =
  (emulator: Service, clock: Clock.Clock): Http.RequestListener =>
  (request, response) => {
    const chunks: Array<Buffer> = []
    let length = 0
    // The client left in the middle of its request or of our answer: nobody is there to be told.
    request.on("error", () => undefined)
    response.on("error", () => undefined)
    request.on("data", (chunk: Buffer) => {
      // Of what is too long only the beginning is ever looked at.
      if (length <= maxBodyLength) chunks.push(chunk)
      length += chunk.byteLength
    })
    request.on("end", () => {
      const body = (length > maxBodyLength ? exactUtf8 : utf8).decode(Buffer.concat(chunks))
      const target = targetOf(request.url ?? "")
      const wire = { method: request.method ?? "", target, headers: headersOf(request), body }
      const now = clock.currentTimeMillisUnsafe()
      try {
        act(LastResort.answer(emulator, wire, now), clock, response)
      } catch (error) {
        // Thrown in an event it would end the process.
        if (response.headersSent) request.socket.destroy()
        else send(LastResort.failure(wire, now, error), clock, response)
      }
    })
  }

const listen = (server: Http.Server, port: number, host: string): Effect.Effect<void, ListenFailed> =>
  Effect.callback<void, ListenFailed>((resume) => {
    const fail = (error: Error) => resume(Effect.fail(new ListenFailed({ message: error.message })))
    server.once("error", fail)
    try {
      server.listen(port, host, () => {
        server.off("error", fail)
        resume(Effect.void)
      })
    } catch (error) {
      // A port out of range is thrown at once.
      fail(error instanceof Error ? error : new Error("the port cannot be used"))
    }
  })

const close = (server: Http.Server): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    server.close(() => resume(Effect.void))
    server.closeAllConnections()
  })

// An IPv6 address stands in brackets in a URL.
const urlOf = (address: string, port: number): string =>
  `http://${address.includes(":") ? `[${address}]` : address}:${port}`

/** Listens as long as its scope lasts. */
export const layer = (options?: Options): Layer.Layer<EmulatorServer, ListenFailed, Emulator> =>
  Layer.effect(
    EmulatorServer,
    Effect.gen(function* () {
      const emulator = yield* Emulator
      const clock = options?.clock ?? (yield* Clock.Clock)
      const host = options?.host ?? "127.0.0.1"
      let isOver = false
      let effectsWhileDown = 0
      const turning = yield* Semaphore.make(1)
      const server = yield* Effect.acquireRelease(
        Effect.sync(() => Http.createServer(respond(emulator, clock))),
        (created) =>
          Effect.suspend(() => {
            isOver = true
            return close(created)
          }),
      )
      yield* listen(server, options?.port ?? 0, host)
      const address = server.address()
      if (typeof address !== "object" || address === null) return yield* new ListenFailed({ message: "no address" })
      return EmulatorServer.of({
        url: urlOf(address.address, address.port),
        whileDown: (effect) =>
          Effect.acquireUseRelease(
            turning.withPermit(
              Effect.suspend(() => {
                effectsWhileDown += 1
                return effectsWhileDown === 1 ? close(server) : Effect.void
              }),
            ),
            () => effect,
            () =>
              turning.withPermit(
                Effect.suspend(() => {
                  effectsWhileDown -= 1
                  // What is over does not begin again, should the scope have ended meanwhile.
                  return isOver || effectsWhileDown > 0 ? Effect.void : listen(server, address.port, host)
                }),
              ),
          ),
      })
    }),
  )
