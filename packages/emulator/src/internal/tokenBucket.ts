/** A token bucket in emulated time. */
import type { RateLimit } from "../RateLimit.ts"

/** A bucket that starts full. Its limit may change while it runs; what is in it stays, up to the new burst. */
export const make = () => {
  let level: number | undefined
  let filledAt = 0
  return {
    /** Whether one more request is within the limit at `now`, in milliseconds. */
    take: (limit: RateLimit, now: number): boolean => {
      // A clock that is set back must not empty the bucket.
      const gained = (Math.max(0, now - filledAt) / 1000) * limit.perSecond
      const filled = Math.min(limit.burst, level === undefined ? limit.burst : level + gained)
      filledAt = now
      // Ten times a tenth is a little less than one.
      const isEnough = filled > 1 - 1e-9
      level = isEnough ? Math.max(0, filled - 1) : filled
      return isEnough
    },
  }
}

/** A bucket. */
export type TokenBucket = ReturnType<typeof make>
