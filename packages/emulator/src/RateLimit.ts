/** The hidden rate limit of a user pool. The service publishes none; it answers statusCode 429 without apiCode. */
import * as Schema from "effect/Schema"

/** A token bucket: `burst` requests at once, refilled at `perSecond`. */
export const RateLimit = Schema.Struct({
  perSecond: Schema.Finite.check(Schema.isGreaterThan(0)),
  burst: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1)),
})

/** A token bucket: `burst` requests at once, refilled at `perSecond`. */
export type RateLimit = typeof RateLimit.Type
