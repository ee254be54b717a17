/** What a bulk run came to, in words and as an exit code. */
import type { Outcome, Progress } from "@genauth-effect/client"
import { counted } from "../counted.ts"
import { type ExitCode, exitCodes, isCallersFault } from "../ExitCode.ts"
import { duration, failures } from "../screen/progressLine.ts"

/** What a run counts beside the progress of the library. */
export interface Tally {
  badLines: number
  /** Users who are done in the report. */
  skipped: number
  /** Users handed to the library. */
  begun: number
  /** Failures that the key, its rights or the plan are to blame for. */
  callersFaults: number
}

/** Starts with nothing. */
export const makeTally = (): Tally => ({ badLines: 0, skipped: 0, begun: 0, callersFaults: 0 })

/** Counts what the library does not. */
export const countOutcome = (tally: Tally, outcome: Outcome.Outcome): void => {
  if (outcome._tag === "Failed" && isCallersFault(outcome.error)) tally.callersFaults += 1
}

/** Users who were begun and whose outcome was not recorded: each may have been kicked. */
export const unrecorded = ({ done, duplicates }: Progress.Progress, { begun }: Tally): number =>
  begun - done - duplicates

/** The last line of a run. Only one that came to its end has seen all of its input. */
export const summaryOf = (
  progress: Progress.Progress,
  { badLines, skipped }: Tally,
  isWhole: boolean,
  elapsedMillis: number,
): string => {
  const count = (value: number, what: string) => (value === 0 ? [] : [`${value.toLocaleString("en-US")} ${what}`])
  const parts = [
    ...count(progress.kicked, "kicked"),
    ...count(progress.wouldKick, "would be kicked"),
    ...count(progress.wasOffline, "had been offline"),
    ...count(progress.partlyKicked, "kicked in part"),
    ...count(progress.notFound, "not found"),
    ...count(progress.failed, "failed"),
    ...(badLines === 0 ? [] : [counted(badLines, "bad line")]),
    ...(progress.duplicates === 0 ? [] : [counted(progress.duplicates, "duplicate")]),
    ...count(skipped, "done before"),
  ]
  const nobody = isWhole ? "Nobody in the input" : "Nobody on record"
  return `${parts.length === 0 ? nobody : parts.join(", ")}. ${duration(elapsedMillis)}.`
}

/** Of a run that came to its end. */
export const exitCodeOf = (progress: Progress.Progress, { badLines, callersFaults }: Tally): ExitCode => {
  // As with a run that is stopped over a refused key, however short the list is.
  if (callersFaults > 0 && callersFaults === progress.done) return exitCodes.configuration
  return failures(progress) > 0 || badLines > 0 ? exitCodes.someFailed : exitCodes.ok
}
