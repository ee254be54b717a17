/** One request to a dispatcher and its answer, read whole. */
import { Readable } from "node:stream"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Headers from "effect/http/Headers"
import type * as HttpBody from "effect/http/HttpBody"
import * as HttpClientError from "effect/http/HttpClientError"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Stream from "effect/Stream"
import * as Undici from "undici"
import type { Target } from "./target.ts"
import { type Received, WholeResponse } from "./WholeResponse.ts"

type Answered = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

/**
 * Sends a request, and hands its end to `later`. Interruption aborts it, whether it waits for a connection, is on its way
 * or being answered.
 */
export const send = (
  dispatcher: Undici.Dispatcher,
  later: (callback: () => void) => void,
  request: HttpClientRequest.HttpClientRequest,
  target: Target,
): Answered =>
  Effect.callback((resume) => {
    const handler = new Handler(request, target.href, (answered) => later(() => resume(answered)))
    try {
      const { body, headers } = bodyOf(request)
      if (body instanceof Readable) handler.body = body
      dispatcher.dispatch({ origin: target.origin, path: target.path, method: request.method, headers, body }, handler)
    } catch (cause) {
      handler.onResponseError(undefined, cause)
    }
    return Effect.sync(() => handler.abort())
  })

const bodyOf = ({
  body,
  headers,
}: HttpClientRequest.HttpClientRequest): {
  readonly body: Exclude<Undici.Dispatcher.DispatchOptions["body"], undefined>
  readonly headers: Headers.Headers
} => {
  switch (body._tag) {
    case "Empty":
      return { body: null, headers }
    case "Uint8Array":
      return { body: body.body, headers }
    case "Raw":
      return { body: rawOf(body), headers }
    case "Stream":
      return { body: readableOf(body.stream), headers }
    case "FormData": {
      const form = new Undici.FormData()
      for (const [name, value] of body.formData) form.append(name, value)
      // undici names the boundary.
      return { body: form, headers: Headers.remove(headers, "content-type") }
    }
  }
}

const rawOf = ({ body }: HttpBody.Raw): string | Uint8Array | Readable => {
  if (typeof body === "string" || body instanceof Uint8Array || body instanceof Readable) return body
  throw new TypeError("a raw body is a text, bytes or a Readable here")
}

// The stream begins when it is sent, in the context of the fiber that sends it, and is interrupted when the Readable is
// destroyed. Readable.from does not get that far while it waits for a chunk.
const readableOf = (stream: Stream.Stream<Uint8Array, unknown>): Readable => {
  const context = Fiber.getCurrent()?.context ?? Context.empty()
  const reader = Stream.toReadableStreamWith(stream, context, { strategy: { highWaterMark: 0 } }).getReader()
  return new Readable({
    read() {
      reader.read().then(
        ({ done, value }) => this.push(done ? null : value),
        (cause: unknown) => this.destroy(new Error("the body's stream failed", { cause })),
      )
    },
    destroy(cause, callback) {
      // Rejects where the stream has failed, which was told already.
      reader.cancel().catch(() => undefined)
      callback(cause)
    },
  })
}

class Handler implements Undici.Dispatcher.DispatchHandler {
  private readonly request: HttpClientRequest.HttpClientRequest
  private readonly href: string
  private readonly ended: (answered: Answered) => void
  private readonly chunks: Array<Uint8Array> = []
  private controller: Undici.Dispatcher.DispatchController | undefined
  /** Where it is one, undici ends it only after it has begun to send it. */
  body: Readable | undefined
  private isAborted = false
  private status = 0
  private headers: Received

  constructor(request: HttpClientRequest.HttpClientRequest, href: string, ended: (answered: Answered) => void) {
    this.request = request
    this.href = href
    this.ended = ended
  }

  abort(): void {
    this.isAborted = true
    this.controller?.abort(new Error("the request was interrupted"))
    this.endBody()
  }

  onRequestStart(controller: Undici.Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.isAborted) this.abort()
  }

  onResponseStart(
    _controller: Undici.Dispatcher.DispatchController,
    status: number,
    headers: Undici.Dispatcher.ResponseData["headers"],
  ): void {
    this.status = status
    this.headers = headers
  }

  onResponseData(_controller: Undici.Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.answer(undefined)
  }

  onResponseError(_controller: Undici.Dispatcher.DispatchController | undefined, cause: unknown): void {
    this.endBody()
    // Informational answers (1xx) come before the one that counts.
    if (this.status >= 200) this.answer(cause)
    else {
      this.end(
        Effect.fail(
          new HttpClientError.HttpClientError({
            reason: new HttpClientError.TransportError({ request: this.request, cause }),
          }),
        ),
      )
    }
  }

  private answer(cause: unknown): void {
    const { chunks, headers, href, request, status } = this
    this.end(Effect.succeed(new WholeResponse(request, href, status, headers, chunks, cause)))
  }

  private endBody(): void {
    // Whatever it has to say now comes too late.
    this.body?.on("error", () => undefined).destroy()
  }

  private end(answered: Answered): void {
    this.controller = undefined
    this.ended(answered)
  }
}
