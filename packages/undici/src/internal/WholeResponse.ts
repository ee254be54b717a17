import * as Effect from "effect/Effect"
import * as Cookies from "effect/http/Cookies"
import * as Headers from "effect/http/Headers"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import * as UrlParams from "effect/http/UrlParams"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { pipeArguments } from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import type * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"

/** Headers as undici hands them out. */
export type Received = Readonly<Record<string, string | ReadonlyArray<string> | undefined>> | undefined

type Read<A> = Effect.Effect<A, HttpClientError.HttpClientError>

const utf8 = new TextDecoder()
// A form keeps the mark that a text drops.
const formUtf8 = new TextDecoder("utf-8", { ignoreBOM: true })

/** An answer that has arrived, or its beginning and what cut it off. */
export class WholeResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly url: string
  readonly status: number
  private readonly received: Received
  private readonly chunks: ReadonlyArray<Uint8Array>
  private readonly cutOff: unknown
  private ownHeaders: Headers.Headers | undefined

  constructor(
    request: HttpClientRequest.HttpClientRequest,
    url: string,
    status: number,
    received: Received,
    chunks: ReadonlyArray<Uint8Array>,
    cutOff: unknown,
  ) {
    super()
    this.request = request
    this.url = url
    this.status = status
    this.received = received
    this.chunks = chunks
    this.cutOff = cutOff
  }

  get headers(): Headers.Headers {
    this.ownHeaders ??= Headers.fromInput(this.received)
    return this.ownHeaders
  }

  get remoteAddress(): Option.Option<string> {
    return Option.none()
  }

  get text(): Read<string> {
    return this.cutOff === undefined ? Effect.succeed(utf8.decode(this.bytes)) : Effect.fail(this.wasCutOff)
  }

  get arrayBuffer(): Read<ArrayBuffer> {
    return this.cutOff === undefined ? Effect.succeed(Uint8Array.from(this.bytes).buffer) : Effect.fail(this.wasCutOff)
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.HttpClientError> {
    const arrived = Stream.fromIterable(this.chunks)
    return this.cutOff === undefined ? arrived : Stream.concat(arrived, Stream.fail(this.wasCutOff))
  }

  get json(): Read<Schema.Json> {
    return this.decoded((bytes) => {
      const text = utf8.decode(bytes)
      return text === "" ? null : JSON.parse(text)
    })
  }

  get urlParamsBody(): Read<UrlParams.UrlParams> {
    return this.decoded((bytes) =>
      // URLSearchParams drops a "?" in front, which here is data.
      UrlParams.fromInput(new URLSearchParams(formUtf8.decode(bytes).replace(/^\?/, "%3F"))),
    )
  }

  get formData(): Read<FormData> {
    return Effect.flatMap(this.arrayBuffer, (body) =>
      Effect.tryPromise({
        try: () => new Response(body, { headers: this.headers }).formData(),
        catch: (cause) => this.error("the answer is no form", cause),
      }),
    )
  }

  get cookies(): Cookies.Cookies {
    return Cookies.fromSetCookie([this.received?.["set-cookie"] ?? []].flat())
  }

  get upgrade(): Read<Socket.Socket> {
    return Effect.fail(
      new HttpClientError.HttpClientError({
        reason: new HttpClientError.StatusCodeError({
          request: this.request,
          response: this,
          description: "an upgrade is not supported by this client",
        }),
      }),
    )
  }

  toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "effect/http/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status,
    })
  }

  pipe() {
    return pipeArguments(this, arguments)
  }

  private get bytes(): Uint8Array {
    const [first] = this.chunks
    return first !== undefined && this.chunks.length === 1 ? first : Buffer.concat(this.chunks)
  }

  private get wasCutOff(): HttpClientError.HttpClientError {
    return this.error("the answer was cut off", this.cutOff)
  }

  private error(description: string, cause: unknown): HttpClientError.HttpClientError {
    return new HttpClientError.HttpClientError({
      reason: new HttpClientError.DecodeError({ request: this.request, response: this, description, cause }),
    })
  }

  private decoded<A>(decode: (bytes: Uint8Array) => A): Read<A> {
    if (this.cutOff !== undefined) return Effect.fail(this.wasCutOff)
    return Effect.try({
      try: () => decode(this.bytes),
      catch: (cause) => this.error("the answer cannot be decoded", cause),
    })
  }
}
