import type { Policy } from "../Retry.ts"

/** The retries that all calls of one client may make together. */
export interface RetryBudget {
  /** A call begins. */
  readonly earn: () => void
  /** Takes one retry out; `false` where none is left. */
  readonly spend: (nowMillis: number) => boolean
}

const unbounded: RetryBudget = { earn: () => undefined, spend: () => true }

/** A token bucket, filled by calls and by time. */
export const make = (budget: Policy["budget"]): RetryBudget => {
  if (budget === undefined) return unbounded
  let tokens = budget.reserve
  let filledAt = Number.NEGATIVE_INFINITY
  return {
    earn: () => {
      tokens = Math.min(budget.reserve, tokens + budget.ratio)
    },
    spend: (nowMillis) => {
      const seconds = filledAt === Number.NEGATIVE_INFINITY ? 0 : Math.max(0, nowMillis - filledAt) / 1000
      filledAt = nowMillis
      tokens = Math.min(budget.reserve, tokens + seconds * budget.perSecond)
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
  }
}
