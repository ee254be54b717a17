/** Kicks many users, from a file or the standard input. */
import { Kick, ManagementClient, Outcome, type Progress } from "@genauth-effect/client"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import { confirm } from "../confirm.ts"
import * as Connection from "../Connection.ts"
import { Ended, type ExitCode, exitCodes, UsageError } from "../ExitCode.ts"
import { Json } from "../globalFlags.ts"
import * as Input from "../input/Input.ts"
import { isBad, type Row, type Target } from "../input/Row.ts"
import { Interruption } from "../Interruption.ts"
import { badLineJson, outcomeJson } from "../OutcomeJson.ts"
import { outcomeText } from "../OutcomeText.ts"
import * as Report from "../report/Report.ts"
import { resumeCommand } from "../resumeCommand.ts"
import { printLine } from "../screen/printLine.ts"
import * as ProgressDisplay from "../screen/progressDisplay.ts"
import { duration, failures } from "../screen/progressLine.ts"
import { Screen } from "../screen/Screen.ts"
import type { Flags } from "../commands/bulk.ts"
import { appsOf } from "../targetFlags.ts"

/** Where the users are to be kicked from; `undefined` where each line says so itself. */
const appsOfRun = Effect.fnUntraced(function* (given: Flags): Effect.fn.Return<Kick.Apps | undefined, UsageError> {
  const apps = yield* Effect.fromResult(appsOf(given))
  if (Option.isSome(given.appColumn)) {
    return apps === undefined
      ? undefined
      : yield* new UsageError({ message: "--app-column excludes --app and --everywhere" })
  }
  return (
    apps ??
    (yield* new UsageError({
      message: "say from where: --app <id> (any number of times), --app-column <name> or --everywhere",
    }))
  )
})

const checkFlags = Effect.fnUntraced(function* (given: Flags): Effect.fn.Return<void, UsageError> {
  if (given.resume && Option.isNone(given.report)) {
    return yield* new UsageError({ message: "--resume goes on with a report: name it with --report <file>" })
  }
  if (given.concurrency < 1) return yield* new UsageError({ message: "--concurrency is a whole number, 1 or more" })
  if (Option.isSome(given.rate) && !(given.rate.value > 0)) {
    return yield* new UsageError({ message: "--rate is a number of requests per second, above 0" })
  }
})

/** What a run counts beside the outcomes. */
interface Tally {
  badLines: number
  skipped: number
}

const summaryOf = (progress: Progress.Progress, { badLines, skipped }: Tally, elapsedMillis: number): string => {
  const count = (value: number, what: string) => (value === 0 ? [] : [`${value.toLocaleString("en-US")} ${what}`])
  const parts = [
    ...count(progress.kicked, "kicked"),
    ...count(progress.wouldKick, "would be kicked"),
    ...count(progress.wasOffline, "had been offline"),
    ...count(progress.partlyKicked, "kicked in part"),
    ...count(progress.notFound, "not found"),
    ...count(progress.failed, "failed"),
    ...count(badLines, `bad line${badLines === 1 ? "" : "s"}`),
    ...count(progress.duplicates, `duplicate${progress.duplicates === 1 ? "" : "s"}`),
    ...count(skipped, "done before"),
  ]
  return `${parts.length === 0 ? "Nobody in the input" : parts.join(", ")}. ${duration(elapsedMillis)}.`
}

const run = Effect.fnUntraced(function* (given: Flags, apps: Kick.Apps | undefined) {
  const isJson = yield* Json
  const screen = yield* Screen
  const interruption = yield* Interruption
  const clock = yield* Clock.Clock
  const startedAt = clock.currentTimeMillisUnsafe()
  const note = (text: string) => Effect.sync(() => screen.note(text))

  const total = given.file === "-" ? undefined : yield* Input.countLines(given.file)
  const many = total === undefined ? "the users of the standard input" : `up to ${total.toLocaleString("en-US")} users`
  const where =
    apps === undefined
      ? ""
      : apps === "everywhere"
        ? " out of everything"
        : ` out of ${apps.length} application${apps.length === 1 ? "" : "s"}`
  if (!given.yes && !given.dryRun && total !== 1 && total !== 0) {
    yield* confirm(`Kick ${many}${where}?`, given.file !== "-")
  }

  // A done user is skipped where he is out of all that is asked for now, so that has to be known.
  const wantedApps =
    apps === undefined
      ? []
      : apps === "everywhere" && given.resume
        ? yield* Effect.flatMap(ManagementClient.ManagementClient, (client) => client.listAllApplications).pipe(
            Effect.map((all) => all.map(({ appId }) => appId)),
          )
        : apps === "everywhere"
          ? []
          : apps
  const report = Option.isNone(given.report)
    ? undefined
    : yield* Report.open(given.report.value, {
        resume: given.resume,
        wanted: { apps: wantedApps, isVerified: given.verify },
      })
  if (report !== undefined && given.resume) {
    if (report.tornBytes > 0) yield* note(`A torn last line of ${report.tornBytes} bytes was cut off the report.`)
    if (report.strangeLines > 0) yield* note(`${report.strangeLines} lines of the report are none of its own.`)
    yield* note(`${report.doneBefore.toLocaleString("en-US")} users are done in the report and are skipped.`)
  }

  const tally: Tally = { badLines: 0, skipped: 0 }
  let latest: Progress.Progress | undefined
  const record = (json: string) => report?.append(json) ?? Effect.void
  const print = (json: string) => (isJson ? printLine(json) : Effect.void)

  const onBadLine = (row: Row & { readonly problem: string }) => {
    tally.badLines += 1
    const json = JSON.stringify(badLineJson(row))
    return Effect.all([note(`line ${row.line}: ${row.problem}`), record(json), print(json)], { discard: true })
  }
  const isWanted = (target: Target): boolean => {
    if (given.resume && report?.isDone(target) === true) {
      tally.skipped += 1
      return false
    }
    return true
  }
  const stopped = yield* Deferred.make<void>()
  let isInterrupted = false
  yield* interruption.onFirst(() => {
    isInterrupted = true
    screen.note("Finishing what is in flight. Once more to end at once.")
    Deferred.doneUnsafe(stopped, Effect.void)
  })

  const userIdType = given.type
  const targets = Input.rows({
    file: given.file,
    format: Option.getOrUndefined(given.format),
    userIdType,
    columns: {
      user: Option.getOrUndefined(given.userColumn),
      type: Option.getOrUndefined(given.typeColumn),
      app: Option.getOrUndefined(given.appColumn),
      userIdType,
    },
  }).pipe(
    // A read that waits is broken off; what has been read and not been begun is left.
    Stream.interruptWhen(Deferred.await(stopped)),
    Stream.rechunk(1),
    Stream.takeWhile(() => !isInterrupted),
    Stream.mapEffect((row) => (isBad(row) ? Effect.as(onBadLine(row), undefined) : Effect.succeed(row))),
    Stream.filter((row): row is Target => row !== undefined && isWanted(row)),
  )
  const lineOf = ({ outcome, target }: Kick.Settled<Target>) =>
    JSON.stringify({ ...outcomeJson(outcome), line: target.line })
  const showFailure = ({ outcome, target }: Kick.Settled<Target>) =>
    Outcome.isOut(outcome) || outcome._tag === "WouldKick"
      ? Effect.void
      : Effect.sync(() => screen.clear()).pipe(
          Effect.andThen(printLine(`line ${target.line}: ${outcomeText(outcome)}`)),
        )

  const settled = Kick.allWithTarget(targets, {
    apps,
    verify: given.verify,
    dryRun: given.dryRun,
    concurrency: given.concurrency,
    total,
    onProgress: (progress) => {
      latest = progress
    },
    onOutcome: (one) => (report === undefined ? Effect.void : record(lineOf(one))),
  })
  const end = yield* Effect.scoped(
    Effect.gen(function* () {
      yield* ProgressDisplay.show(() => latest)
      return yield* Effect.result(Stream.runForEach(settled, (one) => (isJson ? print(lineOf(one)) : showFailure(one))))
    }),
  )

  const progress = latest ?? nothing
  const say = (text: string) => (isJson ? note(text) : printLine(text))
  yield* say(summaryOf(progress, tally, clock.currentTimeMillisUnsafe() - startedAt))
  const hint = report === undefined ? undefined : yield* resumeCommand
  const leftOver = failures(progress) > 0 || tally.badLines > 0
  if (end._tag === "Failure") {
    yield* note(screen.style("red", end.failure.message))
    if (hint !== undefined) yield* note(`To go on: ${hint}`)
    return exitCodeOf(end.failure)
  }
  if (isInterrupted) {
    yield* note(
      hint === undefined
        ? "Interrupted. Without --report there is nothing to resume from."
        : `Interrupted. To go on: ${hint}`,
    )
    return exitCodes.interrupted
  }
  if (failures(progress) > 0 && hint !== undefined) yield* note(`To try those again who failed: ${hint}`)
  return leftOver ? exitCodes.someFailed : exitCodes.ok
})

const nothing: Progress.Progress = {
  done: 0,
  kicked: 0,
  wasOffline: 0,
  notFound: 0,
  partlyKicked: 0,
  failed: 0,
  wouldKick: 0,
  duplicates: 0,
  total: undefined,
  rate: 0,
  etaMillis: undefined,
  elapsedMillis: 0,
}

const exitCodeOf = (error: { readonly _tag: string }): ExitCode =>
  error._tag === "RunStopped"
    ? exitCodes.configuration
    : error._tag === "ReportFailed"
      ? exitCodes.someFailed
      : exitCodes.usage

// A dry run over named applications asks the service nothing, so it needs no key.
const nobody = ManagementClient.layerTest({})

/** Kicks, prints, and ends with the exit code. */
export const bulk = Effect.fnUntraced(function* (given: Flags) {
  yield* checkFlags(given)
  const apps = yield* appsOfRun(given)
  yield* Input.check(given.file)
  const logLevel = yield* GlobalFlag.LogLevel
  const rate = Option.getOrUndefined(given.rate)
  const client =
    given.dryRun && apps !== "everywhere"
      ? nobody
      : Connection.layer(rate === undefined ? {} : { rateControl: { mode: "fixed", perSecond: rate } })
  const exitCode = yield* Effect.scoped(run(given, apps)).pipe(
    Effect.provide(client),
    // Thousands of users meet hundreds of retries, which is as it should be.
    Effect.provideService(
      References.MinimumLogLevel,
      Option.getOrElse(logLevel, () => "Error" as const),
    ),
  )
  if (exitCode !== exitCodes.ok) return yield* new Ended({ exitCode })
})
