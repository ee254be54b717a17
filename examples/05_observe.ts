/** See what happens: a span and a report for each call, counters by outcome. None of them names the user. */
import { NodeRuntime } from "@effect/platform-node"
import { CallReport, ManagementClient, Metrics } from "@genauth-effect/client"
import { Emulator, Seed } from "@genauth-effect/emulator"
import { Console, Effect, type Exit, Layer, Metric, Redacted, Tracer } from "effect"

// A tracer that prints. For a real one: effect/observability/OtlpTracer or @effect/opentelemetry.
class PrintedSpan extends Tracer.NativeSpan {
  override end(endTime: bigint, exit: Exit.Exit<unknown, unknown>) {
    super.end(endTime, exit)
    console.log(`span    ${this.name} ${JSON.stringify(Object.fromEntries(this.attributes))}`)
  }
}
const printing = Tracer.make({ span: (options) => new PrintedSpan(options) })

// An audit trail: one line for each call, with the receipt that the service's own audit log knows it by.
const audit = (report: CallReport.CallReport) =>
  console.log(`report  ${report.operation}: ${report.outcome}, requestId ${report.requestId}`)

const program = Effect.gen(function* () {
  const client = yield* ManagementClient.ManagementClient
  const appIds = ["62188e71c0de000000000001", "62188e71c0de000000000002"]
  yield* client.kickUsers({ appIds, userId: "6319a1504f3aaaaf214dd5b1" })
  yield* Effect.exit(client.kickUsers({ appIds, userId: "nobody" }))

  for (const outcome of ["ok", "UserNotFound"]) {
    const { count } = yield* Metric.value(Metrics.withOutcome(Metrics.calls, "kickUsers", outcome))
    const { max } = yield* Metric.value(Metrics.withOutcome(Metrics.duration, "kickUsers", outcome))
    yield* Console.log(`metric  kickUsers ${outcome}: calls ${count}, slowest ${Math.round(max)} ms`)
  }
})

const client = ManagementClient.layer({
  accessKeyId: "64c0ffee0000000000000001",
  accessKeySecret: Redacted.make("an-example-secret-of-no-value"),
})
const emulated = Emulator.layerHttpClient.pipe(Layer.provide(Emulator.layer(Seed.example)))

NodeRuntime.runMain(
  program.pipe(
    Effect.provideService(Tracer.Tracer, printing),
    Effect.provideService(CallReport.CurrentObserver, audit),
    Effect.provide(client.pipe(Layer.provide(emulated))),
  ),
)
