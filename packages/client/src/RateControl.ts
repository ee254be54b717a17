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
import * as Line from "./internal/line.ts"
import * as Slots from "./internal/slots.ts"
import { InvalidOption } from "./InvalidOption.ts"

/** How many requests may be under way at the same time. */
interface Concurrency {
  /**
   * Attempts in flight, of all clients that share the control; the next waits, first come, first served, and its wait
   * counts toward the deadline of its call. A whole number, 1 or more. A request for a management token goes with the
   * call that waits for it; renewals ahead of time are not counted.
   * @default no bound
   */
  readonly concurrency?: number | undefined
}

/** The pace. */
export type Options =
  /** Learned from refusals. */
  | ({ readonly mode: "adaptive" } & Concurrency)
  /** A fixed number of requests per second, evenly spaced. */
  | ({ readonly mode: "fixed"; readonly perSecond: number } & Concurrency)
  /** As fast as calls come. */
  | ({ readonly mode: "unlimited" } & Concurrency)

/** A place in line for one request. What it holds is the control's own. */
export interface Turn extends Adaptive.Turn {}

/**
 * What a client asks before each request and tells after it. Synchronous, since it stands in every request's way. Every
 * `now` is in milliseconds of a clock that only grows, whatever it counts from.
 */
export interface Service {
  readonly takeTurnUnsafe: (now: number) => Turn
  /**
   * How long to wait before asking again; 0 to go now. A learned pace changes while a turn is waited for, so it is
   * asked about from time to time.
   */
  readonly waitMillisUnsafe: (now: number, turn: Turn) => number
  /** The turn is not used: the next who comes has it. */
  readonly giveBackUnsafe: (turn: Turn) => void
  /** The service took the request, whatever it answered. */
  readonly acceptedUnsafe: (now: number, turn: Turn) => void
  /** The service refused the request for its rate. */
  readonly throttledUnsafe: (now: number, turn: Turn, retryAfterMillis: number | undefined) => void
  /** Whether refusals slow the pace down, so that repeated ones need no other bound. */
  readonly isLearned: boolean
  /** Requests per second at `now`; `undefined` where there is no bound. */
  readonly perSecond: (now: number) => number | undefined
  /** The places for attempts in flight; `undefined` where there is no bound. */
  readonly slots: Slots.Slots | undefined
}

/** A pace that several clients share: provide its layer to all of them. */
export class RateControl extends Context.Service<RateControl, Service>()("@genauth-effect/client/RateControl") {}

const nothing = (): void => undefined

const goNow: Turn = { number: 0, epoch: 0 }

const unlimited: Service = {
  takeTurnUnsafe: () => goNow,
  waitMillisUnsafe: () => 0,
  giveBackUnsafe: nothing,
  acceptedUnsafe: nothing,
  throttledUnsafe: nothing,
  isLearned: false,
  perSecond: () => undefined,
  slots: undefined,
}

const fixed = (perSecond: number): Service => {
  const line = Line.make(1)
  const passed = (now: number) => (now * perSecond) / 1000
  return {
    ...unlimited,
    takeTurnUnsafe: (now) => ({ number: line.take(passed(now)), epoch: 0 }),
    waitMillisUnsafe: (now, turn) => Math.max(0, Math.ceil(((turn.number - passed(now)) * 1000) / perSecond)),
    giveBackUnsafe: (turn) => line.giveBack(turn.number),
    perSecond: () => perSecond,
  }
}

/**
 * The most `perSecond` of a fixed pace. Above it the numbers of turns would lose their fractions within a process's life.
 */
export const maxPerSecond = 1_000_000

const paced = (options: Options | undefined): Effect.Effect<Service, InvalidOption> => {
  if (options === undefined || options.mode === "adaptive") return Effect.sync(Adaptive.make)
  if (options.mode === "unlimited") return Effect.succeed(unlimited)
  return options.perSecond > 0 && options.perSecond <= maxPerSecond
    ? Effect.sync(() => fixed(options.perSecond))
    : Effect.fail(new InvalidOption({ option: "rateControl.perSecond", remedy: "a number above 0, a million at most" }))
}

/** Makes a control; adaptive without options. */
export const make = (options?: Options): Effect.Effect<Service, InvalidOption> => {
  const limit = options?.concurrency
  if (limit === undefined) return paced(options)
  return Number.isInteger(limit) && limit >= 1
    ? Effect.map(paced(options), (service) => ({ ...service, slots: Slots.make(limit) }))
    : Effect.fail(new InvalidOption({ option: "rateControl.concurrency", remedy: "a whole number, 1 or more" }))
}

/** A control for all clients built with it in their context. */
export const layer = (options?: Options): Layer.Layer<RateControl, InvalidOption> =>
  Layer.effect(RateControl, make(options))
