/** Collects what a program shows of itself: spans, log lines of every level, reports, metrics. */
import { CallReport } from "@genauth-effect/client"
import { Effect, Logger, Metric, References, Tracer } from "effect"

type LogLine = ReturnType<(typeof Logger.formatStructured)["log"]>

export const make = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const logs: Array<LogLine> = []
  const reports: Array<CallReport.CallReport> = []
  const metrics: Metric.MetricRegistry = new Map()
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    },
  })
  const logger = Logger.map(Logger.formatStructured, (line) => {
    logs.push(line)
  })
  const collect = <A, E, R>(program: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    program.pipe(
      Effect.provideService(Tracer.Tracer, tracer),
      Effect.provideService(CallReport.CurrentObserver, (report) => {
        reports.push(report)
      }),
      Effect.provideService(Metric.MetricRegistry, metrics),
      Effect.provideService(References.MinimumLogLevel, "All"),
      Effect.provide(Logger.layer([logger])),
    )
  return { spans, logs, reports, metrics, collect }
}
