/** What ends too soon: interrupted requests, answers that break off, bodies nobody wants. Nothing is left behind. */
import { assert, describe, it } from "@effect/vitest"
import { UndiciHttpClient } from "@genauth-effect/undici"
import { Context, Effect, Exit, Fiber, identity, Stream } from "effect"
import { HttpBody, type HttpClientError, HttpClientRequest } from "effect/http"
import { Readable } from "node:stream"
import { type Answer, serve, serveHeads, turns, until, writeBytes } from "./server.ts"
import { clientOf, outcome, streamed } from "./telling.ts"

// Unhandled means lost: the process would end.
const quiet = Effect.acquireRelease(
  Effect.sync(() => {
    const stray: Array<unknown> = []
    const note = (cause: unknown) => stray.push(cause)
    process.on("unhandledRejection", note)
    process.on("uncaughtException", note)
    return { stray, note }
  }),
  ({ note, stray }) =>
    Effect.andThen(
      turns,
      Effect.sync(() => {
        process.off("unhandledRejection", note)
        process.off("uncaughtException", note)
        assert.deepStrictEqual(stray, [])
      }),
    ),
)

const part = (text: string) => new TextEncoder().encode(text)
const form = new FormData()
form.append("f", new File(["x".repeat(1_000_000)], "f.txt"))

/** A body and whether it is still held. A body that was not begun is not held. */
const bodies: Readonly<Record<string, () => { readonly body: HttpBody.HttpBody; readonly isHeld: () => boolean }>> = {
  bytes: () => ({ body: HttpBody.text("abc"), isHeld: () => false }),
  nothing: () => ({ body: HttpBody.empty, isHeld: () => false }),
  form: () => ({ body: HttpBody.formData(form), isHeld: () => false }),
  "a Readable": () => {
    const readable = new Readable({ read: () => undefined })
    readable.push("abc")
    return { body: HttpBody.raw(readable), isHeld: () => !readable.destroyed }
  },
  "a Readable that fails at its end": () => {
    const readable = new Readable({
      read: () => undefined,
      destroy: (cause, callback) => callback(cause ?? new Error("late")),
    })
    readable.push("abc")
    return { body: HttpBody.raw(readable), isHeld: () => !readable.destroyed }
  },
  "a stream": () => {
    let held = 0
    const stream = Stream.concat(
      Stream.unwrap(
        Effect.map(
          Effect.acquireRelease(
            Effect.sync(() => (held += 1)),
            () => Effect.sync(() => (held -= 1)),
          ),
          () => Stream.succeed(part("abc")),
        ),
      ),
      Stream.ensuring(
        Stream.concat(Stream.fromEffectDrain(Effect.sync(() => (held += 1))), Stream.never),
        Effect.sync(() => (held -= 1)),
      ),
    )
    return { body: HttpBody.stream(stream), isHeld: () => held > 0 }
  },
}

const hold: Answer = () => undefined
const holdBody: Answer = (response) => {
  response.writeHead(200, { "content-length": "10" })
  response.write("abc")
}

const once = { connections: 1, pipelining: 1 }

describe("an execute that is interrupted", () => {
  for (const [name, bodyOf] of Object.entries(bodies)) {
    for (const [where, answer] of [
      ["while it waits for the answer", hold],
      ["in the middle of the answer", holdBody],
    ] as const) {
      it.effect(`${where} closes its connection and lets its body go: ${name}`, () =>
        Effect.gen(function* () {
          yield* quiet
          let asked = 0
          const served = yield* serveHeads((response, request) => {
            asked += 1
            answer(response, request)
          })
          const client = yield* clientOf(UndiciHttpClient.layerOptions(once))
          const { body, isHeld } = bodyOf()
          const fiber = yield* Effect.forkChild(client.execute(HttpClientRequest.post(served.url, { body })))
          yield* until(() => asked === 1)
          yield* turns
          assert.strictEqual(served.open(), 1)
          assert.isUndefined(fiber.pollUnsafe())
          yield* Fiber.interrupt(fiber)
          yield* until(() => served.open() === 0 && !isHeld())
          const exit = yield* Fiber.await(fiber)
          assert.isTrue(Exit.hasInterrupts(exit))
        }),
      )
    }

    it.effect(`while it is queued is never sent, lets its body go and harms nobody: ${name}`, () =>
      Effect.gen(function* () {
        yield* quiet
        const answers: Array<() => void> = []
        const paths: Array<string | undefined> = []
        const served = yield* serveHeads((response, { url }) => {
          paths.push(url)
          answers.push(() => response.end("late"))
        })
        const client = yield* clientOf(UndiciHttpClient.layerOptions(once))
        const first = yield* Effect.forkChild(client.get(`${served.url}/first`))
        yield* until(() => answers.length === 1)
        const { body, isHeld } = bodyOf()
        const queued = yield* Effect.forkChild(client.post(`${served.url}/queued`, { body }))
        yield* turns
        const last = yield* Effect.forkChild(client.get(`${served.url}/last`))
        yield* turns
        yield* Fiber.interrupt(queued)
        answers[0]?.()
        assert.strictEqual(yield* (yield* Fiber.join(first)).text, "late")
        yield* until(() => answers.length === 2)
        answers[1]?.()
        assert.strictEqual(yield* (yield* Fiber.join(last)).text, "late")
        yield* until(() => !isHeld())
        assert.deepStrictEqual(paths, ["/first", "/last"])
      }),
    )

    it.effect(`before there is a connection lets its body go: ${name}`, () =>
      Effect.gen(function* () {
        yield* quiet
        let asked = 0
        const client = yield* clientOf(UndiciHttpClient.layerOptions({ connect: () => void (asked += 1) }))
        const { body, isHeld } = bodyOf()
        const fiber = yield* Effect.forkChild(client.post("http://127.0.0.1:9", { body }))
        yield* until(() => asked === 1)
        yield* turns
        yield* Fiber.interrupt(fiber)
        yield* turns
        yield* until(() => !isHeld())
      }),
    )
  }
})

describe("a request that ends early lets its body go", () => {
  const ends: Readonly<
    Record<
      string,
      {
        readonly answer: Answer
        readonly change?: (request: HttpClientRequest.HttpClientRequest) => HttpClientRequest.HttpClientRequest
        readonly expected: unknown
      }
    >
  > = {
    "by an answer that does not wait for it": {
      answer: (response) => {
        response.writeHead(413).end("too long")
      },
      expected: { gave: [413, "too long"] },
    },
    "by a reset": {
      answer: (_, { socket }) => writeBytes(socket, [], "reset"),
      expected: { failed: "TransportError", status: undefined },
    },
    "by a header that cannot be sent": {
      answer: hold,
      change: HttpClientRequest.setHeader("x-one", "a\nb"),
      expected: { failed: "TransportError", status: undefined },
    },
    "by a port where nobody listens": {
      answer: hold,
      change: HttpClientRequest.setUrl("http://127.0.0.1:1"),
      expected: { failed: "TransportError", status: undefined },
    },
  }
  for (const [how, { answer, change = identity, expected }] of Object.entries(ends)) {
    for (const [name, bodyOf] of Object.entries(bodies)) {
      it.effect(`${how}: ${name}`, () =>
        Effect.gen(function* () {
          yield* quiet
          const served = yield* serveHeads(answer)
          const client = yield* clientOf(UndiciHttpClient.layer)
          const { body, isHeld } = bodyOf()
          const request = change(HttpClientRequest.post(served.url, { body }))
          const read = Effect.flatMap(client.execute(request), (response) =>
            Effect.map(response.text, (text) => [response.status, text]),
          )
          assert.deepStrictEqual(yield* outcome(read), expected)
          yield* turns
          yield* until(() => !isHeld())
        }),
      )
    }
  }
})

describe("an answer that breaks off", () => {
  const breaks: Readonly<Record<string, Answer>> = {
    "by a reset": (_, { socket }) =>
      writeBytes(socket, ["HTTP/1.1 201 Made\r\ncontent-length: 9\r\n\r\nab", "cd"], "reset"),
    "by an end": (_, { socket }) => writeBytes(socket, ["HTTP/1.1 201 Made\r\ncontent-length: 9\r\n\r\nab", "cd"]),
    "in a chunk": (_, { socket }) =>
      writeBytes(socket, ["HTTP/1.1 201 Made\r\ntransfer-encoding: chunked\r\n\r\n9\r\nab", "cd"]),
  }
  for (const [how, answer] of Object.entries(breaks)) {
    it.effect(`${how} keeps its status and what arrived, and cannot be read as a whole`, () =>
      Effect.gen(function* () {
        yield* quiet
        const served = yield* serve(answer)
        const client = yield* clientOf(UndiciHttpClient.layer)
        const response = yield* client.get(served.url)
        assert.strictEqual(response.status, 201)
        assert.property(response.headers, how === "in a chunk" ? "transfer-encoding" : "content-length")
        const cutOff = { failed: "DecodeError", status: 201 }
        const reads: ReadonlyArray<Effect.Effect<unknown, HttpClientError.HttpClientError>> = [
          response.text,
          response.json,
          response.arrayBuffer,
          response.urlParamsBody,
          response.formData,
        ]
        for (const read of reads) assert.deepStrictEqual(yield* outcome(read), cutOff)
        assert.deepStrictEqual(yield* streamed(response), {
          arrived: Buffer.from("abcd").toString("hex"),
          ended: cutOff,
        })
      }),
    )
  }

  it.effect("after an early one is no answer at all", () =>
    Effect.gen(function* () {
      yield* quiet
      const served = yield* serve((_, { socket }) => writeBytes(socket, ["HTTP/1.1 103 Early\r\n\r\n"], "reset"))
      const client = yield* clientOf(UndiciHttpClient.layer)
      const how = yield* outcome(client.get(served.url))
      assert.deepStrictEqual(how, { failed: "TransportError", status: undefined })
    }),
  )

  it.effect("is one that is too long: to the byte, by its length or by its chunks", () =>
    Effect.gen(function* () {
      yield* quiet
      let length = 0
      let isChunked = false
      const served = yield* serve((response) => {
        if (!isChunked) response.setHeader("content-length", length)
        response.end(Buffer.alloc(length))
      })
      const client = yield* clientOf(UndiciHttpClient.layer)
      for (isChunked of [false, true]) {
        for (length of [UndiciHttpClient.maxAnswerBytes, UndiciHttpClient.maxAnswerBytes + 1]) {
          const response = yield* client.get(served.url)
          assert.strictEqual(response.status, 200)
          const read = yield* outcome(Effect.map(response.text, (text) => text.length))
          const isWhole = length === UndiciHttpClient.maxAnswerBytes
          assert.deepStrictEqual(read, isWhole ? { gave: length } : { failed: "DecodeError", status: 200 })
        }
      }
    }),
  )
})

describe("a stream that is sent", () => {
  it.effect("runs in the context of its request, and not before it is sent", () =>
    Effect.gen(function* () {
      const Name = Context.Reference<string>("test/Name", { defaultValue: () => "nobody" })
      const names: Array<string> = []
      const body = HttpBody.stream(
        Stream.fromEffect(
          Effect.map(Name, (name) => {
            names.push(name)
            return part(name)
          }),
        ),
      )
      const served = yield* serve((response) => response.end())
      const client = yield* clientOf(UndiciHttpClient.layer)
      yield* client.post(served.url, { body }).pipe(Effect.provideService(Name, "ada"))
      yield* outcome(client.post(served.url, { body, headers: { "x-one": "\n" } }))
      assert.deepStrictEqual(
        served.received.map(({ body }) => body),
        ["ada"],
      )
      assert.deepStrictEqual(names, ["ada"])
    }),
  )

  it.effect("is pulled no faster than it is taken", () =>
    Effect.gen(function* () {
      let pulled = 0
      const endless = Stream.forever(
        Stream.sync(() => {
          pulled += 1
          return new Uint8Array(65_536)
        }),
      )
      const served = yield* serveHeads((_, request) => {
        request.pause()
      })
      const client = yield* clientOf(UndiciHttpClient.layer)
      const fiber = yield* Effect.forkChild(client.post(served.url, { body: HttpBody.stream(endless) }))
      let before = -1
      // Buffers fill, then it stands still.
      yield* Effect.whileLoop({
        while: () => pulled !== before || pulled === 0,
        body: () => {
          before = pulled
          return Effect.andThen(turns, turns)
        },
        step: () => undefined,
      })
      assert.isBelow(pulled, 1000)
      yield* Fiber.interrupt(fiber)
    }),
  )
})
