/** A service in one function: what it answers depends on what it was sent. */
import { Effect, Layer } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import type { Received } from "./service.ts"

/** An HttpClient without a socket. An Error in place of an answer breaks the connection. */
export const answering = (answer: (request: Received) => Response | Error) => {
  const received: Array<Received> = []
  const client = HttpClient.make((request, url) =>
    Effect.suspend(() => {
      const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
      const one: Received = { method: request.method, url: url.href, headers: { ...request.headers }, body }
      received.push(one)
      const answered = answer(one)
      return answered instanceof Error
        ? Effect.fail(
            new HttpClientError.HttpClientError({
              reason: new HttpClientError.TransportError({ request, cause: answered }),
            }),
          )
        : Effect.succeed(HttpClientResponse.fromWeb(request, answered))
    }),
  )
  return { received, layer: Layer.succeed(HttpClient.HttpClient, client) }
}
