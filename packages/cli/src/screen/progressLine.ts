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

/** The line, without a bar where there is no total or no room. */
export const progressLine = (progress: Progress.Progress, screen: Pick<Service, "columns" | "style">): string => {
  const { done, duplicates, etaMillis, rate, total } = progress
  const failed = failures(progress)
  const handled = done + duplicates
  const share = total === undefined || total === 0 ? undefined : Math.min(1, handled / total)
  const parts = [
    total === undefined ? `${number(handled)} users` : `${number(handled)}/${number(total)}`,
    `${number(rate)}/s`,
    ...(etaMillis === undefined ? [] : [`ETA ${duration(etaMillis)}`]),
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
