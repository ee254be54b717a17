/** The management token: fetched once for any number of callers, renewed ahead of its end, dropped when refused. */
import * as Operation from "@genauth-effect/protocol/Operation"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { TokenUnusable, TransportFailed } from "../ApiError.ts"
import type { Exchange } from "./exchange.ts"
import * as Failure from "./failure.ts"
import { write } from "./written.ts"

/** A token in use. */
export interface Token {
  readonly value: string
  readonly userPoolId: string
  readonly expiresAt: number
  readonly renewAt: number
}

/** A token, or why there is none. A value, so that the retry loop decides. */
export type Fetched =
  | { readonly _tag: "Token"; readonly token: Token }
  | { readonly _tag: "Failure"; readonly failure: Failure.Failure }

/** The store of one client's token. */
export interface ManagementToken {
  /** The token that holds at `now`, if one is at hand. */
  readonly current: (now: number) => Token | undefined
  /** Whether it is time to ask for the next one. */
  readonly isRenewalDue: (now: number) => boolean
  /** Asks for the next one without waiting. A failure of it is nobody's: the token at hand still holds. */
  readonly renew: Effect.Effect<void>
  /** Waits for a new token; any number of callers share one request, which ends when the last of them leaves. */
  readonly fetch: Effect.Effect<Fetched>
  /** Drops the token that was refused, unless it has been renewed since. */
  readonly drop: (refused: string) => void
}

const Payload = Schema.Struct({ access_token: Schema.NonEmptyString, expires_in: Schema.Finite })

const decodePayload = Schema.decodeUnknownExit(Payload)

// base64url, which plain base64 decoders refuse as soon as a claim holds the right bits.
const base64UrlText = (text: string): string => {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, ""))
  return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)))
}

// The claims are read by hand, since Schema's reader of JSON texts would be carried for them alone.
const claimOf = (json: string): unknown => {
  const claims: unknown = JSON.parse(json)
  if (typeof claims !== "object" || claims === null) throw new TypeError("no object")
  return "scoped_userpool_id" in claims ? claims.scoped_userpool_id : undefined
}

/** What the claims of a JWT say, without checking its signature: only the service can. */
const claimsOf = (jwt: string): { readonly userPoolId: string | undefined } | { readonly reason: string } => {
  const [, payload] = /^[\w-]+={0,2}\.([\w-]+={0,2})\.[\w-]*={0,2}$/.exec(jwt) ?? []
  if (payload === undefined) return { reason: "the token is not a JWT" }
  let userPoolId: unknown
  try {
    userPoolId = claimOf(base64UrlText(payload))
  } catch {
    return { reason: "the claims of the token cannot be read" }
  }
  if (userPoolId === undefined || userPoolId === null || userPoolId === "") return { userPoolId: undefined }
  // It goes into a header, where a line break would begin another.
  return typeof userPoolId === "string" && /^[\x20-\x7e]+$/.test(userPoolId)
    ? { userPoolId }
    : { reason: "its claim scoped_userpool_id is no id" }
}

const unusable = (reason: string): Fetched => ({
  _tag: "Failure",
  failure: Failure.local(
    "TokenUnusable",
    "never",
    false,
    (ending) =>
      new TokenUnusable({ ...ending, reason, message: `get-management-token gave no usable token: ${reason}` }),
  ),
})

const closed: Fetched = {
  _tag: "Failure",
  failure: Failure.local(
    "TransportFailed",
    "never",
    false,
    (ending) =>
      new TransportFailed({
        ...ending,
        code: undefined,
        isRetryable: false,
        message: "the client was closed while it waited for a token",
      }),
  ),
}

/** What makes a token request. */
export interface Options {
  readonly exchange: Exchange
  readonly accessKeyId: string
  readonly accessKeySecret: Redacted.Redacted
  /** Used in place of the claim. Needed where the token's claim is missing. */
  readonly userPoolId: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

// The margin terraform-provider-authing uses: a tenth of the lifetime, at most 30 s.
const renewalMargin = (lifetimeMillis: number): number => Math.min(lifetimeMillis / 10, 30_000)

const pauseAfterFailedRenewal = 1000

interface Flight {
  readonly done: Deferred.Deferred<Fetched>
  fiber: Fiber.Fiber<Fetched> | undefined
  waiting: number
}

/** Makes the store. Its requests run in the scope, so that closing it ends them. */
export const make = Effect.fnUntraced(function* (
  options: Options,
): Effect.fn.Return<ManagementToken, never, Scope.Scope> {
  const scope = yield* Effect.scope
  let token: Token | undefined
  let flight: Flight | undefined
  let renewNotBefore = Number.NEGATIVE_INFINITY

  const request = requestToken(options)

  const start = (departing: Flight): Effect.Effect<void> => {
    flight = departing
    return Effect.map(Effect.forkIn(request, scope), (fiber) => {
      departing.fiber = fiber
      // Also where the scope is closed already, and the request never begins.
      fiber.addObserver((exit) => {
        if (flight === departing) flight = undefined
        if (Exit.isSuccess(exit) && exit.value._tag === "Token") token = exit.value.token
        // Whoever waits is not interrupted because the client is: he is told.
        Deferred.doneUnsafe(departing.done, Exit.isSuccess(exit) ? exit : Exit.succeed(closed))
      })
    })
  }

  const leave = (left: Flight): Effect.Effect<void> => {
    left.waiting -= 1
    if (left.waiting > 0 || left.fiber === undefined) return Effect.void
    // Nobody may board a flight that is being called off.
    if (flight === left) flight = undefined
    return Fiber.interrupt(left.fiber)
  }

  const board = Effect.uninterruptibleMask((restore) =>
    Effect.suspend(() => {
      const boarded: Flight = flight ?? { done: Deferred.makeUnsafe(), fiber: undefined, waiting: 0 }
      boarded.waiting += 1
      const departed = flight === boarded ? Effect.void : start(boarded)
      return Effect.andThen(
        departed,
        Effect.onInterrupt(restore(Deferred.await(boarded.done)), () => leave(boarded)),
      )
    }),
  )

  return {
    current: (now) => (token !== undefined && now < token.expiresAt ? token : undefined),
    isRenewalDue: (now) => token !== undefined && now >= token.renewAt && now >= renewNotBefore && flight === undefined,
    renew: Effect.suspend(() => {
      if (flight !== undefined) return Effect.void
      // It counts as a passenger itself: it goes on when the calls around it are interrupted.
      const departing: Flight = { done: Deferred.makeUnsafe(), fiber: undefined, waiting: 1 }
      return Effect.clockWith((clock) => {
        renewNotBefore = clock.currentTimeMillisUnsafe() + pauseAfterFailedRenewal
        return start(departing)
      })
    }),
    fetch: board,
    drop: (refused) => {
      if (token?.value === refused) token = undefined
    },
  }
})

const requestToken = (options: Options): Effect.Effect<Fetched> =>
  Effect.clockWith((clock) => {
    const secret = Redacted.value(options.accessKeySecret)
    const askedAt = clock.currentTimeMillisUnsafe()
    const key = { accessKeyId: options.accessKeyId, accessKeySecret: secret }
    const written = write(Operation.getManagementToken, key, JSON.stringify)
    return Effect.map(options.exchange(written, options.headers, [secret], clock), (incoming) =>
      incoming._tag === "Failure" ? incoming : fromAnswer(incoming.answer, askedAt, options.userPoolId),
    )
  })

const fromAnswer = (answer: Failure.Answer, askedAt: number, configuredPoolId: string | undefined): Fetched => {
  if (!Failure.isSuccess(answer)) return { _tag: "Failure", failure: Failure.fromAnswer(answer) }
  const payload = decodePayload(answer.reading.data)
  if (Exit.isFailure(payload)) return unusable("the answer lacks access_token or expires_in")
  const { access_token, expires_in } = payload.value
  if (expires_in <= 0) return unusable("expires_in is not a positive number of seconds")
  // It goes into a header.
  if (!/^[\x21-\x7e]+$/.test(access_token)) return unusable("access_token is no token")
  const claims = configuredPoolId === undefined ? claimsOf(access_token) : { userPoolId: configuredPoolId }
  if ("reason" in claims) return unusable(claims.reason)
  const { userPoolId } = claims
  if (userPoolId === undefined) {
    return unusable("the token has no claim scoped_userpool_id; set the option userPoolId")
  }
  const lifetime = expires_in * 1000
  // Counted from the asking: the token was made some time between then and now.
  const expiresAt = askedAt + lifetime
  return {
    _tag: "Token",
    token: { value: access_token, userPoolId, expiresAt, renewAt: expiresAt - renewalMargin(lifetime) },
  }
}
