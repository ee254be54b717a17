/** Whatever is sent and answered, this client and NodeHttpClient's tell the same of it. */
import { assert, describe, it } from "@effect/vitest"
import { UndiciHttpClient } from "@genauth-effect/undici"
import { Effect, Schema, Stream } from "effect"
import { HttpBody, HttpClientRequest } from "effect/http"
import { Readable } from "node:stream"
import { serve, writeBytes } from "./server.ts"
import { clientOf, comparison, tell } from "./telling.ts"

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "QUERY"] as const

const bytesOf = (text: string) => Buffer.from(text, "latin1")

// Every byte that may stand in a header's value.
const FieldValue = Schema.String.check(Schema.isPattern(/^[!-~\x80-\xff]([ \t!-~\x80-\xff]{0,8}[!-~\x80-\xff])?$/))
const FieldName = Schema.Literals(["x-one", "X-Two", "set-cookie", "vary", "content-type", "__proto__", "location"])

const Answer = Schema.Struct({
  early: Schema.Array(Schema.Literals([102, 103, 199])).check(Schema.isMaxLength(2)),
  status: Schema.Literals([
    200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 404, 418, 429, 500, 503, 599, 600,
    999,
  ]),
  fields: Schema.Array(Schema.Tuple([FieldName, FieldValue])).check(Schema.isMaxLength(5)),
  pieces: Schema.Array(
    Schema.Union([Schema.Uint8Array, Schema.Literals(["é€😀", "\ufeff", '{"a":', "1}", "a=b&c=%"])]),
  ).check(Schema.isMaxLength(4)),
  // Half a letter may stand at the end of a piece.
  split: Schema.Boolean,
  framing: Schema.Literals(["length", "chunked", "close", "cut"]),
})

const written = ({ early, fields, framing, pieces, split, status }: typeof Answer.Type): ReadonlyArray<Uint8Array> => {
  const parts = pieces
    .map((piece) => Buffer.from(typeof piece === "string" ? Buffer.from(piece) : piece))
    .flatMap((piece) => (split ? [piece.subarray(0, 1), piece.subarray(1)] : [piece]))
    .filter((piece) => piece.length > 0)
  const length = parts.reduce((sum, piece) => sum + piece.length, 0)
  const frame =
    framing === "chunked"
      ? "transfer-encoding: chunked\r\n"
      : framing === "close"
        ? ""
        : `content-length: ${framing === "length" ? length : length + 1}\r\n`
  const head = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  return [
    ...early.map((code) => bytesOf(`HTTP/1.1 ${code} Early\r\nx-early: ${code}\r\n\r\n`)),
    bytesOf(`HTTP/1.1 ${status} What\r\n${head}${frame}connection: close\r\n\r\n`),
    ...parts.map((piece) =>
      framing === "chunked"
        ? Buffer.concat([bytesOf(`${piece.length.toString(16)}\r\n`), piece, bytesOf("\r\n")])
        : piece,
    ),
    ...(framing === "chunked" ? [bytesOf("0\r\n\r\n")] : []),
  ]
}

describe("answers", () => {
  it.effect.prop(
    "of every status, framing and body",
    [Answer, Schema.Literals(["GET", "POST", "HEAD"])],
    ([answer, method]) =>
      Effect.gen(function* () {
        const served = yield* serve((_, { socket }) => writeBytes(socket, written(answer)))
        const agree = yield* comparison(served)
        yield* agree(() => HttpClientRequest.make(method)(served.url))
      }).pipe(Effect.scoped),
    { arbitrary: { runs: 60 } },
  )

  const answers: Readonly<Record<string, ReadonlyArray<string | Uint8Array>>> = {
    "a form": ["content-type: application/x-www-form-urlencoded\r\n", "?a=1&b=%C3%A9&b=2"],
    "a form with a byte order mark": ["content-type: application/x-www-form-urlencoded\r\n", Buffer.from("\ufeffa=1")],
    "a form in parts": [
      "content-type: multipart/form-data; boundary=x\r\n",
      '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x\r\n',
      'content-disposition: form-data; name="f"; filename="f.txt"\r\ncontent-type: text/plain\r\n\r\nfile\r\n--x--\r\n',
    ],
    "a form in parts that ends too soon": ["content-type: multipart/form-data; boundary=x\r\n", "--x\r\ncontent-"],
    "JSON with a byte order mark": ["content-type: application/json\r\n", Buffer.from('\ufeff{"a":"é"}')],
    "bytes that are no text": ["", Buffer.from([0xff, 0xfe, 0xc3, 0x28])],
    "several cookies": ["set-cookie: a=1; Path=/; HttpOnly\r\nset-cookie: b=2; Max-Age=5\r\nSet-Cookie: a=3\r\n"],
    "a cookie that is none": ["set-cookie: ;;;\r\n"],
    "a redirect": ["location: /elsewhere\r\n"],
  }
  for (const [name, [head = "", ...pieces]] of Object.entries(answers)) {
    it.effect(name, () =>
      Effect.gen(function* () {
        const status = name === "a redirect" ? 302 : 200
        const served = yield* serve((_, { socket }) =>
          writeBytes(socket, [`HTTP/1.1 ${status} Is\r\n${head}\r\n`, ...pieces]),
        )
        const agree = yield* comparison(served)
        const { received, told } = yield* agree(() => HttpClientRequest.get(served.url))
        assert.deepInclude(told["arrayBuffer"], {
          gave: { status, how: { gave: Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString("hex") } },
        })
        assert.deepStrictEqual(new Set(received.map(({ target }) => target)), new Set(["/"]))
      }),
    )
  }

  const hostile: Readonly<Record<string, string>> = {
    "no HTTP at all": "SSH-2.0-OpenSSH\r\n",
    "a status line alone": "HTTP/1.1 200 OK\r\n",
    "a head that does not end": "HTTP/1.1 200 OK\r\nx-one: 1\r\n",
    "a status without digits": "HTTP/1.1 abc\r\n\r\n",
    "two lengths": "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "a length and chunks":
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    "a chunk without a length": "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nz\r\n",
    "a NUL in a header": "HTTP/1.1 200 OK\r\nx-one: a\u0000b\r\n\r\n",
    "a head longer than is read": `HTTP/1.1 200 OK\r\nx-one: ${"x".repeat(40_000)}\r\n\r\n`,
    "an early answer alone": "HTTP/1.1 103 Early Hints\r\n\r\n",
    "a 100 that nobody asked for": "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    "a switch of protocols": "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    nothing: "",
  }
  for (const [name, bytes] of Object.entries(hostile)) {
    it.effect(`${name} is a typed error or an answer, the same one`, () =>
      Effect.gen(function* () {
        const served = yield* serve((_, { socket }) => writeBytes(socket, [bytesOf(bytes)]))
        const agree = yield* comparison(served)
        yield* agree(() => HttpClientRequest.get(served.url))
      }),
    )
  }
})

// Texts that mean something in a URL.
const UrlPart = Schema.Union([
  Schema.String.check(Schema.isMaxLength(8)),
  Schema.Literals(["", "a/../b", "%zz", "?", "#", "é", " ", "\\", "a=1&a=2", "%2F", "//", "\ud800"]),
])

const parts = new FormData()
parts.append("a", "é")
parts.append("f", new File(["file"], "f.txt", { type: "text/plain" }))

const streamOf = (...texts: ReadonlyArray<string>) =>
  Stream.fromIterable(texts.map((text) => new TextEncoder().encode(text)))

const bodies = {
  empty: () => HttpBody.empty,
  text: () => HttpBody.text("é€😀"),
  "empty text": () => HttpBody.text(""),
  bytes: () => HttpBody.uint8Array(Uint8Array.from([0, 255, 10]).subarray(1)),
  "raw text": () => HttpBody.raw("é", { contentType: "text/plain" }),
  "raw bytes": () => HttpBody.raw(Uint8Array.from([1, 2])),
  "a Readable": () => HttpBody.raw(Readable.from([Buffer.from("a"), Buffer.from("b")])),
  "a Readable that fails": () =>
    HttpBody.raw(
      new Readable({
        read() {
          this.destroy(new Error("no more"))
        },
      }),
    ),
  "a Readable that was destroyed": () => HttpBody.raw(new Readable().destroy()),
  "a Readable that was read": () => HttpBody.raw(Readable.from([]).resume()),
  form: () => HttpBody.formData(parts),
  "form without parts": () => HttpBody.formData(new FormData()),
  stream: () => HttpBody.stream(streamOf("é", "", "b")),
  "stream of nothing": () => HttpBody.stream(Stream.empty),
  "stream of a known length": () => HttpBody.stream(streamOf("ab", "c"), "text/plain", 3),
  "stream that fails": () => HttpBody.stream(Stream.concat(streamOf("a"), Stream.fail("no more"))),
  "stream that dies": () => HttpBody.stream(Stream.concat(streamOf("a"), Stream.die("no more"))),
} satisfies Readonly<Record<string, () => HttpBody.HttpBody>>

/** Says what it was sent, in a header too, since not every answer has a body. */
const echo = serve((response, request) => {
  response.setHeader("x-asked", `${request.method} ${encodeURI(request.url ?? "")}`)
  response.end(JSON.stringify({ method: request.method, url: request.url }))
})

describe("requests", () => {
  it.effect.prop(
    "of every method, URL and header",
    [
      Schema.Struct({
        method: Schema.Literals(methods),
        path: UrlPart,
        params: Schema.Array(Schema.Tuple([UrlPart, UrlPart])).check(Schema.isMaxLength(3)),
        hash: Schema.UndefinedOr(UrlPart),
        field: Schema.Literals([
          "x-one",
          "accept",
          "host",
          "connection",
          "expect",
          "content-length",
          "transfer-encoding",
          "keep-alive",
          "",
          "x y",
          "é",
        ]),
        value: Schema.Union([
          UrlPart,
          Schema.Literals(["close", "keep-alive", "chunked", "a\r\nb: c", "\u0000", "\u007f", "1"]),
        ]),
      }),
    ],
    ([{ field, hash, method, params, path, value }]) =>
      Effect.gen(function* () {
        const served = yield* echo
        const agree = yield* comparison(served)
        yield* agree(() => {
          const request = HttpClientRequest.make(method)(`${served.url}/${path}`, { headers: { [field]: value } }).pipe(
            HttpClientRequest.appendUrlParams(params),
          )
          return hash === undefined ? request : HttpClientRequest.setHash(request, hash)
        })
      }).pipe(Effect.scoped),
    { arbitrary: { runs: 60 } },
  )

  for (const [name, body] of Object.entries(bodies)) {
    for (const method of ["POST", "GET", "DELETE"] as const) {
      it.effect(`${method} with a body: ${name}`, () =>
        Effect.gen(function* () {
          const served = yield* echo
          const agree = yield* comparison(served)
          yield* agree(() => HttpClientRequest.setBody(HttpClientRequest.make(method)(served.url), body()))
        }),
      )
    }
  }

  it.effect("whose form was given a content type without a boundary", () =>
    Effect.gen(function* () {
      const served = yield* echo
      const agree = yield* comparison(served)
      const { received } = yield* agree(() =>
        HttpClientRequest.post(served.url, { body: bodies.form() }).pipe(
          HttpClientRequest.setHeader("content-type", "multipart/form-data"),
        ),
      )
      assert.deepStrictEqual(received[0]?.headers["content-type"], ["multipart/form-data; boundary=BOUNDARY"])
    }),
  )

  const urls: Readonly<Record<string, (url: string) => string>> = {
    credentials: (url) => url.replace("://", "://ada:secret@"),
    "a query and a hash": (url) => `${url}/a?b=1&b=%20#c`,
    "an empty hash": (url) => `${url}/#`,
    "an empty query": (url) => `${url}/?`,
    dots: (url) => `${url}/a/./b/../c//d`,
    "no slash": (url) => url,
    "spaces around": (url) => ` ${url}/ `,
    nothing: () => "",
    "a path alone": () => "/a",
    "no scheme": (url) => url.replace("http:", ""),
    "another scheme": (url) => url.replace("http:", "ftp:"),
    data: () => "data:text/plain,a",
    "a port out of range": () => "http://127.0.0.1:70000",
    "no host": () => "http://",
    words: () => "not a url",
  }
  for (const [name, urlOf] of Object.entries(urls)) {
    it.effect(`to a URL with ${name}`, () =>
      Effect.gen(function* () {
        const served = yield* echo
        const agree = yield* comparison(served)
        // A URL that is kept does not answer for the next one.
        for (const url of [urlOf(served.url), `${served.url}/next`, urlOf(served.url)]) {
          yield* agree(() => HttpClientRequest.get(url))
          yield* agree(() =>
            HttpClientRequest.get(url).pipe(HttpClientRequest.setUrlParam("q", "é"), HttpClientRequest.setHash("h")),
          )
        }
      }),
    )
  }

  it.effect("to a port where nobody listens", () =>
    Effect.gen(function* () {
      const served = yield* Effect.scoped(echo)
      const agree = yield* comparison(served)
      const { told } = yield* agree(() => HttpClientRequest.get(served.url))
      assert.deepStrictEqual(told["text"], { failed: "TransportError", status: undefined })
    }),
  )

  it.effect("whose connection is reset before an answer", () =>
    Effect.gen(function* () {
      const served = yield* serve((_, { socket }) => writeBytes(socket, [], "reset"))
      const agree = yield* comparison(served)
      const { told } = yield* agree(() => HttpClientRequest.get(served.url))
      assert.deepStrictEqual(told["text"], { failed: "TransportError", status: undefined })
    }),
  )

  // undici sends what was announced and ends the connection; it is told before the answer.
  for (const [name, length] of [
    ["longer", 2],
    ["shorter", 4],
  ] as const) {
    it.effect(`whose stream is ${name} than was announced fail`, () =>
      Effect.gen(function* () {
        const served = yield* echo
        const ours = yield* clientOf(UndiciHttpClient.layer)
        for (const method of ["POST", "GET", "DELETE"] as const) {
          const { told } = yield* tell(ours, served, () =>
            HttpClientRequest.make(method)(served.url, {
              body: HttpBody.stream(streamOf("ab", "c"), "text/plain", length),
            }),
          )
          for (const how of Object.values(told)) {
            assert.deepStrictEqual(how, { failed: "TransportError", status: undefined })
          }
        }
      }),
    )
  }

  it.effect("that ask for an upgrade are refused", () =>
    Effect.gen(function* () {
      const served = yield* echo
      const ours = yield* clientOf(UndiciHttpClient.layer)
      const { told } = yield* tell(ours, served, () =>
        HttpClientRequest.upgrade(HttpClientRequest.get(served.url), "tcp"),
      )
      for (const how of Object.values(told))
        assert.deepStrictEqual(how, { failed: "TransportError", status: undefined })
    }),
  )
})
