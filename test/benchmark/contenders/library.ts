import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as ManagementClient from "@genauth-effect/client/ManagementClient"
import * as UndiciHttpClient from "@genauth-effect/undici/UndiciHttpClient"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import type * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as References from "effect/References"
import { appIds, type Contender } from "../job.ts"
import * as Client from "./client.ts"
import { callersOf } from "./effectCallers.ts"

interface Setup {
  readonly transport: Layer.Layer<HttpClient.HttpClient>
  readonly isTraced: boolean
  /** Whether a kick may fail without ending the benchmark. */
  readonly mayFail: boolean
}

const open = (host: string, { isTraced, mayFail, transport }: Setup): Contender => {
  const runtime = ManagedRuntime.make(Client.layer(host).pipe(Layer.provide(transport)))
  return {
    run: (callers, until) =>
      runtime.runPromise(
        Effect.flatMap(ManagementClient.ManagementClient, (client) =>
          callersOf(
            (userId) => {
              const kick = client.kickUsers({ appIds, userId })
              return mayFail ? Effect.isSuccess(kick) : kick
            },
            callers,
            until,
          ),
        ).pipe(
          Effect.withTracerEnabled(isTraced),
          // Standard output belongs to the measurements; warnings of retries would get between them.
          Effect.provideService(References.MinimumLogLevel, "Fatal"),
        ),
      ),
    close: () => runtime.dispose(),
  }
}

/** The library as the README shows it, on undici. */
export const openUndici = (host: string, isTraced: boolean): Contender =>
  open(host, { transport: UndiciHttpClient.layer, isTraced, mayFail: false })

/** The library on Effect's own client for undici. */
export const openNode = (host: string): Contender =>
  open(host, { transport: NodeHttpClient.layerUndici, isTraced: true, mayFail: false })

/** The same against a server that refuses. */
export const openThrottled = (host: string): Contender =>
  open(host, { transport: UndiciHttpClient.layer, isTraced: true, mayFail: true })

/** The library on fetch. */
export const openFetch = (host: string): Contender =>
  open(host, { transport: FetchHttpClient.layer, isTraced: true, mayFail: false })
