import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as UndiciHttpClient from "@genauth-effect/undici/UndiciHttpClient"
import * as Effect from "effect/Effect"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type { Contender } from "../job.ts"
import { confirm, path, signed } from "./byHand.ts"
import { callersOf } from "./effectCallers.ts"

/** An HttpClient alone: what any client built on it pays before it does anything of its own. */
const open = (origin: string, transport: Layer.Layer<HttpClient.HttpClient>): Contender => {
  const runtime = ManagedRuntime.make(transport)
  return {
    run: (callers, until) =>
      runtime.runPromise(
        Effect.flatMap(HttpClient.HttpClient, (client) =>
          callersOf(
            (userId) => {
              const { body, headers } = signed(userId)
              const request = HttpClientRequest.post(origin + path, {
                headers,
                body: HttpBody.text(body, "application/json"),
              })
              return Effect.map(
                Effect.flatMap(client.execute(request), (response) => response.text),
                (text) => confirm(JSON.parse(text)),
              )
            },
            callers,
            until,
          ),
        ).pipe(Effect.provideService(HttpClient.TracerDisabledWhen, () => true)),
      ),
    close: () => runtime.dispose(),
  }
}

/** What the library is shipped with. */
export const openUndici = (origin: string): Contender => open(origin, UndiciHttpClient.layer)

/** What Effect ships. */
export const openNode = (origin: string): Contender => open(origin, NodeHttpClient.layerUndici)
