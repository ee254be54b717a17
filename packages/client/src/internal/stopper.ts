import type { ApiError } from "../ApiError.ts"
import { isOfVerification, type Outcome } from "../Outcome.ts"
import { isCallerAtFault } from "./kickApps.ts"

/** Decides when a run is given up, because the key, its rights or the plan are at fault. */
export interface Stopper {
  /** Why the run is to stop, as soon as it is. */
  readonly reason: () => ApiError | undefined
  readonly look: (outcome: Outcome) => void
}

// A key may lack the right for some users alone, and a token may be revoked while it is in use.
const toleratedInARow = 20

/** Starts with nothing seen. */
export const make = (): Stopper => {
  let inARow = 0
  let hasSucceeded = false
  let reason: ApiError | undefined
  const tolerated = (error: ApiError): boolean =>
    error.category === "permission"
      ? hasSucceeded || inARow < toleratedInARow
      : hasSucceeded && inARow < toleratedInARow
  return {
    reason: () => reason,
    look: (outcome: Outcome) => {
      if (outcome._tag === "WouldKick") return
      if (outcome._tag !== "Failed") {
        hasSucceeded = true
        inARow = 0
        return
      }
      const { error } = outcome
      if (isOfVerification(error) || !isCallerAtFault(error)) return
      inARow += 1
      if (!tolerated(error)) reason ??= error
    },
  }
}
