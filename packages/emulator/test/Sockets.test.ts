/** The emulator over real sockets, byte by byte. Its time is the TestClock's. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorServer, type Faults, Received } from "@genauth-effect/emulator"
import { Clock, Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import * as Net from "node:net"
import { codesOf, example, kick, turns, until, userId } from "./wire.ts"

const served = (fault?: Faults.Fault) =>
  EmulatorServer.layer().pipe(
    Layer.provideMerge(Emulator.layer(example, fault && { faults: { rules: [{ when: { times: 1 }, fault }] } })),
  )

interface Heard {
  readonly text: string
  /** How the connection ended, where it was an error. */
  readonly code: string | undefined
}

/** Sends a request as bytes and collects what comes until the connection ends. */
const listenTo = (url: string, request: Emulator.WireRequest): Effect.Effect<Heard> =>
  Effect.callback((resume) => {
    const { hostname, port } = new URL(url)
    const socket = Net.connect(Number(port), hostname)
    let text = ""
    socket.setEncoding("utf8")
    socket.on("data", (chunk: string) => (text += chunk))
    socket.on("error", (error: NodeJS.ErrnoException) => resume(Effect.succeed({ text, code: error.code })))
    socket.on("close", () => resume(Effect.succeed({ text, code: undefined })))
    const headers = Object.entries({
      host: hostname,
      connection: "close",
      "content-length": String(Buffer.byteLength(request.body)),
      ...request.headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`${request.method} ${request.target} HTTP/1.1\r\n${headers.join("")}\r\n${request.body}`)
    return Effect.sync(() => socket.destroy())
  })

const bodyOf = (text: string): string => text.slice(text.indexOf("\r\n\r\n") + 4)
const declaredLength = (text: string): number => Number(/content-length: (\d+)/i.exec(text)?.[1])

const isOnline = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  return (yield* emulator.onlineApps(userId)).length > 0
})

describe("bytes on a socket", () => {
  const hear = (fault: Faults.Fault | undefined, check: (heard: Heard, stillOnline: boolean) => void) =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer.EmulatorServer
      const heard = yield* listenTo(url, kick())
      check(heard, yield* isOnline)
    }).pipe(Effect.provide(served(fault)))

  it.effect("an answer is a whole HTTP message with the emulator's date", () =>
    hear(undefined, ({ code, text }, stillOnline) => {
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n/)
      assert.match(text, /\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n/i)
      assert.strictEqual(Buffer.byteLength(bodyOf(text)), declaredLength(text))
      assert.deepInclude(JSON.parse(bodyOf(text)), { statusCode: 200 })
      assert.isUndefined(code)
      assert.isFalse(stillOnline)
    }),
  )
  for (const kind of ["connectionRefused", "resetBefore", "resetAfter"] as const) {
    it.effect(`${kind}: not a byte, then a reset`, () =>
      hear({ kind }, ({ code, text }, stillOnline) => {
        assert.strictEqual(text, "")
        assert.strictEqual(code, "ECONNRESET")
        assert.strictEqual(stillOnline, kind !== "resetAfter")
      }),
    )
  }
  it.effect("resetDuring: the head, half the body, and the end", () =>
    hear({ kind: "resetDuring" }, ({ text }, stillOnline) => {
      assert.strictEqual(Buffer.byteLength(bodyOf(text)), Math.floor(declaredLength(text) / 2))
      assert.isFalse(stillOnline)
    }),
  )
  it.effect("truncatedJson: half an answer as a whole HTTP message", () =>
    hear({ kind: "truncatedJson" }, ({ text }) => {
      assert.strictEqual(Buffer.byteLength(bodyOf(text)), declaredLength(text))
      assert.throws(() => JSON.parse(bodyOf(text)))
    }),
  )
  it.effect("hugeBody: two MiB", () =>
    hear({ kind: "hugeBody" }, ({ text }) => {
      assert.strictEqual(Buffer.byteLength(bodyOf(text)), 2 * 1024 * 1024)
    }),
  )
  it.effect("http 503 with Retry-After", () =>
    hear({ kind: "http", status: 503, retryAfter: { seconds: 3 } }, ({ text }, stillOnline) => {
      assert.match(text, /^HTTP\/1\.1 503 Service Unavailable\r\n/)
      assert.match(text, /\r\nretry-after: 3\r\n/i)
      assert.match(bodyOf(text), /^<!DOCTYPE html>/)
      assert.isTrue(stillOnline)
    }),
  )
  it.effect("a redirect", () =>
    hear({ kind: "redirect" }, ({ text }) => {
      assert.match(text, /^HTTP\/1\.1 307 /)
      assert.match(text, /\r\nlocation: \/api\/v3\/redirected\r\n/i)
    }),
  )
})

describe("time over sockets", () => {
  /** Sends a kick, lets time pass in steps until it is answered, and counts the steps. */
  const stepped = (stepMillis: number) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { url } = yield* EmulatorServer.EmulatorServer
      const listening = yield* Effect.forkChild(listenTo(url, kick()))
      yield* until(Effect.map(emulator.counts, ({ requests }) => requests === 1))
      assert.isFalse(yield* isOnline)
      let steps = 0
      while (listening.pollUnsafe() === undefined) {
        yield* TestClock.adjust(stepMillis)
        yield* turns
        steps += 1
      }
      return { heard: yield* Fiber.join(listening), steps }
    })

  it.effect("latency holds the answer back", () =>
    Effect.gen(function* () {
      const { heard, steps } = yield* stepped(100)
      assert.isAtLeast(steps, 5)
      assert.deepInclude(JSON.parse(bodyOf(heard.text)), { statusCode: 200 })
    }).pipe(Effect.provide(served({ kind: "latency", distribution: { type: "constant", millis: 500 } }))),
  )
  it.effect("latency holds a reset back", () =>
    Effect.gen(function* () {
      const { heard } = yield* stepped(100)
      assert.deepStrictEqual(heard, { text: "", code: "ECONNRESET" })
    }).pipe(
      Effect.provide(
        EmulatorServer.layer().pipe(
          Layer.provideMerge(
            Emulator.layer(example, {
              faults: {
                rules: [
                  { fault: { kind: "latency", distribution: { type: "constant", millis: 500 } } },
                  { fault: { kind: "resetAfter" } },
                ],
              },
            }),
          ),
        ),
      ),
    ),
  )
  it.effect("slowBody comes in pieces", () =>
    Effect.gen(function* () {
      const { heard, steps } = yield* stepped(100)
      assert.isAtLeast(steps, Math.ceil(declaredLength(heard.text) / 20))
      assert.deepInclude(JSON.parse(bodyOf(heard.text)), { statusCode: 200 })
    }).pipe(Effect.provide(served({ kind: "slowBody", everyMillis: 100, chunkBytes: 20 }))),
  )
})

describe("the server's life", () => {
  it.effect("refuses connections while it is down, and listens on the same port afterwards", () =>
    Effect.gen(function* () {
      const { url, whileDown } = yield* EmulatorServer.EmulatorServer
      assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
      const down = yield* whileDown(listenTo(url, kick()))
      assert.deepStrictEqual(down, { text: "", code: "ECONNREFUSED" })
      const up = yield* listenTo(url, kick())
      assert.deepInclude(JSON.parse(bodyOf(up.text)), { statusCode: 200 })
    }).pipe(Effect.provide(served())),
  )

  it.effect("stays down until the last of several effects is over", () =>
    Effect.gen(function* () {
      const { url, whileDown } = yield* EmulatorServer.EmulatorServer
      const isDown = yield* Deferred.make<void>()
      const isEnough = yield* Deferred.make<void>()
      const waiting = Effect.andThen(Deferred.succeed(isDown, undefined), Deferred.await(isEnough))
      const long = yield* Effect.forkChild(whileDown(waiting))
      yield* Deferred.await(isDown)
      yield* whileDown(whileDown(Effect.void))
      assert.deepInclude(yield* listenTo(url, kick()), { code: "ECONNREFUSED" })
      yield* Deferred.succeed(isEnough, undefined)
      yield* Fiber.join(long)
      assert.deepInclude(JSON.parse(bodyOf((yield* listenTo(url, kick())).text)), { statusCode: 200 })
    }).pipe(Effect.provide(served())),
  )

  it.effect("closes what is open when its scope ends: a silent, a slow and an idle connection", () =>
    Effect.gen(function* () {
      const faults: Faults.Script = {
        rules: [
          { when: { nth: 1 }, fault: { kind: "silence" } },
          { when: { nth: 2 }, fault: { kind: "slowBody", everyMillis: 1000 } },
        ],
      }
      const emulator = Emulator.makeUnsafe(example, { faults })
      const scope = yield* Scope.make()
      const context = yield* Layer.buildWithScope(
        EmulatorServer.layer().pipe(Layer.provide(Layer.succeed(Emulator.Emulator, emulator))),
        scope,
      )
      const { url } = yield* Effect.provide(EmulatorServer.EmulatorServer, context)
      let ended = 0
      for (const _ of ["silent", "slow"]) {
        yield* Effect.forkChild(Effect.map(listenTo(url, kick()), () => (ended += 1)))
        const before = (yield* emulator.counts).requests
        yield* until(Effect.map(emulator.counts, ({ requests }) => requests > before))
      }
      const { hostname, port } = new URL(url)
      const idle = Net.connect(Number(port), hostname)
      yield* Effect.callback<void>((resume) => {
        idle.once("connect", () => resume(Effect.void))
      })
      idle.once("close", () => (ended += 1))
      idle.once("error", () => undefined)
      yield* Scope.close(scope, Exit.void)
      yield* until(Effect.sync(() => ended === 3))
      assert.deepStrictEqual(yield* listenTo(url, kick()), { text: "", code: "ECONNREFUSED" })
    }),
  )

  it.effect("a port that is taken is an error that says so", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer.EmulatorServer
      const port = Number(new URL(url).port)
      const error = yield* Effect.flip(
        Effect.provide(
          EmulatorServer.EmulatorServer,
          EmulatorServer.layer({ port }).pipe(Layer.provide(Emulator.layer(example))),
        ),
      )
      assert.match(error.message, /EADDRINUSE/)
      const outOfRange = EmulatorServer.layer({ port: 70_000 }).pipe(Layer.provide(Emulator.layer(example)))
      assert.strictEqual(
        (yield* Effect.flip(Effect.provide(EmulatorServer.EmulatorServer, outOfRange)))._tag,
        "ListenFailed",
      )
    }).pipe(Effect.provide(served())),
  )

  it.effect("a body over 1 MiB is refused without being kept", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const { url } = yield* EmulatorServer.EmulatorServer
      const body = JSON.stringify({ userId: "x".repeat(3 * Emulator.maxBodyLength) })
      const heard = yield* listenTo(url, kick({ body }))
      assert.deepInclude(JSON.parse(bodyOf(heard.text)), { statusCode: 413 })
      const [received] = yield* emulator.requests
      assert.strictEqual(received?.body, body.slice(0, Received.maxKeptBody))
    }).pipe(Effect.provide(served())),
  )

  it.effect("a body is measured in bytes, as without a socket", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer.EmulatorServer
      const long = kick({}, { userId: "\u7528".repeat(Emulator.maxBodyLength / 3 + 1) })
      const short = kick({}, { userId: "\u7528".repeat(Emulator.maxBodyLength / 3 - 10) })
      for (const [request, statusCode] of [
        [long, 413],
        [short, 400],
      ] as const) {
        assert.deepInclude(JSON.parse(bodyOf((yield* listenTo(url, request)).text)), { statusCode })
        assert.deepInclude(codesOf(Emulator.makeUnsafe(example), request), { statusCode })
      }
    }).pipe(Effect.provide(served())),
  )

  it.effect("a clock of its own", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const tomorrow = { ...clock, currentTimeMillisUnsafe: () => 86_400_000 }
      const ask = Effect.flatMap(EmulatorServer.EmulatorServer, ({ url }) =>
        listenTo(url, kick({ now: 86_400_000 + 1000 })),
      )
      const { text } = yield* Effect.provide(
        ask,
        EmulatorServer.layer({ clock: tomorrow }).pipe(Layer.provide(Emulator.layer(example))),
      )
      assert.match(text, /\r\ndate: Fri, 02 Jan 1970 00:00:00 GMT\r\n/i)
      assert.deepInclude(JSON.parse(bodyOf(text)), { statusCode: 200 })
    }),
  )
})
