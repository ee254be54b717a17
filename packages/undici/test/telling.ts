/** All that a client tells of one exchange, as plain data, to be compared with what another one tells of the same. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert } from "@effect/vitest"
import { UndiciHttpClient } from "@genauth-effect/undici"
import { Context, Effect, Layer, type Scope, Stream } from "effect"
import { HttpClient, type HttpClientError, type HttpClientRequest, type HttpClientResponse } from "effect/http"
import type { Received, Served } from "./server.ts"

/** How something went: what it gave, the reason of its typed error, or the defect it died of. */
export type Outcome =
  | { readonly gave: unknown }
  | { readonly failed: string; readonly status: number | undefined }
  | { readonly died: string }

export const outcome = <A, R>(effect: Effect.Effect<A, HttpClientError.HttpClientError, R>) =>
  effect.pipe(
    Effect.map((gave): Outcome => ({ gave })),
    Effect.catchTag("HttpClientError", ({ reason, response }) =>
      Effect.succeed<Outcome>({ failed: reason._tag, status: response?.status }),
    ),
    Effect.catchDefect((defect) => Effect.succeed<Outcome>({ died: String(defect) })),
  )

const hex = (bytes: ArrayBuffer | Uint8Array): string =>
  (bytes instanceof Uint8Array ? Buffer.from(bytes) : Buffer.from(bytes)).toString("hex")

const partOf = async (part: FormDataEntryValue) =>
  typeof part === "string" ? part : { name: part.name, type: part.type, text: await part.text() }

/** What arrives of a stream, and how it ends. */
export const streamed = (response: HttpClientResponse.HttpClientResponse) => {
  const chunks: Array<Uint8Array> = []
  const run = Stream.runForEach(response.stream, (chunk) => Effect.sync(() => chunks.push(chunk)))
  return Effect.map(outcome(run), (ended) => ({ arrived: Buffer.concat(chunks).toString("hex"), ended }))
}

type Reader = (
  response: HttpClientResponse.HttpClientResponse,
) => Effect.Effect<unknown, HttpClientError.HttpClientError>

const readers: Readonly<Record<string, Reader>> = {
  head: (response) =>
    Effect.sync(() => ({
      status: response.status,
      headers: { ...response.headers },
      cookies: response.cookies.toJSON(),
      url: response.url,
      remoteAddress: response.remoteAddress.toJSON(),
      json: response.toJSON(),
    })),
  text: (response) => response.text,
  json: (response) => response.json,
  arrayBuffer: (response) => Effect.map(response.arrayBuffer, hex),
  urlParamsBody: (response) => Effect.map(response.urlParamsBody, ({ params }) => params),
  formData: (response) =>
    Effect.flatMap(response.formData, (form) =>
      Effect.promise(() => Promise.all([...form].map(async ([name, part]) => [name, await partOf(part)]))),
    ),
  // What had arrived before an end that came too soon is a matter of time.
  stream: (response) =>
    Effect.map(streamed(response), ({ arrived, ended }) => ("gave" in ended ? { arrived } : { ended })),
  upgrade: (response) => response.upgrade,
}

export interface Told {
  readonly told: Readonly<Record<string, unknown>>
  readonly received: ReadonlyArray<Received>
}

/** Sends a request once for each way to read the answer. Every call makes it anew: some bodies can be read only once. */
export const tell = Effect.fnUntraced(function* (
  client: HttpClient.HttpClient,
  served: Served,
  request: () => HttpClientRequest.HttpClientRequest,
) {
  const told: Record<string, unknown> = {}
  // NodeHttpClient reads ahead, and undici then knows how long a short stream is.
  const isFramed = request().body._tag !== "Stream"
  for (const [name, read] of Object.entries(readers)) {
    const executed = Effect.suspend(() => client.execute(request()))
    const whole = Effect.flatMap(executed, (response) =>
      Effect.map(outcome(read(response)), (how) => ({ status: response.status, how })),
    )
    told[name] = yield* outcome(whole)
  }
  const received = served.received.splice(0).map(({ headers, ...rest }) => {
    const { "content-length": length, "transfer-encoding": encoding, ...others } = headers
    return { ...rest, headers: isFramed ? headers : { ...others, isFramed: (length ?? encoding) !== undefined } }
  })
  const all: Told = { told, received }
  return all
})

export const clientOf = (
  layer: Layer.Layer<HttpClient.HttpClient>,
): Effect.Effect<HttpClient.HttpClient, never, Scope.Scope> =>
  Effect.map(Layer.build(layer), (context) => Context.get(context, HttpClient.HttpClient))

const differences = (one: Told, other: Told) => {
  const differs = (name: string) => JSON.stringify(one.told[name]) !== JSON.stringify(other.told[name])
  const names = Object.keys(one.told).filter(differs)
  const arrivedAlike = JSON.stringify(one.received) === JSON.stringify(other.received)
  return [one, other].map(({ received, told }) =>
    JSON.stringify({
      told: Object.fromEntries(names.map((name) => [name, told[name]])),
      received: arrivedAlike ? [] : received,
    }),
  )
}

/** Makes a comparison of NodeHttpClient's undici and ours, which is with a span and without. */
export const comparison = Effect.fnUntraced(function* (served: Served) {
  const node = yield* clientOf(NodeHttpClient.layerUndici)
  const ours = yield* clientOf(UndiciHttpClient.layer)
  return Effect.fnUntraced(function* (request: () => HttpClientRequest.HttpClientRequest) {
    for (const isTraced of [false, true]) {
      const untraced = Effect.provideService(HttpClient.TracerDisabledWhen, () => !isTraced)
      const told = yield* untraced(tell(ours, served, request))
      const expected = yield* untraced(tell(node, served, request))
      // Traces have ids of their own.
      const plain = (value: Told): Told =>
        JSON.parse(JSON.stringify(value).replace(/[\da-f]{32}-[\da-f]{16}-[\da-f]{1,2}/g, "TRACE"))
      // The differences alone, so that a failure shows them.
      const [inOurs, inNodes] = differences(plain(told), plain(expected))
      if (inOurs !== inNodes) assert.fail(`UndiciHttpClient: ${inOurs}\nNodeHttpClient: ${inNodes}`)
      assert.notInclude(JSON.stringify(told), `{"died":`)
    }
    return yield* tell(ours, served, request)
  })
})
