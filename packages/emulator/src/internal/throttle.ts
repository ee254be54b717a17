/** The hidden rate limit: one bucket for each pool, one limit for all of them. */
import type { RateLimit } from "../RateLimit.ts"
import * as TokenBucket from "./tokenBucket.ts"

/** Starts with full buckets. */
export const make = (initial: RateLimit | undefined) => {
  const buckets = new Map<string, TokenBucket.TokenBucket>()
  let limit = initial
  return {
    limit: (): RateLimit | undefined => limit,
    setLimit: (next: RateLimit | undefined): void => {
      limit = next
    },
    /** Whether a pool may have one more request at `now`. Without a limit: always. */
    admits: (userPoolId: string, now: number): boolean => {
      if (limit === undefined) return true
      let bucket = buckets.get(userPoolId)
      if (bucket === undefined) {
        bucket = TokenBucket.make()
        buckets.set(userPoolId, bucket)
      }
      return bucket.take(limit, now)
    },
  }
}

/** The hidden rate limit. */
export type Throttle = ReturnType<typeof make>
