/**
 * What the client counts. Attributes are bounded: the operation and the outcome, never a user, an application or a
 * request. The outcome is `ok`, `interrupted` or the `_tag` of the error.
 *
 * Read them with `Metric.value(Metrics.withOutcome(Metrics.calls, "kickUsers", "ok"))` or export all through an
 * Effect metrics exporter.
 */
import * as Metric from "effect/Metric"

/** Calls that ended, by operation and outcome. */
export const calls = Metric.counter("genauth_calls_total", {
  description: "Calls of the GenAuth management API that ended",
  incremental: true,
})

/** Requests sent, by operation and outcome of the attempt. More than calls where calls were repeated. */
export const attempts = Metric.counter("genauth_attempts_total", {
  description: "Requests sent to the GenAuth management API",
  incremental: true,
})

/** How long calls took, waits and retries included, in milliseconds, by operation and outcome. */
export const duration = Metric.histogram("genauth_call_duration_ms", {
  description: "Duration of calls of the GenAuth management API in milliseconds",
  boundaries: [5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000],
})

/** A metric narrowed to one operation and outcome. */
export const withOutcome = <Input, State>(
  metric: Metric.Metric<Input, State>,
  operation: string,
  outcome: string,
): Metric.Metric<Input, State> => Metric.withAttributes(metric, { operation, outcome })
