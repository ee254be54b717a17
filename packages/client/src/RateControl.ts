/**
 * How fast a client sends. GenAuth publishes no limit and answers a refusal (statusCode 429, HTTP 429, apiCode 1000)
 * without a Retry-After, so by default the pace is learned: it starts open, drops below what the service let through
 * when a request is refused, and probes upward again.
 *
 * Effect's `persistence/RateLimiter` has an adaptive mode of its own. It learns only from a 429 that names a
 * retryAfter, spends a learned window in one burst, and does not probe upward, so it does not fit a service like this.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Adaptive from "./internal/adaptiveRate.ts"
import { InvalidOption } from "./InvalidOption.ts"

/** The pace. */
export type Options =
  /** Learned from refusals. */
  | { readonly mode: "adaptive" }
  /** A fixed number of requests per second, evenly spaced. */
  | { readonly mode: "fixed"; readonly perSecond: number }
  /** As fast as calls come. */
  | { readonly mode: "unlimited" }

/** A place in the queue. */
export interface Turn {
  /** How long to wait for it; 0 to go now. */
  readonly waitMillis: number
  /** The state of the control when the turn was given; refusals of older turns say nothing new. */
  readonly epoch: number
}

/** What a client asks before each request and tells after it. Synchronous, since it stands in every request's way. */
export interface Service {
  readonly reserveUnsafe: (now: number) => Turn
  /** Whether a turn that was waited for still holds. After a refusal it does not: ask for another, at the new pace. */
  readonly isCurrentUnsafe: (turn: Turn) => boolean
  /** The turn is not used. */
  readonly cancelUnsafe: (now: number, turn: Turn) => void
  /** The service took the request, whatever it answered. */
  readonly acceptedUnsafe: (now: number, turn: Turn) => void
  /** The service refused the request for its rate. */
  readonly throttledUnsafe: (now: number, turn: Turn, retryAfterMillis: number | undefined) => void
  /** Requests per second at `now`; `undefined` where there is no bound. */
  readonly perSecond: (now: number) => number | undefined
}

/** A pace that several clients share: provide its layer to all of them. */
export class RateControl extends Context.Service<RateControl, Service>()("@genauth-effect/client/RateControl") {}

const nothing = (): void => undefined

const goNow: Turn = { waitMillis: 0, epoch: 0 }

const unlimited: Service = {
  reserveUnsafe: () => goNow,
  isCurrentUnsafe: () => true,
  cancelUnsafe: nothing,
  acceptedUnsafe: nothing,
  throttledUnsafe: nothing,
  perSecond: () => undefined,
}

const fixed = (perSecond: number): Service => {
  const interval = 1000 / perSecond
  let nextTurnAt = Number.NEGATIVE_INFINITY
  return {
    ...unlimited,
    reserveUnsafe: (now) => {
      const at = Math.max(nextTurnAt, now)
      nextTurnAt = at + interval
      return { waitMillis: Math.ceil(at - now), epoch: 0 }
    },
    cancelUnsafe: () => {
      nextTurnAt -= interval
    },
    perSecond: () => perSecond,
  }
}

const adaptive = (): Service => {
  const rate = Adaptive.make()
  return {
    reserveUnsafe: (now) => ({ waitMillis: rate.reserve(now), epoch: rate.epoch() }),
    isCurrentUnsafe: (turn) => turn.epoch === rate.epoch(),
    cancelUnsafe: (_now, turn) => rate.cancel(turn.epoch),
    acceptedUnsafe: rate.accepted,
    throttledUnsafe: (now, turn, retryAfterMillis) => rate.throttled(now, turn.epoch, retryAfterMillis),
    perSecond: rate.perSecond,
  }
}

/** Makes a control; adaptive without options. */
export const make = (options?: Options): Effect.Effect<Service, InvalidOption> => {
  if (options === undefined || options.mode === "adaptive") return Effect.sync(adaptive)
  if (options.mode === "unlimited") return Effect.succeed(unlimited)
  return Number.isFinite(options.perSecond) && options.perSecond > 0
    ? Effect.sync(() => fixed(options.perSecond))
    : Effect.fail(new InvalidOption({ option: "rateControl.perSecond", remedy: "a finite number above 0" }))
}

/** A control for all clients built with it in their context. */
export const layer = (options?: Options): Layer.Layer<RateControl, InvalidOption> =>
  Layer.effect(RateControl, make(options))
