/** Nothing that a client sends ends the process or stays without an answer. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorFetch, EmulatorServer, type Faults } from "@genauth-effect/emulator"
import { Operation } from "@genauth-effect/protocol"
import { Arbitrary, Effect, Layer, Schema } from "effect"
import * as Net from "node:net"
import { authorized, codesOf, envelope, example, json, key, kick, send, signed, userId } from "./wire.ts"

const nested = (depth: number, inside = ""): string => `{"a":${"[".repeat(depth)}${inside}${"]".repeat(depth)}}`
const served = EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(example)))
const control = (method: string, route: string, body = ""): Emulator.WireRequest => ({
  method,
  target: `/__emulator/${route}`,
  headers: {},
  body,
})
const signedHeaders = kick().headers

describe("bodies nested too deeply", () => {
  for (const depth of [200, 5000, 200_000]) {
    it(`${depth} levels are a bad request that names the body, signed or not`, () => {
      const emulator = Emulator.makeUnsafe(example)
      const asSigned = { ...kick(), body: nested(depth) }
      const unsigned = authorized(Operation.kickUsers, {}, { authorization: "Bearer x" })
      for (const request of [asSigned, { ...unsigned, body: nested(depth) }]) {
        const answer = envelope(emulator, { ...request, headers: { ...request.headers, "x-genauth-lang": "en-US" } })
        assert.deepInclude(answer, { statusCode: 400, message: "a parameter has a wrong form: body" })
      }
      const log = emulator.answer(control("GET", "requests"), 0)
      assert.strictEqual(log._tag === "Answer" ? log.status : log._tag, 200)
    })
  }
  it("what real bodies have, and brackets in texts, are read", () => {
    const emulator = Emulator.makeUnsafe(example)
    const deep = JSON.parse(nested(90))
    assert.deepInclude(codesOf(emulator, kick({}, { appIds: ["x"], userId, deep })), { apiCode: 2011 })
    const brackets = `${"[".repeat(500)}\\"${"{".repeat(500)}`
    assert.deepInclude(codesOf(emulator, kick({}, { appIds: ["x"], userId: brackets })), { apiCode: 2004 })
  })
  it("a secret in the depth, or behind an escape, is not shown", () => {
    const emulator = Emulator.makeUnsafe(example)
    for (const inside of ['{"accessKeySecret":"s3cret"}', '{"accessKey\\u0053ecret":"s3cret"}']) {
      emulator.answer({ ...kick(), body: nested(5000, inside) }, 0)
      emulator.answer({ ...kick(), body: `{"unfinished":${inside}` }, 0)
    }
    emulator.answer({ ...kick(), body: "accessKey%53ecret=s3cret" }, 0)
    emulator.answer({ ...kick(), target: "/api/v3/get-user?accessKey%53ecret=s3cret" }, 0)
    const shown = JSON.stringify(Effect.runSync(emulator.requests))
    assert.notInclude(shown, "s3cret")
    assert.include(shown, "accessKey%53ecret=<redacted>")
  })
  it("control requests too", () => {
    const emulator = Emulator.makeUnsafe(example)
    for (const route of ["faults", "log-in", "log-out", "status", "limit"]) {
      for (const body of [nested(100_000), "", "[", "null", '{"__proto__":{"userId":"x"}}', '"\\ud800"', "1e999"]) {
        const reply = emulator.answer(control("POST", route, body), 0)
        assert.strictEqual(reply._tag === "Answer" ? reply.status : reply._tag, 400, `${route} ${body.slice(0, 40)}`)
      }
    }
  })
})

const Text = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffff }))), {
    maxLength: 24,
  }),
  (units) => String.fromCharCode(...units),
)
const oneOf = (...texts: ReadonlyArray<string>) => Arbitrary.schema(Schema.Literals(texts))
const either = (one: Arbitrary.Arbitrary<string>, ...others: ReadonlyArray<Arbitrary.Arbitrary<string>>) =>
  Arbitrary.flatMap(
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: others.length }))),
    (index) => others[index] ?? one,
  )
const Target = either(
  oneOf(
    ...Operation.all.map(({ path }) => path),
    ...Operation.all.map(({ path }) => `${path}?userId=%E0%A4%A&userId[]=1&__proto__=x&constructor[]=%ff&page=1e400`),
    ...["online", "online?userId=%", "requests", "faults", "limit", "status", "log-in", "__proto__", "constructor"].map(
      (route) => `/__emulator/${route}`,
    ),
    "",
    "*",
    "//",
    "?",
  ),
  Text,
)
const Body = either(
  Text,
  Arbitrary.map(Arbitrary.schema(Schema.Json), (json) => JSON.stringify(json)),
  oneOf(
    nested(5000),
    nested(101),
    "[".repeat(50_000),
    '{"appIds":["__proto__"],"userId":"__proto__","options":{"userIdType":"constructor"}}',
    '{"__proto__":{"appIds":["a"]},"constructor":1,"appId":"toString","userId":"hasOwnProperty"}',
    JSON.stringify({ ...key, accessKeyId: "__proto__" }),
    `{"options":{"pagination":${nested(50)}}}`,
  ),
)
const HeaderNames = [
  ...Object.keys(signedHeaders),
  "x-genauth-lang",
  "x-genauth-userpool-id",
  "x-authing-userpool-id",
  "__proto__",
  "constructor",
]
const HeaderValue = either(
  Text,
  oneOf(
    ...Object.values(signedHeaders).flatMap((value) => value ?? []),
    "x".repeat(100_000),
    "Bearer ",
    "GenAuth :",
    "authing __proto__:x",
  ),
)
const Headers = Arbitrary.map(
  Arbitrary.array(Arbitrary.all([oneOf(...HeaderNames), HeaderValue]), { maxLength: 6 }),
  (entries) => Object.fromEntries(entries),
)

// A Request refuses much of it by itself.
const requestOf = ({ body, headers, method, target }: Emulator.WireRequest): Request | undefined => {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => [name, value ?? ""])
  try {
    return new Request(`http://h${target}`, { method, headers: entries, ...(method === "GET" ? {} : { body }) })
  } catch {
    return undefined
  }
}

it.effect.prop(
  "any method, target, headers and body end in an answer, and so does looking at them",
  {
    method: either(oneOf("GET", "POST", "POST", "DELETE", "HEAD", "__proto__"), Text),
    target: Target,
    headers: Headers,
    body: Body,
    isSigned: Arbitrary.schema(Schema.Boolean),
  },
  ({ body, headers, isSigned, method, target }) =>
    Effect.gen(function* () {
      const { emulator, fetch } = EmulatorFetch.make(example)
      const wire = { method, target, headers: isSigned ? { ...signedHeaders, ...headers } : headers, body }
      const reply = emulator.answer(wire, 0)
      assert.isObject(JSON.parse(reply._tag === "Answer" ? reply.body : ""))
      const request = requestOf(wire)
      if (request !== undefined) {
        const answer: unknown = yield* Effect.promise(async () => (await fetch(request)).json())
        assert.isObject(answer)
        assert.notPropertyVal(answer, "requestId", "emulated-failure")
      }
      for (const route of ["requests", "counts"]) {
        const seen = emulator.answer(control("GET", route), 0)
        assert.property(JSON.parse(seen._tag === "Answer" ? seen.body : ""), route)
      }
    }),
  { arbitrary: { runs: 500 } },
)

/** Sends bytes, one write for each, and hears what comes until the server ends the connection or a while has passed. */
const speak = (url: string, ...writes: ReadonlyArray<string | Uint8Array>): Effect.Effect<string> =>
  Effect.callback<string>((resume) => {
    const { hostname, port } = new URL(url)
    const socket = Net.connect(Number(port), hostname)
    let text = ""
    socket.setEncoding("utf8")
    socket.on("data", (chunk: string) => (text += chunk))
    socket.on("error", () => undefined)
    socket.on("close", () => resume(Effect.sync(() => text)))
    for (const write of writes) socket.write(write)
    return Effect.sync(() => socket.destroy())
  }).pipe(Effect.timeoutOrElse({ duration: 3000, orElse: () => Effect.die(new Error("no end of the connection")) }))

const post = (path: string, body: string | Uint8Array, headers = "connection: close\r\n"): Uint8Array => {
  const bytes = Buffer.from(body)
  const head = `POST ${path} HTTP/1.1\r\nhost: h\r\n${headers}content-length: ${bytes.byteLength}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), bytes])
}

describe("over a socket", () => {
  const path = Operation.kickUsers.path
  const stillServes = Effect.gen(function* () {
    const { url } = yield* EmulatorServer.EmulatorServer
    const answer = yield* Effect.promise(async () => (await fetch(`${url}/__emulator/requests`)).json())
    assert.property(answer, "requests")
  })
  const answers: ReadonlyArray<readonly [what: string, bytes: string | Uint8Array, says: RegExp]> = [
    ["a body nested too deeply", post(path, nested(8000)), /"statusCode":400/],
    ["bad UTF-8", post(path, Uint8Array.of(0x7b, 0xff, 0xfe, 0xc0, 0x80, 0x7d)), /"statusCode":400/],
    ["a __proto__ key", post(path, '{"__proto__":{"userId":"x"}}'), /"apiCode":2020/],
    ["a byte order mark", post(path, "\ufeff{}"), /"apiCode":2020/],
    ["broken percent signs", post("/api/v3/%E0%A4%A?%", "{}"), /"statusCode":404/],
    ["a target with the host", post(`http://any.host${path}`, "{}"), /"apiCode":2020/],
    ["control of garbage", post("/__emulator/faults", "\0{[<"), /^HTTP\/1\.1 400 /],
    ["a header too large", `GET / HTTP/1.1\r\nhost: h\r\nx-a: ${"x".repeat(100_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ["what is no HTTP", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["no host", "GET / HTTP/1.0\r\n\r\n", /"statusCode":404/],
    ["a length that is none", "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: x\r\n\r\n", /^HTTP\/1\.1 400 /],
    [
      "chunks that are none",
      "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
      /^HTTP\/1\.1 400 /,
    ],
  ]
  for (const [what, bytes, says] of answers) {
    it.live(what, () =>
      Effect.gen(function* () {
        const { url } = yield* EmulatorServer.EmulatorServer
        assert.match(yield* speak(url, bytes), says)
        yield* stillServes
      }).pipe(Effect.provide(served)),
    )
  }
  it.live("uploads that are given up", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer.EmulatorServer
      const { hostname, port } = new URL(url)
      for (const part of ["POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 100\r\n\r\nab", "POST /a HT", ""]) {
        yield* Effect.callback<void>((resume) => {
          const socket = Net.connect(Number(port), hostname, () => {
            socket.write(part, () => {
              socket.resetAndDestroy()
              resume(Effect.void)
            })
          })
        })
      }
      yield* stillServes
    }).pipe(Effect.provide(served)),
  )
  it.live("several requests in one pipeline are answered in their order", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer.EmulatorServer
      const heard = yield* speak(
        url,
        Buffer.concat([post("/a", "", ""), post(path, nested(8000), ""), post(path, "{}")]),
      )
      assert.deepStrictEqual(
        [...heard.matchAll(/"statusCode":(\d+)/g)].map(([, code]) => code),
        ["404", "400", "401"],
      )
    }).pipe(Effect.provide(served)),
  )
  it.live("a fault that ends the connection ends a pipeline too", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer.EmulatorServer
      const emulator = yield* Emulator.Emulator
      yield* emulator.setFaults({
        rules: [
          { when: { nth: 1 }, fault: { kind: "silence" } },
          { when: { nth: 2 }, fault: { kind: "resetBefore" } },
        ],
      })
      assert.strictEqual(yield* speak(url, Buffer.concat([post("/a", "", ""), post("/b", "")])), "")
    }).pipe(Effect.provide(served)),
  )
})

describe("faults that could not be sent are refused when they are set", () => {
  const impossible: ReadonlyArray<Faults.Fault> = [
    { kind: "raw", body: "", contentType: "text/html\r\nx: y" },
    { kind: "raw", body: "", contentType: "\u20ac" },
    { kind: "redirect", location: "/\u7528" },
    { kind: "hugeBody", bytes: 2 ** 40 },
    { kind: "clockOff", millis: 9e15 },
    { kind: "http", status: 503, retryAfter: { seconds: 9e15, as: "date" } },
  ]
  for (const fault of impossible) {
    it(JSON.stringify(fault), () => {
      const emulator = Emulator.makeUnsafe(example)
      const reply = emulator.answer(control("POST", "faults", JSON.stringify({ rules: [{ fault }] })), 0)
      assert.strictEqual(reply._tag === "Answer" ? reply.status : reply._tag, 400)
      const field = /faults.*(contentType|location|bytes|millis|seconds)/s
      assert.throws(() => Emulator.makeUnsafe(example, { faults: { rules: [{ fault }] } }), field)
      assert.throws(() => Effect.runSync(emulator.setFaults({ rules: [{ fault }] })), field)
    })
  }
})

describe("should the emulator itself fail, that is an answer too", () => {
  const broken: Emulator.Service = {
    ...Emulator.makeUnsafe(example),
    answer: () => {
      throw new RangeError("s3cret")
    },
  }
  const service = Layer.succeed(Emulator.Emulator, broken)
  const check = Effect.fnUntraced(function* (host: string) {
    const seen = yield* send(kick(), host)
    assert.strictEqual(seen.status, 200)
    assert.deepInclude(json(seen), { statusCode: 500, message: "the emulator failed: RangeError" })
    assert.strictEqual((yield* send(control("GET", "requests"), host)).status, 500)
  })
  it.effect("without a socket", () =>
    check("http://emulated").pipe(Effect.provide(Emulator.layerHttpClient.pipe(Layer.provide(service)))),
  )
  it.live("over a socket", () =>
    Effect.flatMap(EmulatorServer.EmulatorServer, ({ url }) => check(url)).pipe(
      Effect.provide(Layer.mergeAll(EmulatorServer.layer().pipe(Layer.provide(service)), NodeHttpClient.layerUndici)),
    ),
  )
})

it("the fetch function answers whatever a Request can hold", async () => {
  const { fetch } = EmulatorFetch.make(example)
  const huge = { authorization: `Bearer ${"x".repeat(1_000_000)}` }
  const answer = await fetch("http://h/api/v3/kick-users?%", { method: "POST", headers: huge, body: nested(20_000) })
  assert.deepInclude(await answer.json(), { statusCode: 400 })
})

it("the signature of what cannot be signed is refused, not thrown", () => {
  const emulator = Emulator.makeUnsafe(example)
  const request = signed(Operation.getUser, { userId }, { query: "a[b][c]=1&a=2&a[]=3&__proto__[]=1&=&&" })
  assert.deepInclude(codesOf(emulator, request), { apiCode: 1300 })
})
