/** Progress in one line. */
import type { Progress } from "@genauth-effect/client"
import type { Service } from "./Screen.ts"

const number = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 0 })

/** A duration as people say it: 45 s, 3 min 20 s, 2 h 5 min. */
export const duration = (millis: number): string => {
  const seconds = Math.round(millis / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Users whose kick did not come out well. */
export const failures = (progress: Progress.Progress): number =>
  progress.failed + progress.notFound + progress.partlyKicked

/** What is shown: the progress of the library, and what a resumed run does not hand to it. */
export interface Shown {
  readonly progress: Progress.Progress
  /** Users in the input, where that is known. */
  readonly total: number | undefined
  /** Users an earlier run has done with. */
  readonly skipped: number
}

/** The line, without a bar where there is no total or no room. */
export const progressLine = (
  { progress, skipped, total }: Shown,
  screen: Pick<Service, "columns" | "style">,
): string => {
  const failed = failures(progress)
  const handled = progress.done + progress.duplicates + skipped
  const share = total === undefined || total === 0 ? undefined : Math.min(1, handled / total)
  const left = total === undefined ? undefined : Math.max(0, total - handled)
  const parts = [
    total === undefined ? `${number(handled)} users` : `${number(handled)}/${number(total)}`,
    `${number(progress.rate)}/s`,
    ...(left === undefined || left === 0 || progress.rate === 0
      ? []
      : [`ETA ${duration((left * 1000) / progress.rate)}`]),
  ]
  const text = parts.join("  ")
  const failedText = `${number(failed)} failed`
  const shownFailed = failed === 0 ? screen.style("dim", failedText) : screen.style("red", failedText)
  const room = screen.columns() - text.length - failedText.length - 12
  if (share === undefined || !(room >= 10)) return `${text}  ${shownFailed}`
  const width = Math.min(room, 40)
  const full = Math.floor(share * width)
  const bar = screen.style("green", "█".repeat(full)) + screen.style("dim", "░".repeat(width - full))
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${text}  ${shownFailed}`
}
