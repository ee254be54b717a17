/** A server that a test scripts, and what it saw. */
import { Effect, type Scope } from "effect"
import * as Http from "node:http"
import type * as Net from "node:net"
import * as Tls from "node:tls"

/** A request as it arrived, without what differs from one to the next. */
export interface Received {
  readonly method: string | undefined
  readonly target: string | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

export interface Served {
  readonly url: string
  /** The requests that arrived whole. */
  readonly received: Array<Received>
  /** How many connections there were, and how many of them are open. */
  readonly opened: () => number
  readonly open: () => number
}

export type Answer = (response: Http.ServerResponse, request: Http.IncomingMessage) => void

const listen = (server: Net.Server): Effect.Effect<string> =>
  Effect.callback((resume) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(Effect.succeed(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`))
    })
  })

/** Answers requests as soon as their heads are there. */
export const serveHeads = (answer: Answer): Effect.Effect<Served, never, Scope.Scope> =>
  Effect.gen(function* () {
    let opened = 0
    const open = new Set<Net.Socket>()
    const received: Array<Received> = []
    const server = yield* Effect.acquireRelease(
      Effect.sync(() => Http.createServer()),
      (server) =>
        Effect.callback<void>((resume) => {
          server.close(() => resume(Effect.void))
          for (const socket of open) socket.destroy()
        }),
    )
    server.on("connection", (socket) => {
      opened += 1
      open.add(socket)
      socket.once("close", () => open.delete(socket))
    })
    server.on("request", (request, response) => {
      response.sendDate = false
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.once("end", () => received.push(receivedOf(request, Buffer.concat(chunks))))
      // A client that goes away is no error of the server's.
      request.on("error", () => undefined)
      answer(response, request)
    })
    const url = yield* listen(server)
    return { url, received, opened: () => opened, open: () => open.size }
  })

/** Answers requests when they are there whole. */
export const serve = (answer: Answer): Effect.Effect<Served, never, Scope.Scope> =>
  serveHeads((response, request) => {
    request.once("end", () => answer(response, request))
  })

const receivedOf = (request: Http.IncomingMessage, body: Buffer): Received => {
  // Every trace and every form has an id of its own.
  const boundary = /boundary=(\S+)/.exec(request.headers["content-type"] ?? "")?.[1] ?? "there is none"
  const plain = (text: string) => text.replaceAll(boundary, "BOUNDARY")
  const headers = Object.entries(request.headersDistinct)
    .filter(([name]) => name !== "traceparent" && name !== "b3")
    .map(([name, values = []]) => [name, values.map(plain)] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1))
  return {
    method: request.method,
    target: request.url,
    headers: Object.fromEntries(headers),
    body: plain(body.toString("latin1")),
  }
}

/** Writes bytes in pieces, each in a turn of its own, in place of an answer, and then ends or resets the connection. */
export const writeBytes = (
  socket: Net.Socket,
  pieces: ReadonlyArray<string | Uint8Array>,
  ending: "end" | "reset" | "keep" = "end",
): void => {
  socket.setNoDelay()
  const [first, ...rest] = pieces
  if (first !== undefined) {
    socket.write(first, () => setImmediate(() => writeBytes(socket, rest, ending)))
  } else if (ending === "end") {
    socket.end()
  } else if (ending === "reset") {
    socket.resetAndDestroy()
  }
}

// Lets promises and sockets go on, which no clock of ours drives.
const turn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** Lets promises and sockets go on until something has happened. */
export const until = (hasHappened: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (hasHappened() ? Effect.void : Effect.andThen(turn, until(hasHappened))))

/** Lets promises and sockets go on for a while. */
export const turns = Effect.forEach(Array.from({ length: 20 }), () => turn, { discard: true })

/** TLS by a key that both sides have, which takes no certificate. */
export const sharedKey = {
  ciphers: "PSK",
  maxVersion: "TLSv1.2",
  pskCallback: () => ({ psk: Buffer.alloc(16, 7), identity: "both" }),
  checkServerIdentity: () => undefined,
} as const

/** Offers HTTP/2 before HTTP/1.1, and answers in the latter with the protocol that was agreed upon. */
export const serveTls: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function* () {
  const { ciphers, maxVersion } = sharedKey
  const open = new Set<Net.Socket>()
  const server = yield* Effect.acquireRelease(
    Effect.sync(() =>
      Tls.createServer(
        { ciphers, maxVersion, pskCallback: () => sharedKey.pskCallback().psk, ALPNProtocols: ["h2", "http/1.1"] },
        (socket) => {
          open.add(socket)
          socket.on("error", () => undefined)
          socket.once("data", () => {
            const agreed = String(socket.alpnProtocol)
            socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${agreed.length}\r\n\r\n${agreed}`)
          })
        },
      ),
    ),
    (server) =>
      Effect.callback<void>((resume) => {
        server.close(() => resume(Effect.void))
        for (const socket of open) socket.destroy()
      }),
  )
  return (yield* listen(server)).replace("http:", "https:")
})
