/** What the client does around an exchange: its pool, its callers, its spans, and what stands on it. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { UndiciHttpClient } from "@genauth-effect/undici"
import { Effect, Exit, Fiber, Inspectable, type Layer, Redacted, Schedule, Scope, Tracer } from "effect"
import { HttpBody, HttpClient, HttpClientRequest } from "effect/http"
import { AsyncLocalStorage } from "node:async_hooks"
import { execFile } from "node:child_process"
import * as Net from "node:net"
import { fileURLToPath } from "node:url"
import { inspect, promisify } from "node:util"
import * as Undici from "undici"
import { serve, serveHeads, serveTls, sharedKey, until } from "./server.ts"
import { clientOf, outcome } from "./telling.ts"

describe("a layer", () => {
  it.effect("keeps its connections, and closes them when it is closed", () =>
    Effect.gen(function* () {
      const served = yield* serve((response) => response.end())
      const scope = yield* Scope.make()
      const client = yield* Scope.provide(clientOf(UndiciHttpClient.layer), scope)
      for (let i = 0; i < 10; i += 1) yield* client.get(served.url)
      // undici takes a second one while the first is about to be free.
      assert.isAtMost(served.opened(), 2)
      assert.strictEqual(served.open(), served.opened())
      yield* Scope.close(scope, Exit.void)
      yield* until(() => served.open() === 0)
      const late = yield* outcome(client.get(served.url))
      assert.deepStrictEqual(late, { failed: "TransportError", status: undefined })
    }),
  )

  it.effect("that is closed fails what is under way", () =>
    Effect.gen(function* () {
      let asked = 0
      const served = yield* serveHeads(() => (asked += 1))
      const scope = yield* Scope.make()
      const client = yield* Scope.provide(
        clientOf(UndiciHttpClient.layerOptions({ connections: 1, pipelining: 1 })),
        scope,
      )
      const sent = yield* Effect.forkChild(outcome(client.get(served.url)))
      yield* until(() => asked === 1)
      const queued = yield* Effect.forkChild(outcome(client.post(served.url)))
      yield* Scope.close(scope, Exit.void)
      for (const fiber of [sent, queued]) {
        assert.deepStrictEqual(yield* Fiber.join(fiber), { failed: "TransportError", status: undefined })
      }
    }),
  )

  it.effect("gives undici its options", () =>
    Effect.gen(function* () {
      const served = yield* serve((response) => response.end("x".repeat(11)))
      const { port } = new URL(served.url)
      const asked: Array<string> = []
      const client = yield* clientOf(
        UndiciHttpClient.layerOptions({
          connections: 1,
          maxResponseSize: 10,
          connect: (options, callback) => {
            asked.push(`${options.protocol}//${options.hostname}`)
            const socket = Net.connect(Number(port), "127.0.0.1", () => callback(null, socket))
          },
        }),
      )
      const response = yield* client.get("http://nowhere.invalid/")
      assert.deepStrictEqual(yield* outcome(response.text), { failed: "DecodeError", status: 200 })
      assert.deepStrictEqual(asked, ["http://nowhere.invalid"])
    }),
  )

  it.effect("sends at most as much at once as it may", () =>
    Effect.gen(function* () {
      let running = 0
      let most = 0
      const served = yield* serve((response) => {
        running += 1
        most = Math.max(most, running)
        setImmediate(() => {
          running -= 1
          response.end()
        })
      })
      const client = yield* clientOf(UndiciHttpClient.layerOptions({ connections: 3 }))
      const requests = Array.from({ length: 50 }, (_, i) => client.post(`${served.url}/${i}`))
      yield* Effect.all(requests, { concurrency: "unbounded" })
      assert.strictEqual(served.received.length, 50)
      assert.strictEqual(new Set(served.received.map(({ target }) => target)).size, 50)
      assert.isAtMost(most, 3)
      assert.isAtMost(served.opened(), 3)
    }),
  )

  it.effect("is made of any dispatcher, which stays open", () =>
    Effect.gen(function* () {
      const agent = yield* Effect.acquireRelease(
        Effect.sync(() => new Undici.MockAgent()),
        (made) => Effect.promise(() => made.close()),
      )
      agent.disableNetConnect()
      agent
        .get("http://mocked")
        .intercept({ path: "/a?b=1", method: "POST", headers: { "x-one": "1" } })
        .reply(201, { c: 2 }, { headers: { "x-two": "2" } })
      const client = UndiciHttpClient.make(agent)
      const request = HttpClientRequest.post("http://mocked/a?b=1", {
        body: HttpBody.text("abc"),
        headers: { "x-one": "1" },
      })
      const response = yield* client.execute(request)
      assert.strictEqual(response.status, 201)
      assert.strictEqual(response.headers["x-two"], "2")
      assert.deepStrictEqual(yield* response.json, { c: 2 })
      assert.deepStrictEqual(yield* outcome(client.execute(request)), { failed: "TransportError", status: undefined })
      agent.assertNoPendingInterceptors()
    }),
  )
})

it.live("what comes after an execute runs in the async context of its own caller", () =>
  Effect.gen(function* () {
    const served = yield* serve((response) => response.end())
    const client = yield* clientOf(UndiciHttpClient.layerOptions({ connections: 1, pipelining: 1 }))
    const storage = new AsyncLocalStorage<string>()
    const context = yield* Effect.context()
    const call = (name: string) =>
      storage.run(name, () =>
        Effect.runPromiseWith(context)(
          Effect.gen(function* () {
            const seen: Array<string | undefined> = []
            for (const url of [served.url, "http://127.0.0.1:1", served.url]) {
              yield* Effect.exit(client.get(url))
              seen.push(storage.getStore())
            }
            return seen
          }),
        ),
      )
    const names = ["ada", "lin", "sam"]
    const seen = yield* Effect.promise(() => Promise.all(names.map(call)))
    assert.deepStrictEqual(
      seen,
      names.map((name) => [name, name, name]),
    )
    assert.strictEqual(served.opened(), 1)
  }),
)

it.effect("what comes after an execute may read another answer of undici's", () =>
  Effect.gen(function* () {
    const long = Buffer.alloc(4_000_000)
    const served = yield* serve((response, { url }) => response.end(url === "/long" ? long : "short"))
    const agent = yield* Effect.acquireRelease(
      Effect.sync(() => new Undici.Agent()),
      (made) => Effect.promise(() => made.destroy()),
    )
    const { body } = yield* Effect.promise(() => agent.request({ origin: served.url, path: "/long", method: "GET" }))
    const failures: Array<unknown> = []
    body.on("error", (error) => failures.push(error))
    // As much of it as is read ahead.
    yield* until(() => body.readableLength > body.readableHighWaterMark)
    const client = yield* clientOf(UndiciHttpClient.layer)
    yield* client.get(served.url)
    let length = 0
    for (let chunk: Buffer | null = body.read(); chunk !== null; chunk = body.read()) length += chunk.length
    assert.isAbove(length, 0)
    body.on("data", (chunk: Buffer) => (length += chunk.length))
    yield* until(() => body.readableEnded || failures.length > 0)
    assert.deepStrictEqual(failures, [])
    assert.strictEqual(length, long.length)
  }),
)

/** Runs a request where spans are kept, and hands out what a trace shows of it. */
const traced = Effect.fnUntraced(function* (layer: Layer.Layer<HttpClient.HttpClient>, status: number) {
  const served = yield* serveHeads((response, { headers }) => {
    response
      .writeHead(status, { "x-parent": String(headers["traceparent"]), "x-b3": String(headers["b3"]) })
      .end("answer")
  })
  const client = yield* clientOf(layer)
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    },
  })
  const request = HttpClientRequest.post(`${served.url}/a`, {
    urlParams: { b: "1" },
    headers: { authorization: "secret" },
    body: HttpBody.text("abc"),
  })
  const run = client.execute(request).pipe(Effect.withSpan("outer"), Effect.provideService(Tracer.Tracer, tracer))
  const [, enabled = "", disabled] = yield* Effect.all([
    run,
    Effect.map(run, ({ headers }) => headers["x-parent"]),
    run.pipe(
      Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
      Effect.map(({ headers }) => headers["x-parent"]),
    ),
    run.pipe(Effect.provideService(Tracer.DisablePropagation, true)),
  ])
  const shown = spans.map(({ attributes, kind, name, parent, status: { _tag: ended } }) => ({
    attributes: [...attributes].map(([key, value]) => [key, String(value).replaceAll(/:\d+|^\d{5}$|^\d{4}$/g, "")]),
    kind,
    name,
    ended,
    parent: parent._tag,
  }))
  assert.include(
    spans.filter(({ kind }) => kind === "client").map((span) => `00-${span.traceId}-${span.spanId}-01`),
    enabled,
  )
  assert.strictEqual(disabled, "undefined")
  return shown
})

it.effect("speaks HTTP/1.1 to a server that would rather have HTTP/2, since Node does not survive the other", () =>
  Effect.gen(function* () {
    const url = yield* serveTls
    const { text } = yield* HttpClient.get(url).pipe(
      Effect.provide(UndiciHttpClient.layerOptions({ connect: sharedKey })),
    )
    assert.strictEqual(yield* text, "http/1.1")
  }),
)

describe("callers", () => {
  it.effect("are all answered, though observers of their fibers throw", () =>
    Effect.gen(function* () {
      const waiting: Array<() => void> = []
      // All at once, so that the answers are there together.
      const served = yield* serve((response) => {
        if (waiting.push(() => response.end("yes")) === 10) for (const answer of waiting) answer()
      })
      const program = fileURLToPath(new URL("programs/throwingObservers.ts", import.meta.url))
      const { stdout } = yield* Effect.promise(() => promisify(execFile)(process.execPath, [program, served.url]))
      assert.deepStrictEqual(JSON.parse(stdout), { answered: Array.from({ length: 10 }, () => "yes"), thrown: 9 })
    }),
  )
})

describe("spans", () => {
  for (const status of [200, 302, 404, 503]) {
    it.effect(`are NodeHttpClient's, where they are wanted, for a ${status}`, () =>
      Effect.gen(function* () {
        const ours = yield* traced(UndiciHttpClient.layer, status)
        assert.deepStrictEqual(ours, yield* traced(NodeHttpClient.layerUndici, status))
        assert.strictEqual(ours.filter(({ kind }) => kind === "client").length, 2)
      }),
    )
  }
})

describe("what stands on a client", () => {
  it.effect("retryTransient asks again after a reset and after a 503", () =>
    Effect.gen(function* () {
      let asked = 0
      const served = yield* serve((response, { socket }) => {
        asked += 1
        if (asked === 1) socket.resetAndDestroy()
        else response.writeHead(asked === 2 ? 503 : 200).end(`${asked}`)
      })
      const client = HttpClient.retryTransient(yield* clientOf(UndiciHttpClient.layer), {
        schedule: Schedule.recurs(5),
      })
      const response = yield* client.post(served.url)
      assert.strictEqual(yield* response.text, "3")
    }),
  )

  it.effect("filterStatusOk refuses a 404, whose body can still be read", () =>
    Effect.gen(function* () {
      const served = yield* serve((response) => response.writeHead(404).end("no such user"))
      const client = HttpClient.filterStatusOk(yield* clientOf(UndiciHttpClient.layer))
      const error = yield* Effect.flip(client.get(served.url))
      assert.strictEqual(error.reason._tag, "StatusCodeError")
      assert.strictEqual(yield* error.response?.text ?? Effect.succeed(""), "no such user")
    }),
  )

  it.effect("mapRequest changes what is sent", () =>
    Effect.gen(function* () {
      const served = yield* serve((response) => response.end())
      const client = HttpClient.mapRequest(yield* clientOf(UndiciHttpClient.layer), (request) =>
        request.pipe(HttpClientRequest.prependUrl(served.url), HttpClientRequest.bearerToken("t")),
      )
      yield* client.get("/a")
      const [received] = served.received
      assert.strictEqual(received?.target, "/a")
      assert.deepStrictEqual(received?.headers["authorization"], ["Bearer t"])
    }),
  )

  it.effect("followRedirects follows", () =>
    Effect.gen(function* () {
      const served = yield* serve((response, { url }) =>
        url === "/c" ? response.end("there") : response.writeHead(302, { location: url === "/a" ? "/b" : "/c" }).end(),
      )
      const client = yield* clientOf(UndiciHttpClient.layer)
      const response = yield* HttpClient.followRedirects(client).get(`${served.url}/a`)
      assert.strictEqual(yield* response.text, "there")
      assert.strictEqual((yield* client.get(`${served.url}/a`)).status, 302)
    }),
  )

  it.effect("withScope leaves an answer readable, and its end ends a request", () =>
    Effect.gen(function* () {
      let isSilent = false
      let asked = 0
      const served = yield* serveHeads((response) => {
        asked += 1
        if (!isSilent) response.end("whole")
      })
      const client = HttpClient.withScope(yield* clientOf(UndiciHttpClient.layerOptions({ connections: 1 })))
      const response = yield* Effect.scoped(client.get(served.url))
      assert.strictEqual(yield* response.text, "whole")
      isSilent = true
      const fiber = yield* Effect.forkChild(Effect.scoped(client.get(served.url)))
      yield* until(() => asked === 2)
      yield* Fiber.interrupt(fiber)
      yield* until(() => served.open() === 0)
    }),
  )

  it.effect("an answer is read as often as it is asked, and never changed by who reads it", () =>
    Effect.gen(function* () {
      const served = yield* serve((response) => response.end("abc"))
      const client = yield* clientOf(UndiciHttpClient.layer)
      const response = yield* client.get(served.url)
      const buffer = yield* response.arrayBuffer
      assert.strictEqual(buffer.byteLength, 3)
      new Uint8Array(buffer).fill(0)
      assert.strictEqual(yield* response.text, "abc")
      assert.strictEqual((yield* response.arrayBuffer).byteLength, 3)
    }),
  )
})

it.effect("an answer that is printed shows neither its body nor a secret", () =>
  Effect.gen(function* () {
    const served = yield* serve((response) => {
      response.writeHead(200, { "set-cookie": "session=cookie-secret", "x-api-key": "key-secret" }).end("body-secret")
    })
    const client = yield* clientOf(UndiciHttpClient.layer)
    const request = HttpClientRequest.post(served.url).pipe(
      HttpClientRequest.bearerToken(Redacted.make("token-secret")),
    )
    const response = yield* client.execute(request)
    yield* response.text
    const printed = [
      JSON.stringify(response),
      String(response),
      Inspectable.toStringUnknown(response),
      inspect(response, { depth: 9 }),
    ]
    for (const text of printed) assert.notInclude(text, "-secret")
    assert.include(printed[0], '"status":200')
  }),
)
