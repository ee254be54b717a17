/** How many attempts each call of a run took, learned from the reports of all of them. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { ApiError } from "../ApiError.ts"
import type * as CallReport from "../CallReport.ts"

/** The count of one run. Its observer is given to all of the run's calls once, since a context for each is dear. */
export interface AttemptCount {
  readonly observer: (report: CallReport.CallReport) => void
  /** Runs a call and tells how it ended, and its attempts. A double reports none; its calls count as the error says, or as one. */
  readonly counted: <A>(
    call: Effect.Effect<A, ApiError>,
    ended: (result: Result.Result<A, ApiError>, attempts: number) => void,
  ) => Effect.Effect<void>
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
    counted: (call, ended) =>
      Effect.withFiber(({ id }) => {
        underWay.set(id, undefined)
        return Effect.ignore(
          Effect.onExit(call, (exit) => {
            const attempts = underWay.get(id)
            underWay.delete(id)
            const error = Exit.findErrorOption(exit)
            if (Exit.isSuccess(exit)) ended(Result.succeed(exit.value), attempts ?? 1)
            else if (Option.isSome(error)) ended(Result.fail(error.value), attempts ?? error.value.attempts)
            return Effect.void
          }),
        )
      }),
  }
}
