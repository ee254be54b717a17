import * as Effect from "effect/Effect"
import type * as Cookies from "effect/http/Cookies"
import * as Headers from "effect/http/Headers"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import type * as UrlParams from "effect/http/UrlParams"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import { pipeArguments } from "effect/Pipeable"
import type * as Schema from "effect/Schema"
import type * as Socket from "effect/socket/Socket"
import * as Stream from "effect/Stream"

type Read<A> = Effect.Effect<A, HttpClientError.HttpClientError>

const utf8 = new TextDecoder()

/** An answer that has arrived, or its beginning and what cut it off. */
export class WholeResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: typeof HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: typeof HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly url: string
  readonly status: number
  private readonly received: Headers.Input | undefined
  private readonly chunks: ReadonlyArray<Uint8Array>
  private readonly cutOff: unknown
  private ownHeaders: Headers.Headers | undefined

  constructor(
    request: HttpClientRequest.HttpClientRequest,
    url: string,
    status: number,
    received: Headers.Input | undefined,
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
    return this.cutOff === undefined ? Effect.succeed(utf8.decode(this.bytes)) : Effect.fail(this.error)
  }

  get arrayBuffer(): Read<ArrayBuffer> {
    return this.cutOff === undefined ? Effect.succeed(Uint8Array.from(this.bytes).buffer) : Effect.fail(this.error)
  }

  get stream(): Stream.Stream<Uint8Array, HttpClientError.HttpClientError> {
    const arrived = Stream.fromIterable(this.chunks)
    return this.cutOff === undefined ? arrived : Stream.concat(arrived, Stream.fail(this.error))
  }

  get json(): Read<Schema.Json> {
    return this.web((response) => response.json)
  }

  get urlParamsBody(): Read<UrlParams.UrlParams> {
    return this.web((response) => response.urlParamsBody)
  }

  get formData(): Read<FormData> {
    return this.web((response) => response.formData)
  }

  get cookies(): Cookies.Cookies {
    return this.toWeb().cookies
  }

  get upgrade(): Read<Socket.Socket> {
    return this.toWeb().upgrade
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

  private get error(): HttpClientError.HttpClientError {
    return new HttpClientError.HttpClientError({
      reason: new HttpClientError.DecodeError({
        request: this.request,
        response: this,
        description: "the answer was cut off",
        cause: this.cutOff,
      }),
    })
  }

  // What is rarely asked of an answer is Effect's to tell.
  private toWeb(): HttpClientResponse.HttpClientResponse {
    const headers = new globalThis.Headers()
    for (const [name, value] of Object.entries(this.received ?? {})) {
      for (const each of [value].flat()) headers.append(name, String(each))
    }
    const isBodiless = [204, 205, 304].includes(this.status)
    return HttpClientResponse.fromWeb(
      this.request,
      new Response(isBodiless ? null : Uint8Array.from(this.bytes), { status: this.status, headers }),
    )
  }

  private web<A>(read: (response: HttpClientResponse.HttpClientResponse) => Read<A>): Read<A> {
    return this.cutOff === undefined ? Effect.suspend(() => read(this.toWeb())) : Effect.fail(this.error)
  }
}
