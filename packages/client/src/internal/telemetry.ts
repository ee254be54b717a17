/** Spans, metrics and logs of calls. Nothing here ever sees a secret; a user id only where the caller opts in. */
import type { Operation } from "@genauth-effect/protocol/Operation"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as LogLevel from "effect/LogLevel"
import type * as Metric from "effect/Metric"
import * as References from "effect/References"
import type * as Tracer from "effect/Tracer"
import type { ApiError } from "../ApiError.ts"
import * as CallReport from "../CallReport.ts"
import * as Metrics from "../Metrics.ts"
import type { Failure } from "./failure.ts"
import { monotonicMillis } from "./monotonic.ts"

/** The facts of a call that may be shown. */
export interface Subject {
  readonly operation: Operation
  readonly attributes: Readonly<Record<string, unknown>>
  /** Only logged, and only where the caller opted in. */
  readonly userId: string | undefined
}

/** What the answer to an attempt said. */
export interface AttemptFacts {
  readonly requestId?: string | undefined
  readonly apiCode?: number | undefined
  readonly statusCode?: number | undefined
}

/** What is known when a call ends; filled by the call, read once at its end. */
export interface Report {
  attempts: number
  requestId: string | undefined
}

/** Telemetry of one client. */
export interface Telemetry {
  /** Runs a call in its span and counts its end. */
  readonly observe: <A>(
    subject: Subject,
    call: (fiber: Fiber.Fiber<unknown, unknown>, report: Report, span?: Tracer.Span) => Effect.Effect<A, ApiError>,
  ) => Effect.Effect<A, ApiError>
  /**
   * Counts an attempt at once; the effect logs it, where debug level is shown. The outcome is `ok`, `interrupted` or the
   * `_tag` of its failure.
   */
  readonly attemptEndedUnsafe: (
    fiber: Fiber.Fiber<unknown, unknown>,
    subject: Subject,
    attempt: number,
    outcome: string,
    facts?: AttemptFacts,
  ) => Effect.Effect<void>
  /** Logs a coming retry at warning level. */
  readonly retrying: (
    subject: Subject,
    span: Tracer.Span | undefined,
    attempt: number,
    failure: Failure,
    waitMillis: number,
  ) => Effect.Effect<void>
}

interface Counters {
  readonly calls: Metric.Metric<number, unknown>
  readonly attempts: Metric.Metric<number, unknown>
  readonly duration: Metric.Metric<number, unknown>
}

/** Makes the telemetry of one client. */
export const make = (options: { readonly logUserId: boolean }): Telemetry => {
  // Narrowing a metric costs more than updating it, so each pair is kept. Operations and outcomes are few.
  const counters = new Map<string, Counters>()
  const countersOf = (operation: string, outcome: string): Counters => {
    const key = `${operation} ${outcome}`
    const known = counters.get(key)
    if (known !== undefined) return known
    const made: Counters = {
      calls: Metrics.withOutcome(Metrics.calls, operation, outcome),
      attempts: Metrics.withOutcome(Metrics.attempts, operation, outcome),
      duration: Metrics.withOutcome(Metrics.duration, operation, outcome),
    }
    counters.set(key, made)
    return made
  }

  const annotations = (subject: Subject, attempt: number, outcome: string, facts: AttemptFacts | undefined) => ({
    operation: subject.operation.name,
    attempt,
    outcome,
    ...(facts?.requestId === undefined ? {} : { requestId: facts.requestId }),
    ...(facts?.apiCode === undefined ? {} : { apiCode: facts.apiCode }),
    ...(facts?.statusCode === undefined ? {} : { statusCode: facts.statusCode }),
    ...(options.logUserId && subject.userId !== undefined ? { userId: subject.userId } : {}),
  })

  return {
    observe: (subject, call) =>
      Effect.withFiber((fiber) => {
        const watched = (span?: Tracer.Span) => {
          const clock = fiber.getRef(Clock.Clock)
          const startedAt = monotonicMillis(clock)
          const report: Report = { attempts: 0, requestId: undefined }
          return Effect.onExit(call(fiber, report, span), (exit) => {
            const durationMillis = monotonicMillis(clock) - startedAt
            const error = errorOf(exit)
            const outcome = Exit.isSuccess(exit) ? "ok" : (error?._tag ?? "interrupted")
            const requestId = report.requestId ?? error?.requestId
            const counted = countersOf(subject.operation.name, outcome)
            counted.calls.updateUnsafe(1, fiber.context)
            counted.duration.updateUnsafe(durationMillis, fiber.context)
            if (span !== undefined) describe(span, outcome, report.attempts, requestId, error)
            fiber.getRef(CallReport.CurrentObserver)?.({
              operation: subject.operation.name,
              outcome,
              attempts: report.attempts,
              requestId,
              durationMillis,
              error,
            })
            return Effect.void
          })
        }
        // useSpan makes one all the same where tracing is disabled, and a context to mark it as empty.
        return fiber.getRef(References.TracerEnabled)
          ? Effect.useSpan(
              `ManagementClient.${subject.operation.name}`,
              { kind: "client", attributes: subject.attributes },
              watched,
            )
          : watched()
      }),
    attemptEndedUnsafe: (fiber, subject, attempt, outcome, facts) => {
      countersOf(subject.operation.name, outcome).attempts.updateUnsafe(1, fiber.context)
      return LogLevel.isGreaterThan(fiber.getRef(References.MinimumLogLevel), "Debug")
        ? Effect.void
        : Effect.logDebug("attempt ended").pipe(Effect.annotateLogs(annotations(subject, attempt, outcome, facts)))
    },
    retrying: (subject, span, attempt, failure, waitMillis) =>
      Effect.clockWith((clock) => {
        const facts = { ...annotations(subject, attempt, failure.tag, failure), delayMillis: waitMillis }
        const { userId: _, ...safe } = facts
        span?.event("retry", clock.currentTimeNanosUnsafe(), safe)
        return Effect.logWarning("retrying").pipe(Effect.annotateLogs(facts))
      }),
  }
}

const errorOf = <A>(exit: Exit.Exit<A, ApiError>): ApiError | undefined => {
  const error = Exit.findErrorOption(exit)
  return error._tag === "Some" ? error.value : undefined
}

const describe = (
  span: Tracer.Span,
  outcome: string,
  attempts: number,
  requestId: string | undefined,
  error: ApiError | undefined,
): void => {
  span.attribute("genauth.outcome", outcome)
  span.attribute("genauth.attempts", attempts)
  if (requestId !== undefined) span.attribute("genauth.request_id", requestId)
  if (outcome === "ok") span.attribute("genauth.status_code", 200)
  if (error !== undefined) {
    if (error.statusCode !== undefined) span.attribute("genauth.status_code", error.statusCode)
    if (error.apiCode !== undefined) span.attribute("genauth.api_code", error.apiCode)
  }
}
