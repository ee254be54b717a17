/**
 * A report of each call as it ends, for an audit trail: which operation, how often it was sent, the receipt.
 *
 * Set {@link CurrentObserver} for a part of a program; it is off by default.
 */
import * as Context from "effect/Context"
import type { ApiError } from "./ApiError.ts"

/** The end of one call. Holds no user id: the observer knows whom it is calling about. */
export interface CallReport {
  /** The vendor's name of the operation, such as `kickUsers`. */
  readonly operation: string
  /** `ok`, `interrupted`, or the `_tag` of the error. */
  readonly outcome: string
  /** Requests sent. */
  readonly attempts: number
  /** The receipt: what the vendor's audit log finds the call by. */
  readonly requestId: string | undefined
  /** In milliseconds, waits and retries included. */
  readonly durationMillis: number
  readonly error: ApiError | undefined
}

/** Called once for each call that ends, in the fiber of the call. It must not throw and should be quick. */
export const CurrentObserver = Context.Reference<((report: CallReport) => void) | undefined>(
  "@genauth-effect/client/CallReport/CurrentObserver",
  { defaultValue: () => undefined },
)
