/** Kicks many users, from a file or the standard input. */
import { Kick, ManagementClient, Outcome, type Progress } from "@genauth-effect/client"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Stream from "effect/Stream"
import type { Flags } from "../commands/bulk.ts"
import { confirm } from "../confirm.ts"
import * as Connection from "../Connection.ts"
import { areOf, counted } from "../counted.ts"
import { Ended, type ExitCode, exitCodes } from "../ExitCode.ts"
import { Json } from "../globalFlags.ts"
import * as Input from "../input/Input.ts"
import { type BadLine, isBad, type Target } from "../input/Row.ts"
import { Interruption } from "../Interruption.ts"
import { badLineJson, outcomeJson } from "../OutcomeJson.ts"
import { outcomeText } from "../OutcomeText.ts"
import * as Report from "../report/Report.ts"
import { resumeCommand } from "../resumeCommand.ts"
import { printLine } from "../screen/printLine.ts"
import * as ProgressDisplay from "../screen/progressDisplay.ts"
import { failures } from "../screen/progressLine.ts"
import { Screen } from "../screen/Screen.ts"
import { appsOfRun, checkFlags, inputOf } from "./bulkFlags.ts"
import { countOutcome, exitCodeOf, makeTally, summaryOf, unrecorded } from "./bulkSummary.ts"

const run = Effect.fnUntraced(function* (given: Flags, apps: Kick.Apps | undefined, { rows, total }: Input.Input) {
  const isJson = yield* Json
  const screen = yield* Screen
  const interruption = yield* Interruption
  const clock = yield* Clock.Clock
  const startedAt = clock.currentTimeMillisUnsafe()
  const note = (text: string) => Effect.sync(() => screen.note(text))
  const print = (json: string) => (isJson ? printLine(json) : Effect.void)
  const printError = (_tag: string, message: string) => print(JSON.stringify({ error: { _tag, message } }))

  if (!given.yes && !given.dryRun && total !== 1 && total !== 0) {
    yield* confirm(questionOf(given.file, apps, total), !Input.isStandardInput(given.file)).pipe(
      Effect.tapErrorTag("Ended", () => printError("Interrupted", "interrupted at the question; nobody was kicked")),
    )
  }

  const reportPath = given.dryRun ? undefined : Option.getOrUndefined(given.report)
  if (given.dryRun && Option.isSome(given.report)) yield* note("A dry run neither reads nor writes the report.")

  // A done user is skipped where he is out of all that is asked for now, so that has to be known.
  const wantedApps =
    apps === undefined
      ? []
      : apps === "everywhere" && given.resume && reportPath !== undefined
        ? yield* Effect.flatMap(ManagementClient.ManagementClient, (client) => client.listAllApplications).pipe(
            Effect.map((all) => all.map(({ appId }) => appId)),
          )
        : apps === "everywhere"
          ? []
          : apps
  const report =
    reportPath === undefined
      ? undefined
      : yield* Report.open(reportPath, {
          resume: given.resume,
          input: given.file,
          wanted: { apps: wantedApps, isVerified: given.verify },
        })
  if (report !== undefined && given.resume) {
    if (report.tornBytes > 0) {
      yield* note(`A torn last line of ${counted(report.tornBytes, "byte")} was cut off the report.`)
    }
    if (report.strangeLines > 0) {
      const { strangeLines: count } = report
      yield* note(`${counted(count, "line")} of the report ${areOf(count)} none of its own.`)
    }
    const { doneBefore: count } = report
    yield* note(
      apps === undefined
        ? "Who is done in the report, in all the applications of his line, is skipped."
        : `${counted(count, "user")} ${areOf(count)} done in the report and ${areOf(count)} skipped.`,
    )
  }

  const tally = makeTally()
  let latest = nothing
  const record = (json: string) => report?.append(json) ?? Effect.void

  const onBadLine = (row: BadLine) => {
    tally.badLines += 1
    const json = JSON.stringify(badLineJson(row))
    return Effect.all([note(`line ${row.line}: ${row.problem}`), record(json), print(json)], { discard: true })
  }
  const isWanted = (target: Target): boolean => {
    if (report?.isDone(target) === true) {
      tally.skipped += 1
      return false
    }
    tally.begun += 1
    return true
  }
  const stopped = yield* Deferred.make<void>()
  let isInterrupted = false
  yield* interruption.onFirst(() => {
    isInterrupted = true
    screen.note("Finishing what is in flight. Once more to end at once.")
    Deferred.doneUnsafe(stopped, Effect.void)
  })

  const targets = rows.pipe(
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
    onProgress: (progress) => {
      latest = progress
    },
    onOutcome: (one) => {
      countOutcome(tally, one.outcome)
      return report === undefined ? Effect.void : record(lineOf(one))
    },
  })
  const end = yield* Effect.scoped(
    Effect.gen(function* () {
      yield* ProgressDisplay.show(() => ({ progress: latest, total, skipped: tally.skipped }))
      return yield* Effect.result(
        Stream.runForEach(settled, (one) => (isJson ? print(lineOf(one)) : showFailure(one))).pipe(
          Effect.andThen(report?.check ?? Effect.void),
        ),
      )
    }),
  )

  const say = (text: string) => (isJson ? note(text) : printLine(text))
  const isWhole = end._tag === "Success" && !isInterrupted
  yield* say(summaryOf(latest, tally, isWhole, clock.currentTimeMillisUnsafe() - startedAt))
  const hint = report === undefined ? undefined : yield* resumeCommand
  if (end._tag === "Failure") {
    const { _tag, message } = end.failure
    yield* note(screen.style("red", message))
    if (_tag === "ReportFailed") {
      const count = unrecorded(latest, tally)
      if (count > 0)
        yield* note(`Up to ${counted(count, "user")} may have been kicked and ${areOf(count)} not on record.`)
    } else if (hint !== undefined) yield* note(`To go on: ${hint}`)
    yield* printError(_tag, message)
    return endOf(end.failure)
  }
  if (isInterrupted) {
    yield* note(
      hint === undefined
        ? "Interrupted. Without --report there is nothing to resume from."
        : `Interrupted. To go on: ${hint}`,
    )
    yield* printError("Interrupted", "interrupted; what was in flight is finished")
    return exitCodes.interrupted
  }
  if (failures(latest) > 0 && hint !== undefined) yield* note(`To try those again who failed: ${hint}`)
  return exitCodeOf(latest, tally)
})

const questionOf = (file: string, apps: Kick.Apps | undefined, total: number | undefined): string => {
  const input = Input.isStandardInput(file) ? "the standard input" : file
  const who = total === undefined ? `the users of ${input}` : `up to ${counted(total, "user")}`
  const where =
    apps === undefined
      ? ""
      : apps === "everywhere"
        ? " out of everything"
        : ` out of ${counted(apps.length, "application")}`
  return `Kick ${who}${where}?`
}

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

const endOf = (error: { readonly _tag: string }): ExitCode =>
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
  const inputOptions = yield* inputOf(given)
  const logLevel = yield* GlobalFlag.LogLevel
  const rate = Option.getOrUndefined(given.rate)
  const client =
    given.dryRun && apps !== "everywhere"
      ? nobody
      : Connection.layer(rate === undefined ? {} : { rateControl: { mode: "fixed", perSecond: rate } })
  const exitCode = yield* Input.open(inputOptions).pipe(
    Effect.flatMap((input) => Effect.provide(run(given, apps, input), client)),
    Effect.scoped,
    // Thousands of users meet hundreds of retries, which is as it should be.
    Effect.provideService(
      References.MinimumLogLevel,
      Option.getOrElse(logLevel, () => "Error" as const),
    ),
  )
  if (exitCode !== exitCodes.ok) return yield* new Ended({ exitCode })
})
