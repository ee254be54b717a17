/**
 * When a failed call is repeated. There is one policy and one place that applies it, so that attempts never multiply.
 *
 * The error decides: its entry in the code tables says whether the failure may pass (429, 1000, 500, 502, 503, 601,
 * transport failures, timeouts, HTTP 408/425/429/5xx whatever the body, answers that cannot be read). A kick may be
 * repeated, since its end state is the same (an inference; the vendor documents no idempotence).
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schedule from "effect/Schedule"
import type { ApiError } from "./ApiError.ts"
import { optionMillis } from "./internal/optionMillis.ts"
import { InvalidOption } from "./InvalidOption.ts"

/** How retries of all calls of one client are bounded together, so that an outage is not multiplied. */
export interface BudgetOptions {
  /**
   * Retries earned by each call.
   * @default 0.5
   */
  readonly ratio?: number | undefined
  /**
   * Retries earned by the passing of each second, for clients with few calls.
   * @default 10
   */
  readonly perSecond?: number | undefined
  /**
   * The most retries saved up, and what a new client starts with.
   * @default 100
   */
  readonly reserve?: number | undefined
}

/** The policy of a client. */
export interface Options {
  /**
   * The most tries of one call, the first included. A try that mends a clock offset (1305), a used signature (1306) or
   * a refused token comes on top, at most one of each.
   * @default 8
   */
  readonly attempts?: number | undefined
  /**
   * The upper end of the first wait. The wait before retry n is drawn from 0 to `min(cap, base * 2^(n-1))` (full
   * jitter), and is never shorter than a Retry-After.
   * @default "200 millis"
   */
  readonly base?: Duration.Input | undefined
  /** @default "5 seconds" */
  readonly cap?: Duration.Input | undefined
  /** `false` for no bound over all calls. Refusals for rate are not charged: the rate control bounds them. */
  readonly budget?: BudgetOptions | false | undefined
  /**
   * A schedule of your own in place of attempts, base and cap. It sees each retryable error; when it ends, the call
   * fails. Deadline, budget and Retry-After still hold.
   */
  readonly schedule?: Schedule.Schedule<unknown, ApiError> | undefined
  /**
   * Whether `success: false` under statusCode 200 is repeated. What it means for a kick is undocumented.
   * @default false
   */
  readonly successFalse?: boolean | undefined
}

/** The policy with everything filled in, in milliseconds. */
export interface Policy {
  readonly attempts: number
  readonly baseMillis: number
  readonly capMillis: number
  readonly budget: Required<{ readonly [K in keyof BudgetOptions]: number }> | undefined
  readonly schedule: Schedule.Schedule<unknown, ApiError> | undefined
  readonly successFalse: boolean
  /** Whether a learned clock, a used signature or a renewed token makes for one more try each. */
  readonly mends: boolean
}

const once: Policy = {
  attempts: 1,
  baseMillis: 0,
  capMillis: 0,
  budget: undefined,
  schedule: undefined,
  successFalse: false,
  mends: false,
}

const finite = (option: string, value: number): Effect.Effect<number, InvalidOption> =>
  Number.isFinite(value) && value >= 0
    ? Effect.succeed(value)
    : Effect.fail(new InvalidOption({ option, remedy: "a finite number, 0 or more" }))

/** Fills the options in and checks them. `false` is no retry at all. */
export const policy = Effect.fnUntraced(function* (
  options: Options | false | undefined,
): Effect.fn.Return<Policy, InvalidOption> {
  if (options === false) return once
  const attempts = options?.attempts ?? 8
  if (!Number.isInteger(attempts) || attempts < 1) {
    return yield* new InvalidOption({ option: "retry.attempts", remedy: "a whole number, 1 or more" })
  }
  const budget = options?.budget === false ? undefined : (options?.budget ?? {})
  return {
    attempts: options?.schedule === undefined ? attempts : Number.POSITIVE_INFINITY,
    baseMillis: yield* optionMillis("retry.base", options?.base ?? "200 millis", true),
    capMillis: yield* optionMillis("retry.cap", options?.cap ?? "5 seconds", true),
    budget: budget && {
      ratio: yield* finite("retry.budget.ratio", budget.ratio ?? 0.5),
      perSecond: yield* finite("retry.budget.perSecond", budget.perSecond ?? 10),
      reserve: yield* finite("retry.budget.reserve", budget.reserve ?? 100),
    },
    schedule: options?.schedule,
    successFalse: options?.successFalse ?? false,
    mends: true,
  }
})

/** The wait before retry `retry` (1 is the first), for a `random` in [0, 1). */
export const backoffMillis = (policy: Policy, retry: number, random: number): number =>
  Math.floor(random * Math.min(policy.capMillis, policy.baseMillis * 2 ** Math.min(retry - 1, 40)))
