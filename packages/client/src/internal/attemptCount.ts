/** How many attempts each call of a run took, learned from the reports of all of them. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Result from "effect/Result"
import type { ApiError } from "../ApiError.ts"
import type * as CallReport from "../CallReport.ts"

/** The count of one run. Its observer is given to all of the run's calls once, since a context for each is dear. */
export interface AttemptCount {
  readonly observer: (report: CallReport.CallReport) => void
  /** Runs a call and tells its attempts. A double reports none; its calls count as the error says, or as one. */
  readonly counted: <A>(
    call: Effect.Effect<A, ApiError>,
    tell: (attempts: number) => void,
  ) => Effect.Effect<Result.Result<A, ApiError>>
}

/** Starts a count. Reports go on to the `outer` observer. */
export const make = (outer: ((report: CallReport.CallReport) => void) | undefined): AttemptCount => {
  // By the id of the fiber that makes the call, which is the one that reports it.
  const underWay = new Map<number, number | undefined>()
  return {
    observer: (report) => {
      const id = Fiber.getCurrent()?.id
      if (id !== undefined && underWay.has(id)) underWay.set(id, report.attempts)
      outer?.(report)
    },
    counted: (call, tell) =>
      Effect.withFiber(({ id }) => {
        underWay.set(id, undefined)
        return Effect.onExit(Effect.result(call), (exit) => {
          const attempts = underWay.get(id)
          underWay.delete(id)
          if (exit._tag === "Success") {
            tell(attempts ?? (Result.isFailure(exit.value) ? exit.value.failure.attempts : 1))
          }
          return Effect.void
        })
      }),
  }
}
