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
import type { Fetched, ManagementToken, Token } from "./internal/managementToken.ts"
import { makeNonce } from "./internal/nonce.ts"

/** The ways in which calls can be authenticated. */
export const authentications = ["signature", "token"] as const

/** How calls are authenticated. */
export type Authentication = (typeof authentications)[number]

/** A request before it is authorized. */
export interface Unauthorized {
  readonly operation: Operation
  /** The values of the body or the query as they are signed: texts raw, all else as the JSON it is sent as. */
  readonly params: object
}

/** The headers of one attempt, and the texts in them that must not show up anywhere else. */
export interface Authorized {
  readonly headers: Record<string, string>
  readonly secrets: ReadonlyArray<string>
  /** The token used, to name it when it is refused. */
  readonly token: string | undefined
}

/** What an attempt is authorized with. */
export interface Credentials {
  readonly authentication: Authentication
  /**
   * What has to be waited for before an attempt can be authorized: a token, where none is at hand. A failure is a value:
   * the retry loop decides.
   */
  readonly prepare: (now: number) => Effect.Effect<Fetched> | undefined
  /**
   * Authorizes one attempt, made at `now` in Unix milliseconds, with what was `fetched` for it where nothing newer is
   * at hand. `undefined` where it has to be prepared anew.
   */
  readonly authorize: (
    request: Unauthorized,
    now: number,
    fetched: Token | undefined,
  ) => Effect.Effect<Authorized | undefined>
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

/**
 * Signs every attempt, and the `headers` that all have in common: HMAC-SHA1 with a new nonce and date. Uses node:crypto
 * where there is one, else WebCrypto.
 */
export const signature = (
  profile: BrandProfile,
  key: AccessKey,
  headers: Readonly<Record<string, string>>,
): Credentials => {
  const nextNonce = makeNonce()
  // With a place for everything, since copies of it cost a fraction of records that grow, and in the order of signing.
  const common = {
    date: "",
    ...headers,
    [profile.signatureMethodHeader]: Signature.method,
    [profile.signatureNonceHeader]: "",
    [profile.signatureVersionHeader]: Signature.version,
    authorization: "",
  }
  let offset = 0
  return {
    authentication: "signature",
    prepare: () => undefined,
    authorize: (request, now) => {
      const attempt: Record<string, string> = { ...common }
      attempt["date"] = new Date(now + offset).toUTCString()
      attempt[profile.signatureNonceHeader] = nextNonce()
      const accessKeySecret = Redacted.value(key.accessKeySecret)
      const input = {
        method: request.operation.method,
        path: request.operation.path,
        headers: attempt,
        params: request.params,
        brand: profile.brand,
        accessKeyId: key.accessKeyId,
        accessKeySecret,
      }
      const finish = (authorization: string): Authorized => {
        attempt["authorization"] = authorization
        const signed = authorization.slice(authorization.lastIndexOf(":") + 1)
        return { headers: attempt, secrets: [accessKeySecret, signed], token: undefined }
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

/** Sends a management token as Bearer, with the pool it belongs to and the `headers` that all attempts have in common. */
export const token = (
  profile: BrandProfile,
  key: AccessKey,
  headers: Readonly<Record<string, string>>,
  store: ManagementToken,
): Credentials => {
  const authorized = (using: Token): Authorized => ({
    headers: {
      ...headers,
      authorization: `Bearer ${using.value}`,
      [profile.userPoolIdHeader]: using.userPoolId,
    },
    secrets: [Redacted.value(key.accessKeySecret), using.value],
    token: using.value,
  })
  return {
    authentication: "token",
    prepare: (now) => (store.current(now) === undefined ? store.fetch : undefined),
    authorize: (_request, now, fetched) => {
      const using = store.current(now) ?? fetched
      if (using === undefined) return Effect.undefined
      const ready = authorized(using)
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
