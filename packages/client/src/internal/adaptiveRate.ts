/** The arithmetic of adaptive pacing: no clock, no effects; every `now` is given, in milliseconds. */

const bucketMillis = 100
const buckets = 11
const minimumPerSecond = 0.5
const belowGoodput = 0.97
const againBelow = 0.93
const repeatedCutMillis = 500
// Below this share refusals say little about the pace: a limit refuses whatever is above it.
const smallShare = 0.15
const fewRefusals = 5
const pauseBetweenSmallCuts = 1000
// Requests that may leave together while paced, so that timers of 1 ms do not bound the rate.
const burst = 2

/** The pace of one client. */
export interface AdaptiveRate {
  /** Reserves a turn and says how long to wait for it. */
  readonly reserve: (now: number) => number
  /** Gives back a turn that was reserved in `epoch`. */
  readonly cancel: (epoch: number) => void
  readonly accepted: (now: number) => void
  /** A request was refused that left in `epoch`. */
  readonly throttled: (now: number, epoch: number, retryAfterMillis: number | undefined) => void
  /** Counts the cuts. A refusal of a request that left before the last cut says nothing new. */
  readonly epoch: () => number
  /** Requests per second; `undefined` while open. */
  readonly perSecond: (now: number) => number | undefined
}

/** Starts open. */
export const make = (): AdaptiveRate => {
  const accepted = Array.from({ length: buckets }, () => 0)
  const refused = Array.from({ length: buckets }, () => 0)
  let bucketAt = 0
  let firstAt: number | undefined
  let base: number | undefined
  let cutAt = 0
  let epoch = 0
  let nextTurnAt = 0

  const rotate = (now: number): void => {
    const bucket = Math.floor(now / bucketMillis)
    const passed = Math.min(buckets, Math.max(0, bucket - bucketAt))
    for (let index = 1; index <= passed; index++) {
      accepted[(bucket - passed + index) % buckets] = 0
      refused[(bucket - passed + index) % buckets] = 0
    }
    bucketAt = Math.max(bucketAt, bucket)
  }

  // What the service let through of late: while it refuses, that is its limit.
  const goodput = (now: number, over: number): number => {
    rotate(now)
    let taken = 0
    for (let ago = 1; ago <= over; ago++) taken += accepted[(bucketAt - ago + buckets * 2) % buckets] ?? 0
    // Before the first full bucket there is only the current one to go by.
    if (taken === 0) taken = accepted[bucketAt % buckets] ?? 0
    const millis = Math.min(over * bucketMillis, Math.max(bucketMillis, now - (firstAt ?? now)))
    return (taken * 1000) / millis
  }

  const count = (answers: Array<number>, now: number): void => {
    rotate(now)
    const bucket = Math.floor(now / bucketMillis) % buckets
    answers[bucket] = (answers[bucket] ?? 0) + 1
  }

  const sum = (answers: ReadonlyArray<number>): number => answers.reduce((total, each) => total + each, 0)

  // Gateways that refuse one request in twenty at any pace must not bring the pace down to nothing.
  const isShareSmall = (): boolean => {
    const refusals = sum(refused)
    return refusals < Math.max(fewRefusals, smallShare * (sum(accepted) + refusals))
  }

  // Slowly around the limit just found, then faster and faster, so that a doubled limit is found within seconds and
  // an idle client is open again before long.
  const perSecond = (now: number): number | undefined => {
    if (base === undefined) return undefined
    const seconds = Math.max(0, now - cutAt) / 1000
    return base * (1 + 0.02 * seconds + 0.04 * seconds ** 3)
  }

  return {
    epoch: () => epoch,
    perSecond,
    reserve: (now) => {
      const rate = perSecond(now)
      if (rate === undefined) return 0
      const interval = 1000 / rate
      nextTurnAt = Math.max(nextTurnAt, now - burst * interval) + interval
      return Math.max(0, Math.ceil(nextTurnAt - now))
    },
    cancel: (reservedIn) => {
      if (base !== undefined && reservedIn === epoch) nextTurnAt -= 1000 / base
    },
    accepted: (now) => {
      firstAt ??= now
      count(accepted, now)
    },
    throttled: (now, leftIn, retryAfterMillis) => {
      count(refused, now)
      if (leftIn !== epoch) return
      const isSmall = isShareSmall()
      const current = perSecond(now)
      if (isSmall && (current === undefined || now - cutAt < pauseBetweenSmallCuts)) return
      const isRepeated = current !== undefined && now - cutAt < repeatedCutMillis
      // The second cut in a row means that the limit fell: only what came through just now tells it.
      const measured = goodput(now, isRepeated ? 3 : 10) * belowGoodput
      const most = current === undefined ? measured : isRepeated ? current * againBelow : current
      base = Math.max(minimumPerSecond, Math.min(most, measured))
      cutAt = now
      epoch += 1
      // Turns given before the cut are void and asked for again, at the new pace.
      nextTurnAt = now + (isSmall ? 0 : (retryAfterMillis ?? 0))
    },
  }
}
