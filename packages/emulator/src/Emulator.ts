/**
 * A stand-in for the management API behind the same wire: signatures, tokens and codes as the service is documented to
 * use them. Answers come under HTTP 200 whatever happened, as the service's do.
 */
import * as Brand from "@genauth-effect/protocol/Brand"
import * as Operation from "@genauth-effect/protocol/Operation"
import * as Signature from "@genauth-effect/protocol/Signature"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Pool from "./internal/pool.ts"
import type { Seed } from "./Seed.ts"

/** A request as it stands on the wire; header names in lower case. */
export interface WireRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** The emulator and the view of its state that tests assert on. */
export interface Service {
  /** Answers one request at a time in Unix milliseconds: the JSON text of an envelope. */
  readonly answer: (request: WireRequest, now: number) => string
  /** The applications a user is online in. */
  readonly onlineApps: (userId: string) => Effect.Effect<ReadonlyArray<string>>
  /** Logs a user in; `false` for an unknown user or application, or a user that is not Activated. */
  readonly logIn: (userId: string, appId: string) => Effect.Effect<boolean>
}

/** The emulator. */
export class Emulator extends Context.Service<Emulator, Service>()("@genauth-effect/emulator/Emulator") {}

/** Undocumented facts of the service, as switches. */
export interface Options {
  /**
   * The clock difference above which a signature is refused (1305), in milliseconds. The service publishes none.
   * @default 300000
   */
  readonly clockToleranceMillis?: number | undefined
  /**
   * Lifetime of a management token in seconds. The service publishes none.
   * @default 7200
   */
  readonly tokenLifetimeSeconds?: number | undefined
}

type Refusal = { readonly statusCode: number; readonly apiCode?: number; readonly message: string }

const base64Url = (value: unknown): string =>
  btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")

/** Makes an emulator of one pool. */
export const makeUnsafe = (seed: Seed, options?: Options): Service => {
  const pool = Pool.make(seed)
  const tolerance = options?.clockToleranceMillis ?? 300_000
  const lifetime = options?.tokenLifetimeSeconds ?? 7200
  const nonces = new Map<string, number>()
  const tokens = new Map<string, number>()
  let requests = 0

  const issueToken = (params: unknown, now: number): Pool.Outcome => {
    const asked = typeof params === "object" && params !== null ? params : {}
    const accessKeyId = "accessKeyId" in asked ? String(asked.accessKeyId) : ""
    const secret = pool.secretOf(accessKeyId)
    if (secret === undefined || !("accessKeySecret" in asked) || asked.accessKeySecret !== secret) {
      return { statusCode: 401, message: "access key unknown or secret wrong" }
    }
    const claims = { scoped_userpool_id: seed.userPool.id, iat: Math.floor(now / 1000), jti: crypto.randomUUID() }
    const token = `${base64Url({ alg: "none" })}.${base64Url(claims)}.${base64Url("emulator")}`
    tokens.set(token, now + lifetime * 1000)
    return { data: { access_token: token, expires_in: lifetime } }
  }

  const refuseToken = (header: string, now: number): Refusal | undefined => {
    const expiresAt = tokens.get(header.replace(/^Bearer /, ""))
    return expiresAt !== undefined && now < expiresAt
      ? undefined
      : { statusCode: 401, apiCode: 2020, message: "not logged in" }
  }

  const refuseSignature = (
    profile: Brand.BrandProfile,
    request: WireRequest,
    path: string,
    params: object,
    now: number,
  ): Refusal | undefined => {
    const refuse = (apiCode: number, message: string): Refusal => ({ statusCode: 400, apiCode, message })
    const { headers } = request
    if (headers[profile.signatureMethodHeader] !== Signature.method) return refuse(1301, "signature method")
    if (headers[profile.signatureVersionHeader] !== Signature.version) return refuse(1302, "signature version")
    const date = headers["date"]
    if (date === undefined) return refuse(1304, "no date header")
    // The code's text asks for Unix milliseconds, the official Node SDKs send an HTTP date: both are taken.
    const signedAt = /^\d+$/.test(date) ? Number(date) : Date.parse(date)
    if (Number.isNaN(signedAt)) return refuse(1303, "date malformed")
    if (Math.abs(signedAt - now) > tolerance) return refuse(1305, "clocks too far apart")
    const authorization = headers["authorization"] ?? ""
    const accessKeyId = authorization.slice(profile.scheme.length + 1, authorization.lastIndexOf(":"))
    const accessKeySecret = pool.secretOf(accessKeyId)
    if (accessKeySecret === undefined) return refuse(1300, "access key unknown")
    const present = Object.fromEntries(
      Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    )
    const input = {
      method: request.method,
      path,
      headers: present,
      params,
      brand: profile.brand,
      accessKeyId,
      accessKeySecret,
    }
    // The official SDKs sign "path?" when every value is undefined, which leaves nothing on the wire.
    const isSigned =
      Signature.authorization(input) === authorization ||
      (Object.keys(params).length === 0 &&
        Signature.authorization({ ...input, params: { none: undefined } }) === authorization)
    if (!isSigned) return refuse(1300, "signature wrong")
    const nonce = headers[profile.signatureNonceHeader] ?? ""
    if (nonces.has(nonce)) return refuse(1306, "signature already used")
    for (const [old, at] of nonces) {
      if (now - at <= 2 * tolerance) break
      nonces.delete(old)
    }
    nonces.set(nonce, now)
    return undefined
  }

  const outcomeOf = (request: WireRequest, now: number): Pool.Outcome => {
    const [path = "", query = ""] = request.target.split("?", 2)
    let params: unknown
    if (request.method === "GET") params = Object.fromEntries(new URLSearchParams(query))
    else {
      try {
        params = JSON.parse(request.body)
      } catch {
        return { statusCode: 400, message: "the body is not JSON" }
      }
    }
    if (typeof params !== "object" || params === null) return { statusCode: 400, message: "the body is no object" }
    if (path === Operation.getManagementToken.path) return issueToken(params, now)
    const authorization = request.headers["authorization"] ?? ""
    const profile = Brand.brands
      .map((brand) => Brand.profiles[brand])
      .find((one) => authorization.startsWith(`${one.scheme} `))
    const refusal =
      profile === undefined ? refuseToken(authorization, now) : refuseSignature(profile, request, path, params, now)
    if (refusal !== undefined) return refusal
    const known = Operation.all.find((one) => one.path === path && one.method === request.method)
    const operation = known && pool.operation(path)
    return operation === undefined ? { statusCode: 404, message: "no such operation" } : operation(params)
  }

  return {
    answer: (request, now) => {
      const outcome = outcomeOf(request, now)
      requests += 1
      const requestId = `emulated-${requests}`
      return JSON.stringify(
        "data" in outcome ? { statusCode: 200, message: "", requestId, data: outcome.data } : { ...outcome, requestId },
      )
    },
    onlineApps: (userId) => Effect.sync(() => pool.onlineApps(userId)),
    logIn: (userId, appId) => Effect.sync(() => pool.logIn(userId, appId)),
  }
}

/** An emulator of the seed's pool. */
export const layer = (seed: Seed, options?: Options): Layer.Layer<Emulator> =>
  Layer.sync(Emulator, () => makeUnsafe(seed, options))

/** An HttpClient that reaches the emulator without a socket, on the clock of the calling fiber. */
export const layerHttpClient: Layer.Layer<HttpClient.HttpClient, never, Emulator> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(Emulator, (emulator) =>
    HttpClient.make((request, url) =>
      Effect.clockWith((clock) =>
        Effect.sync(() => {
          const now = clock.currentTimeMillisUnsafe()
          const body = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
          const target = url.pathname + url.search
          const text = emulator.answer({ method: request.method, target, headers: request.headers, body }, now)
          return HttpClientResponse.fromWeb(request, new Response(text, { headers: answerHeaders(now) }))
        }),
      ),
    ),
  ),
)

/** The headers of every answer at `now`. */
export const answerHeaders = (now: number): Record<string, string> => ({
  "content-type": "application/json; charset=utf-8",
  date: new Date(now).toUTCString(),
})
