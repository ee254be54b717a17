/** A service in miniature: records what it was sent and answers from a script. */
import { Effect, Layer, Redacted } from "effect"
import { HttpClient, HttpClientError, type HttpClientRequest, HttpClientResponse } from "effect/http"
import { ManagementClient } from "@genauth-effect/client"

export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Reply = Effect.Effect<Response, "reset">

export const json = (body: unknown, init?: ResponseInit): Reply => Effect.sync(() => Response.json(body, init))
export const text = (body: string, init?: ResponseInit): Reply => Effect.sync(() => new Response(body, init))
export const kicked = json({ statusCode: 200, message: "ok", requestId: "r-1", data: { success: true } })
export const reset: Reply = Effect.fail("reset")
export const silence: Reply = Effect.never

const bodyOf = (request: HttpClientRequest.HttpClientRequest): string =>
  request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""

/** Answers the nth request of each path with the nth reply, and the last reply from then on. */
export const make = (replies: Readonly<Record<string, ReadonlyArray<Reply>>>) => {
  const received: Array<Received> = []
  const client = HttpClient.make((request, url) => {
    const before = received.filter((one) => new URL(one.url).pathname === url.pathname).length
    received.push({ method: request.method, url: url.href, headers: { ...request.headers }, body: bodyOf(request) })
    const script = replies[url.pathname] ?? [json({ statusCode: 404, message: "no such path" })]
    const reply = script[Math.min(before, script.length - 1)] ?? reset
    return reply.pipe(
      Effect.map((response) => HttpClientResponse.fromWeb(request, response)),
      Effect.mapError(
        () =>
          new HttpClientError.HttpClientError({
            reason: new HttpClientError.TransportError({
              request,
              cause: Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }),
            }),
          }),
      ),
    )
  })
  return { received, layer: Layer.succeed(HttpClient.HttpClient, client) }
}

export const secret = "s3cr3t-0123456789abcdef"

export const key = {
  accessKeyId: "64c0ffee0000000000000001",
  accessKeySecret: Redacted.make(secret),
} satisfies Partial<ManagementClient.Options>

export const kickPath = "/api/v3/kick-users"
export const tokenPath = "/api/v3/get-management-token"

/** Kicks once against the replies of kick-users. */
export const kick = (replies: ReadonlyArray<Reply>, options?: Partial<ManagementClient.Options>) => {
  const service = make({ [kickPath]: replies })
  const call = Effect.gen(function* () {
    const client = yield* ManagementClient.ManagementClient
    return yield* client.kickUsers({ appIds: ["app-1"], userId: "user-1" })
  }).pipe(Effect.provide(ManagementClient.layer({ ...key, ...options }).pipe(Layer.provide(service.layer))))
  return { ...service, call }
}
