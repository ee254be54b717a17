/** How far a bulk kick has come, as data that a progress bar or a log line is drawn from. */
import type { Outcome } from "./Outcome.ts"

/** A snapshot. The counts of outcomes add up to `done`. */
export interface Progress {
  /** Users with an outcome. */
  readonly done: number
  readonly kicked: number
  readonly wasOffline: number
  readonly notFound: number
  readonly partlyKicked: number
  readonly failed: number
  readonly wouldKick: number
  /** Targets that were in the input before and are not handled again. They are not in `done`. */
  readonly duplicates: number
  /** Targets in the input, where the caller said how many. */
  readonly total: number | undefined
  /** Users per second over the last ten seconds. */
  readonly rate: number
  /** Until the end at that rate, in milliseconds; `undefined` without a total or a rate. */
  readonly etaMillis: number | undefined
  /** Since the start, in milliseconds. */
  readonly elapsedMillis: number
}

const seconds = 10

const counterOf = {
  Kicked: "kicked",
  WasOffline: "wasOffline",
  NotFound: "notFound",
  PartlyKicked: "partlyKicked",
  Failed: "failed",
  WouldKick: "wouldKick",
} as const

/** Counts outcomes. */
export interface Counter {
  readonly count: (outcome: Outcome, now: number) => void
  readonly countDuplicate: () => void
  readonly snapshot: (now: number) => Progress
}

/** Starts counting at `startedAt`, in Unix milliseconds. */
export const make = (startedAt: number, total: number | undefined): Counter => {
  const counts = { kicked: 0, wasOffline: 0, notFound: 0, partlyKicked: 0, failed: 0, wouldKick: 0 }
  let done = 0
  let duplicates = 0
  // One slot for each of the last seconds, and which second it holds.
  const slots = Array.from({ length: seconds }, () => ({ second: -1, count: 0 }))
  return {
    count: (outcome, now) => {
      done += 1
      counts[counterOf[outcome._tag]] += 1
      const second = Math.floor((now - startedAt) / 1000)
      const slot = slots[((second % seconds) + seconds) % seconds]
      if (slot === undefined) return
      if (slot.second !== second) {
        slot.second = second
        slot.count = 0
      }
      slot.count += 1
    },
    countDuplicate: () => {
      duplicates += 1
    },
    snapshot: (now) => {
      const elapsedMillis = Math.max(0, now - startedAt)
      const second = Math.floor((now - startedAt) / 1000)
      let recent = 0
      for (const slot of slots) if (slot.second > second - seconds && slot.second <= second) recent += slot.count
      // The current second has only begun.
      const spanMillis = Math.min(elapsedMillis, (seconds - 1) * 1000 + (elapsedMillis % 1000))
      const rate = spanMillis <= 0 ? 0 : (recent * 1000) / spanMillis
      const left = total === undefined ? undefined : Math.max(0, total - done - duplicates)
      const etaMillis = left === undefined || rate === 0 ? undefined : Math.round((left * 1000) / rate)
      return { done, ...counts, duplicates, total, rate, etaMillis, elapsedMillis }
    },
  }
}
