/**
 * A stand-in for the management API behind the same wire: signatures, tokens and codes as the service is documented to
 * use them. Answers come under HTTP 200 whatever happened, as the service's do, unless a fault says otherwise.
 */
import * as Operation from "@genauth-effect/protocol/Operation"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Faults from "./Faults.ts"
import * as Authentication from "./internal/authentication.ts"
import * as Carrier from "./internal/carrier.ts"
import * as Control from "./internal/control.ts"
import * as Directory from "./internal/directory.ts"
import * as FaultScript from "./internal/faultScript.ts"
import * as Journal from "./internal/journal.ts"
import * as Messages from "./internal/messages.ts"
import * as Nonces from "./internal/nonces.ts"
import { badArgument, isSuccess, type Outcome, type Refusal } from "./internal/outcome.ts"
import * as Params from "./internal/params.ts"
import * as Recent from "./internal/recent.ts"
import * as Replies from "./internal/replies.ts"
import * as Throttle from "./internal/throttle.ts"
import type { KickEvent } from "./KickEvent.ts"
import * as Options from "./Options.ts"
import * as RateLimit from "./RateLimit.ts"
import type { Counts, Received } from "./Received.ts"
import type { Reply } from "./Reply.ts"
import * as Seed from "./Seed.ts"

export type { Options } from "./Options.ts"

/** The longest request body that is read, in bytes of UTF-8: 1 MiB. What is longer is refused with statusCode 413. */
export const maxBodyLength = 1024 * 1024

/** A request as it stands on the wire; header names in lower case. */
export interface WireRequest {
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** A user online in an application. */
export interface Login {
  readonly userId: string
  readonly appId: string
}

/**
 * The emulator, and what tests do to it and see of it. What concerns no request, such as logging a user in, works
 * whatever faults are set and is neither counted nor logged.
 */
export interface Service {
  /** Decides at a time in Unix milliseconds what becomes of a request, and carries it out. */
  readonly answer: (request: WireRequest, now: number) => Reply

  /** The applications a user is online in. */
  readonly onlineApps: (userId: string) => Effect.Effect<ReadonlyArray<string>>
  /** Who is online where, by application. */
  readonly online: Effect.Effect<ReadonlyArray<Login>>
  /** How many logins there are. */
  readonly onlineCount: Effect.Effect<number>
  /** Logs a user in; `false` for an unknown user or application, or a user that is not Activated. */
  readonly logIn: (userId: string, appId: string) => Effect.Effect<boolean>
  /** Logs a user out, as the user would; no kick event. `false` if there was no such login. */
  readonly logOut: (userId: string, appId: string) => Effect.Effect<boolean>
  /** The status of a user; `undefined` for an unknown one. */
  readonly statusOf: (userId: string) => Effect.Effect<Operation.UserStatus | undefined>
  /** Sets the status of a user; `false` for an unknown one. */
  readonly setStatus: (userId: string, status: Operation.UserStatus) => Effect.Effect<boolean>

  /** The requests received, oldest first, up to `keptRequests`. */
  readonly requests: Effect.Effect<ReadonlyArray<Received>>
  /** Forgets the requests received. Counts go on. */
  readonly forgetRequests: Effect.Effect<void>
  /** What happened how often since the start, or since {@link Service.reset}. */
  readonly counts: Effect.Effect<Counts>
  /** The kick events, oldest first, up to `keptRequests`. */
  readonly events: Effect.Effect<ReadonlyArray<KickEvent>>

  /** Replaces the script of faults; its counts start anew. Dies of a script that the schema refuses. */
  readonly setFaults: (script: Faults.Script) => Effect.Effect<void>
  /** Nothing goes wrong from now on. */
  readonly clearFaults: Effect.Effect<void>
  /** The rules that are set, and how often each was met. */
  readonly faults: Effect.Effect<ReadonlyArray<Faults.RuleReport>>
  /** Sets the hidden rate limit, or lifts it. What is in the buckets stays. Dies of a limit that the schema refuses. */
  readonly setLimit: (limit: RateLimit.RateLimit | undefined) => Effect.Effect<void>
  /** The hidden rate limit. */
  readonly limit: Effect.Effect<RateLimit.RateLimit | undefined>
  /** Makes every token issued so far worthless. */
  readonly revokeTokens: Effect.Effect<void>
  /** Puts everything back to the seed and the options: state, counts, requests, faults, limit, tokens and nonces. */
  readonly reset: Effect.Effect<void>
}

/** The emulator. */
export class Emulator extends Context.Service<Emulator, Service>()("@genauth-effect/emulator/Emulator") {}

const permissionDenied: Refusal = { statusCode: 403, apiCode: 1001 }
const throttled: Refusal = { statusCode: 429 }
const noSuchOperation: Refusal = { statusCode: 404 }

const operationKeys = new Set(Operation.all.map(({ method, path }) => `${method} ${path}`))

// Reading applications tells nothing of a user.
const isAboutUsers = (path: string): boolean => path !== Operation.listApplicationSimpleInfo.path

// A unit of a text takes three bytes at most, so most texts need not be measured.
const isTooLong = (body: string): boolean =>
  3 * body.length > maxBodyLength && new TextEncoder().encode(body).byteLength > maxBodyLength

// Everything that changes, so that a reset is a new one.
const start = (seed: Seed.Seed, given: Options.Options | undefined) => {
  const options = Options.resolve(given)
  const journal = Journal.make(options.keptRequests)
  const events = Recent.make<KickEvent>(options.keptRequests)
  const throttle = Throttle.make(given?.limit)
  const nonces = Nonces.make(2 * options.clockToleranceMillis)
  let faults = FaultScript.make(given?.faults)
  let kickEvents = 0
  const directory = Directory.make(seed, options, (event) => {
    kickEvents += 1
    events.push(event)
  })
  const authentication = Authentication.make(directory, nonces, options)

  const throttledOr = (userPoolId: string, now: number, carryOut: () => Outcome): Outcome => {
    if (throttle.admits(userPoolId, now)) return carryOut()
    journal.addThrottled()
    return throttled
  }

  const carryOut = (request: WireRequest, path: string, query: string, now: number, serverNow: number): Outcome => {
    if (isTooLong(request.body)) return { statusCode: 413 }
    if (!operationKeys.has(`${request.method} ${path}`)) return noSuchOperation
    const object = request.method === "GET" ? undefined : Params.objectOfBody(request.body)
    if (request.method !== "GET" && object === undefined) return badArgument("body")
    const readings = object === undefined ? Params.readingsOfQuery(query) : [object]
    const parts = { request, path, readings, serverNow }
    if (path === Operation.getManagementToken.path) {
      const opened = authentication.checkKey(parts)
      if ("statusCode" in opened) return opened
      return throttledOr(opened.grant.pool.id, now, () => authentication.issueToken(opened, now, serverNow))
    }
    const grant = authentication.check(parts)
    if ("statusCode" in grant) return grant
    return throttledOr(grant.pool.id, now, () => {
      if (isAboutUsers(path) && !grant.managesUsers) return permissionDenied
      return grant.pool.operation(path)?.(readings[0]) ?? noSuchOperation
    })
  }

  return {
    directory,
    authentication,
    journal,
    events,
    throttle,
    kickEvents: (): number => kickEvents,
    faults: () => faults,
    setFaults: (script: Faults.Script | undefined): void => {
      faults = FaultScript.make(script)
    },
    answer: (request: WireRequest, now: number): Reply => {
      const number = journal.next()
      const [path, query] = Journal.splitTarget(request.target)
      const plan = faults.plan(path)
      const nonce = Journal.nonceOf(request)
      if (nonce !== undefined && nonces.see(nonce, now)) journal.addReplayedNonce()
      if (plan.revokesTokens) authentication.revokeTokens()
      const serverNow = now + plan.clockOffMillis
      const asked = { requestId: `emulated-${number}`, serverNow, lang: Messages.langOf(request.headers) }
      let isApplied = false
      const { answered, reply } = Replies.build(plan, asked, () => {
        const outcome = carryOut(request, path, query, now, serverNow)
        isApplied = isSuccess(outcome)
        return outcome
      })
      journal.add({ number, receivedAt: now, request, faults: plan.kinds, isApplied, answer: answered })
      return reply
    },
  }
}

const ensure = <S extends Schema.ConstraintDecoder<unknown>>(name: string, schema: S, value: unknown): void => {
  const read = Schema.decodeUnknownResult(schema)(value)
  if (Result.isFailure(read)) throw new RangeError(`the ${name} cannot be used: ${read.failure.message}`)
}

/**
 * Makes an emulator of the seed's pools. Throws an `InvalidSeed` when the seed contradicts itself, and an error that
 * names the field when the faults or the limit are out of their ranges.
 */
export const makeUnsafe = (seed: Seed.Seed, options?: Options.Options): Service => {
  const problems = Seed.contradictions(seed)
  if (problems.length > 0) throw new Seed.InvalidSeed({ problems })
  if (options?.faults !== undefined) ensure("faults", Faults.Script, options.faults)
  if (options?.limit !== undefined) ensure("limit", RateLimit.RateLimit, options.limit)
  let state = start(seed, options)
  const service: Service = {
    answer: (request, now) =>
      Control.isControl(request.target) ? Control.answer(service, request, now) : state.answer(request, now),
    onlineApps: (userId) => Effect.sync(() => state.directory.onlineApps(userId)),
    online: Effect.sync(() => state.directory.online()),
    onlineCount: Effect.sync(() => state.directory.onlineCount()),
    logIn: (userId, appId) => Effect.sync(() => state.directory.logIn(userId, appId)),
    logOut: (userId, appId) => Effect.sync(() => state.directory.logOut(userId, appId)),
    statusOf: (userId) => Effect.sync(() => state.directory.statusOf(userId)),
    setStatus: (userId, status) => Effect.sync(() => state.directory.setStatus(userId, status)),
    requests: Effect.sync(() => state.journal.requests()),
    forgetRequests: Effect.sync(() => state.journal.forget()),
    counts: Effect.sync(() => state.journal.counts(state.kickEvents())),
    events: Effect.sync(() => state.events.all()),
    setFaults: (script) =>
      Effect.sync(() => {
        ensure("faults", Faults.Script, script)
        state.setFaults(script)
      }),
    clearFaults: Effect.sync(() => state.setFaults(undefined)),
    faults: Effect.sync(() => state.faults().report()),
    setLimit: (limit) =>
      Effect.sync(() => {
        if (limit !== undefined) ensure("limit", RateLimit.RateLimit, limit)
        state.throttle.setLimit(limit)
      }),
    limit: Effect.sync(() => state.throttle.limit()),
    revokeTokens: Effect.sync(() => state.authentication.revokeTokens()),
    reset: Effect.sync(() => {
      state = start(seed, options)
    }),
  }
  return service
}

/** An emulator of the seed's pools. Dies of what {@link makeUnsafe} throws. */
export const layer = (seed: Seed.Seed, options?: Options.Options): Layer.Layer<Emulator> =>
  Layer.sync(Emulator, () => makeUnsafe(seed, options))

// Most bodies are bytes already; what else a body can be, a stream or a form, is read as the Fetch standard writes it.
const bodyOf = (request: HttpClientRequest.HttpClientRequest): Effect.Effect<string> => {
  switch (request.body._tag) {
    case "Empty":
      return Effect.succeed("")
    case "Uint8Array":
      return Effect.succeed(new TextDecoder().decode(request.body.body))
    default:
      // The address was read before, so it cannot be what fails.
      return Effect.orDie(Effect.flatMap(HttpClientRequest.toWeb(request), (web) => Effect.promise(() => web.text())))
  }
}

/**
 * An HttpClient that reaches the emulator without a socket, on the clock of the calling fiber: with a TestClock,
 * delays pass when the test says so. A connection that fails is a `TransportError` with the system's code for it.
 */
// Layers are shared by reference: without `fresh`, two emulators in one program would be reached through the client of
// the first.
export const layerHttpClient: Layer.Layer<HttpClient.HttpClient, never, Emulator> = Layer.fresh(
  Layer.effect(
    HttpClient.HttpClient,
    Effect.map(Emulator, (emulator) =>
      HttpClient.make((request, url, signal) =>
        Effect.clockWith((clock) =>
          Effect.flatMap(bodyOf(request), (body) => {
            const wire = { method: request.method, target: url.pathname + url.search, headers: request.headers, body }
            return Carrier.carry(emulator, wire, clock, signal)
          }),
        ).pipe(
          Effect.mapBoth({
            onSuccess: (response) => HttpClientResponse.fromWeb(request, response),
            onFailure: (cause) =>
              new HttpClientError.HttpClientError({ reason: new HttpClientError.TransportError({ request, cause }) }),
          }),
        ),
      ),
    ),
  ),
)
