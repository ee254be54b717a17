/** Requests as the official SDKs write them, signed or with a token, and what comes back. */
import { type Emulator, Seed } from "@genauth-effect/emulator"
import { Brand, Operation, Signature } from "@genauth-effect/protocol"
import { Effect } from "effect"
import { HttpBody, HttpClient, HttpClientRequest } from "effect/http"

export const example = Seed.example
export const appIds = example.applications.map((application) => application.appId)
export const [appId = ""] = appIds
export const [userId = "", secondUserId = ""] = example.users.map((user) => user.userId)
export const [key = { accessKeyId: "", accessKeySecret: "" }] = example.userPool.accessKeys

export interface Key {
  readonly accessKeyId: string
  readonly accessKeySecret: string
}

export interface Signing {
  readonly key?: Key
  readonly brand?: Brand.Brand
  /** Unix milliseconds. */
  readonly now?: number
  readonly nonce?: string
  /** Added or, with undefined, left out; signed like the rest. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Sent in place of the signed parameters. */
  readonly body?: string
  /** Sent in place of the query that the parameters give. */
  readonly query?: string
}

let nonces = 0

/** A nonce that no test has used. */
export const freshNonce = (): string => {
  nonces += 1
  return `nonce-${nonces}`
}

/** A signed request. */
export const signed = (operation: Operation.Operation, params: object, signing: Signing = {}): Emulator.WireRequest => {
  const { method, path } = operation
  const brand = signing.brand ?? "genauth"
  const profile = Brand.profiles[brand]
  const wanted: Record<string, string | undefined> = {
    [profile.signatureNonceHeader]: signing.nonce ?? freshNonce(),
    [profile.signatureMethodHeader]: Signature.method,
    [profile.signatureVersionHeader]: Signature.version,
    date: new Date(signing.now ?? 0).toUTCString(),
    ...signing.headers,
  }
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) headers[name] = value
  const authorization = Signature.authorization({ method, path, headers, params, brand, ...(signing.key ?? key) })
  const query = signing.query ?? new URLSearchParams(Object.entries(params)).toString()
  return {
    method,
    target: method === "GET" && query !== "" ? `${path}?${query}` : path,
    headers: { authorization, ...headers },
    body: method === "GET" ? "" : (signing.body ?? JSON.stringify(params)),
  }
}

/** A request with a header in place of a signature. */
export const authorized = (
  operation: Operation.Operation,
  params: object,
  headers: Readonly<Record<string, string>>,
): Emulator.WireRequest => ({
  method: operation.method,
  target: operation.path,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(params),
})

/** A signed kick of one user out of every application. */
export const kick = (signing?: Signing, params: object = { appIds, userId }) =>
  signed(Operation.kickUsers, params, signing)

// Lets promises and sockets go on, which no clock of ours drives.
const turn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

/** Lets promises and sockets go on until something has happened. */
export const until = (hasHappened: Effect.Effect<boolean>): Effect.Effect<void> =>
  Effect.flatMap(hasHappened, (isTrue) => (isTrue ? Effect.void : Effect.andThen(turn, until(hasHappened))))

/** Lets promises and sockets go on a few times. */
export const turns = Effect.forEach(Array.from({ length: 20 }), () => turn, { discard: true })

/** The answer to a request, read whole. */
export interface Seen {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

const methodOf = (name: string) => (name === "GET" || name === "DELETE" ? name : "POST")

/** Sends a request through the HttpClient of the context. */
export const send = Effect.fnUntraced(function* (request: Emulator.WireRequest, host = "http://emulated") {
  const client = yield* HttpClient.HttpClient
  const outgoing = HttpClientRequest.make(methodOf(request.method))(host + request.target, {
    headers: request.headers,
    body:
      request.body === ""
        ? HttpBody.empty
        : HttpBody.uint8Array(new TextEncoder().encode(request.body), "application/json"),
  })
  const response = yield* client.execute(outgoing)
  const seen: Seen = { status: response.status, headers: response.headers, text: yield* response.text }
  return seen
})

/** The JSON of an answer. */
export const json = (seen: Seen): Readonly<Record<string, unknown>> => JSON.parse(seen.text)

/** The envelope that a request is answered with at a time. */
export const envelope = (
  emulator: Emulator.Service,
  request: Emulator.WireRequest,
  now = 0,
): Readonly<Record<string, unknown>> => {
  const reply = emulator.answer(request, now)
  return reply._tag === "Answer" ? JSON.parse(reply.body) : { reply: reply._tag }
}

/** The codes of an answer: apiCode where there is one. */
export const codesOf = (emulator: Emulator.Service, request: Emulator.WireRequest, now = 0) => {
  const { apiCode, statusCode } = envelope(emulator, request, now)
  return { statusCode, apiCode }
}
