import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import { CircuitOpen } from "../ApiError.ts"
import { type Attempt, failed, type Guard } from "./call.ts"
import * as Failure from "./failure.ts"

/** No breaker: attempts run as they are. */
export const none: Guard = (attempt) => attempt

/** Runs attempts behind a breaker; all calls to one host share its state. */
export const guard =
  (breaker: CircuitBreaker.CircuitBreaker, host: string): Guard =>
  (attempt) =>
    Effect.catch(breaker.execute(attempt, { key: host, classify }), (error) =>
      Effect.clockWith((clock) =>
        Effect.succeed(refused(clock.currentTimeMillisUnsafe() + millisUntilOpen(error.reason))),
      ),
    )

const classify = <A>(exit: Exit.Exit<Attempt<A>>): CircuitBreaker.Outcome => {
  if (Exit.isFailure(exit)) return { _tag: "Ignored" }
  if (exit.value._tag === "Done") return { _tag: "Success" }
  const { failure } = exit.value
  // A deadline that passed before anything was sent says nothing of the service; a request without answer does.
  if (failure.isThrottled) return { _tag: "Ignored" }
  if (failure.tag === "DeadlineExceeded") return { _tag: failure.outcomeUnknown ? "Failure" : "Ignored" }
  const isFailure = failure.retry === "backoff" || failure.isTransient || failure.tag === "TransportFailed"
  return { _tag: isFailure ? "Failure" : "Success" }
}

// Half open means that another attempt is probing right now.
const millisUntilOpen = (reason: CircuitBreaker.CircuitBreakerErrorReason): number =>
  reason._tag === "CircuitOpen" ? Duration.toMillis(reason.retryAfter) : 0

const refused = (until: number): Attempt<never> =>
  failed(
    Failure.local("CircuitOpen", "never", false, (ending) => new CircuitOpen({ ...ending, until: new Date(until) })),
  )
