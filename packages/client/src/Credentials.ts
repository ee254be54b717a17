/**
 * The two ways to prove who calls: the AK/SK signature, made anew for every attempt, and a management token.
 *
 * The signature is the default and needs no request of its own. A token suits deployments whose proxies rewrite the
 * Date header, which would break a signature.
 */
import type { BrandProfile } from "@genauth-effect/protocol/Brand"
import type { Operation } from "@genauth-effect/protocol/Operation"
import * as Signature from "@genauth-effect/protocol/Signature"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Failure } from "./internal/failure.ts"
import type { ManagementToken, Token } from "./internal/managementToken.ts"
import { makeNonce } from "./internal/nonce.ts"

/** How calls are authenticated. */
export type Authentication = "signature" | "token"

/** A request before it is authorized. */
export interface Unauthorized {
  readonly operation: Operation
  /** The body object of a POST or the query object of a GET; it may be signed and is sent as it stands. */
  readonly params: object
  readonly headers: Readonly<Record<string, string>>
}

/** The headers of one attempt, and the texts in them that must not show up anywhere else. */
export interface Authorized {
  readonly _tag: "Authorized"
  readonly headers: Record<string, string>
  readonly secrets: ReadonlyArray<string>
  /** The token used, to name it when it is refused. */
  readonly token: string | undefined
}

/** What an attempt is authorized with. */
export interface Credentials {
  readonly authentication: Authentication
  /**
   * Authorizes one attempt, made at `now` in Unix milliseconds, within `remainingMillis`. A failure is a value: the
   * retry loop decides.
   */
  readonly authorize: (
    request: Unauthorized,
    now: number,
    remainingMillis: number,
  ) => Effect.Effect<Authorized | { readonly _tag: "Failure"; readonly failure: Failure }>
  /**
   * Learns how far the clock here is from the server's; later attempts are dated with the server's time. `false` where
   * attempts carry no date.
   */
  readonly learnClock: (serverTime: number, now: number) => boolean
  /** Drops a refused token; the next attempt asks for another. `false` where there is none to renew. */
  readonly renew: (refused: string | undefined) => boolean
}

/** An access key: its id is public, its secret never leaves the `Redacted`. */
export interface AccessKey {
  readonly accessKeyId: string
  readonly accessKeySecret: Redacted.Redacted
}

/** Signs every attempt: HMAC-SHA1 with a new nonce and date. Uses node:crypto where there is one, else WebCrypto. */
export const signature = (profile: BrandProfile, key: AccessKey): Credentials => {
  const nextNonce = makeNonce()
  let offset = 0
  return {
    authentication: "signature",
    authorize: (request, now) => {
      const headers: Record<string, string> = {
        ...request.headers,
        [profile.signatureNonceHeader]: nextNonce(),
        [profile.signatureMethodHeader]: Signature.method,
        [profile.signatureVersionHeader]: Signature.version,
        date: new Date(now + offset).toUTCString(),
      }
      const accessKeySecret = Redacted.value(key.accessKeySecret)
      const input = {
        method: request.operation.method,
        path: request.operation.path,
        headers,
        params: request.params,
        brand: profile.brand,
        accessKeyId: key.accessKeyId,
        accessKeySecret,
      }
      const finish = (authorization: string): Authorized => {
        headers["authorization"] = authorization
        const signed = authorization.slice(authorization.lastIndexOf(":") + 1)
        return { _tag: "Authorized", headers, secrets: [accessKeySecret, signed], token: undefined }
      }
      return Signature.isSynchronous
        ? Effect.succeed(finish(Signature.authorization(input)))
        : Effect.map(
            Effect.promise(() => Signature.authorizationWebCrypto(input)),
            finish,
          )
    },
    learnClock: (serverTime, now) => {
      offset = serverTime - now
      return true
    },
    renew: () => false,
  }
}

/** Sends a management token as Bearer, with the pool it belongs to. */
export const token = (profile: BrandProfile, key: AccessKey, store: ManagementToken): Credentials => {
  const authorized = (request: Unauthorized, using: Token): Authorized => ({
    _tag: "Authorized",
    headers: {
      ...request.headers,
      authorization: `Bearer ${using.value}`,
      [profile.userPoolIdHeader]: using.userPoolId,
    },
    secrets: [Redacted.value(key.accessKeySecret), using.value],
    token: using.value,
  })
  return {
    authentication: "token",
    authorize: (request, now, remainingMillis) => {
      const current = store.current(now)
      if (current === undefined) {
        return Effect.map(store.fetch(remainingMillis), (fetched) =>
          fetched._tag === "Token" ? authorized(request, fetched.token) : fetched,
        )
      }
      const ready = authorized(request, current)
      return store.isRenewalDue(now) ? Effect.as(store.renew, ready) : Effect.succeed(ready)
    },
    learnClock: () => false,
    renew: (refused) => {
      // Without a token it was the access key that was refused, and would be again.
      if (refused === undefined) return false
      store.drop(refused)
      return true
    },
  }
}
