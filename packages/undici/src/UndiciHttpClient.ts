/**
 * Effect's HttpClient on undici, for APIs whose answers are small.
 *
 * It reads each answer whole before it hands it out, where `NodeHttpClient` hands out a stream. So an answer needs no
 * stream, no AbortController and nobody who watches whether it is read, and a request costs half the CPU.
 *
 * The layers speak HTTP/1.1, also to servers that offer HTTP/2. Over HTTP/2 a request with a body that is interrupted in
 * the milliseconds in which it begins sends Node into an endless loop (24.21, with undici 8.12.4; `allowH2` turns it on, and
 * dispatchers of one's own have it on by default).
 *
 * Requests, answers and errors are what HttpClient promises, spans and propagation included. What to know: an answer is
 * {@link maxAnswerBytes} long at most, no time is limited here, redirects are not followed, and
 * `HttpClientRequest.upgrade` is refused.
 */
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import * as Undici from "undici"
import { afterReading } from "./internal/afterReading.ts"
import * as Exchange from "./internal/exchange.ts"
import * as Target from "./internal/target.ts"

/** 16 MiB. A longer answer is cut off there: reading it fails, its status and headers stand. */
export const maxAnswerBytes = 16 * 1024 * 1024

/**
 * Makes the client of a dispatcher, which stays the caller's: an Agent, a ProxyAgent, a MockAgent. The dispatcher's own
 * limits hold, {@link maxAnswerBytes} among them only where it was made with it.
 */
export const make = (dispatcher: Undici.Dispatcher): HttpClient.HttpClient => {
  const later = afterReading()
  const traced = HttpClient.make((request, url) => Exchange.send(dispatcher, later, request, Target.fromUrl(url)))
  // What HttpClient.make adds is a span, headers that propagate it, and an AbortController for answers that are read
  // later. Where there is no span to make, nothing of it is left to do.
  const direct = Target.reader()
  return HttpClient.makeWith(
    (asked: Effect.Effect<HttpClientRequest.HttpClientRequest>) =>
      Effect.flatMap(asked, (request) =>
        Effect.withFiber((fiber) => {
          const isUntraced =
            fiber.getRef(Tracer.DisablePropagation) || fiber.getRef(HttpClient.TracerDisabledWhen)(request)
          const target = isUntraced ? direct(request) : undefined
          return target === undefined ? traced.execute(request) : Exchange.send(dispatcher, later, request, target)
        }),
      ),
    (request) => Effect.succeed(request),
  )
}

const agent = (options: Undici.Agent.Options): Effect.Effect<Undici.Agent, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(
      () =>
        new Undici.Agent({
          allowH2: false,
          headersTimeout: 0,
          bodyTimeout: 0,
          maxResponseSize: maxAnswerBytes,
          ...options,
        }),
    ),
    (made) => Effect.promise(() => made.destroy()),
  )

/**
 * The client with an Agent of its own, destroyed with the layer. The options are undici's, such as
 * `{ connect: { ca } }` for a private deployment's CA and `{ connections: 64 }` for a bound on the pool.
 */
export const layerOptions = (options: Undici.Agent.Options): Layer.Layer<HttpClient.HttpClient> =>
  Layer.effect(HttpClient.HttpClient, Effect.map(agent(options), make))

/** The client with an Agent of its own. */
export const layer: Layer.Layer<HttpClient.HttpClient> = layerOptions({})
