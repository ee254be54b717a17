/**
 * The arithmetic of adaptive pacing: no clock, no effects; every `now` is given, in milliseconds of a clock that only
 * grows.
 *
 * Open until the first refusals. Then the pace is cut to a little below what came through, grows slowly at first, and
 * is cut again where it meets the limit. Turns are numbers in a line: a cut or a growth moves all of them at once.
 */
import type { Service } from "../RateControl.ts"
import * as Line from "./line.ts"
import { RecentCount } from "./recentCount.ts"

const minimumPerSecond = 0.5
const belowGoodput = 0.97
const againBelow = 0.93
const repeatedCutMillis = 500
// Below this share refusals say little about the pace: a limit refuses whatever is above it.
const smallShare = 0.15
const fewRefusals = 5
const pauseBetweenSmallCuts = 1000
// So many answers tell what share of them is refused at a pace.
const tellingAnswers = 20
// By then the pace is thousands of times what it was cut to. Growing on would make the numbers of turns so large that
// one more is none.
const growsForSeconds = 60
// Requests that may leave together while paced, so that timers of 1 ms do not bound the rate.
const together = 2
// One refusal may ask for hours. It holds back its own call for as long as it says, but all others only so long: then
// somebody tries whether it is meant for them too.
const longestHold = 5000
// The pace changes while a turn is waited for, so whoever waits longer asks again.
const askAgainAfter = 500

// Where refusals are no fewer at half the pace, they do not come from it.
const sameShare = 0.6
const leastShare = 0.05
const mostShare = 0.5
const seriesMillis = 10_000
const tolerateMillis = 60_000
const tolerance = 1.3

/** A place in line. */
export interface Turn {
  readonly number: number
  /** How many cuts there had been when the request left; refusals from before the last one say nothing new. */
  epoch: number
}

const openTurn = (epoch: number): Turn => ({ number: Number.NEGATIVE_INFINITY, epoch })

/** Starts open. */
export const make = (): Service => {
  const sent = new RecentCount()
  const accepted = new RecentCount()
  const refused = new RecentCount()
  const line = Line.make(together)
  let firstAt = Number.POSITIVE_INFINITY
  let base: number | undefined
  let cutAt = 0
  let passedAtCut = 0
  let epoch = 0
  let open = openTurn(epoch)
  // Answers to requests that left since the last cut.
  let acceptedNow = 0
  let refusedNow = 0
  // The first cut of a series, and the share of refusals put up with since one was found to come from elsewhere.
  let first: { readonly perSecond: number; readonly share: number; readonly at: number } | undefined
  let toleratedShare = 0
  let toleratedUntil = Number.NEGATIVE_INFINITY

  // Slowly around the limit just found, then faster and faster, so that a doubled limit is found within seconds and
  // an idle client is open again before long.
  const perSecond = (now: number): number | undefined => {
    if (base === undefined) return undefined
    const seconds = Math.min(growsForSeconds, Math.max(0, now - cutAt) / 1000)
    return base * (1 + 0.02 * seconds + 0.04 * seconds ** 3)
  }

  // How many have been let pass: the integral of the pace.
  const passed = (now: number): number => {
    const rate = perSecond(now)
    if (base === undefined || rate === undefined) return 0
    const seconds = Math.max(0, now - cutAt) / 1000
    const growing = Math.min(growsForSeconds, seconds)
    const grown = base * (growing + 0.01 * growing ** 2 + 0.01 * growing ** 4)
    return passedAtCut + grown + (seconds - growing) * rate
  }

  const setPace = (now: number, pace: number, hold: number): void => {
    passedAtCut = passed(now)
    base = Math.max(minimumPerSecond, pace)
    cutAt = now + hold
    epoch += 1
    open = openTurn(epoch)
    acceptedNow = 0
    refusedNow = 0
  }

  const leave = (now: number, turn: Turn): void => {
    firstAt = Math.min(firstAt, now)
    sent.add(now)
    // The turn of an open pace is everybody's.
    if (turn.number !== Number.NEGATIVE_INFINITY) turn.epoch = epoch
  }

  const isShareBelow = (now: number, share: number, few: number): boolean => {
    const refusals = refused.sum(now)
    return refusals < Math.max(few, share * (accepted.sum(now) + refusals))
  }

  // Gateways that refuse one request in five at any pace must not bring the pace down to nothing. Gives the pace to go
  // back to, once the series of cuts has shown that it helps nothing.
  const paceOfSeries = (now: number, pace: number, share: number): number | undefined => {
    if (first === undefined || now - first.at > seriesMillis || share * sameShare > first.share) {
      first = { perSecond: pace, share, at: now }
      return undefined
    }
    const isSame = share >= Math.max(leastShare, first.share * sameShare) && share < mostShare
    return isSame && pace <= first.perSecond / 2 ? first.perSecond : undefined
  }

  return {
    isLearned: true,
    slots: undefined,
    perSecond,
    takeTurnUnsafe: (now) => (base === undefined ? open : { number: line.take(passed(now)), epoch: -1 }),
    waitMillisUnsafe: (now, turn) => {
      const rate = perSecond(now)
      const missing = turn.number - passed(now)
      if (rate === undefined || missing <= 0) {
        leave(now, turn)
        return 0
      }
      const held = Math.max(0, cutAt - now)
      return Math.min(askAgainAfter, Math.ceil(held + (1000 * missing) / rate))
    },
    giveBackUnsafe: ({ number }) => {
      if (number !== Number.NEGATIVE_INFINITY) line.giveBack(number)
    },
    acceptedUnsafe: (now, turn) => {
      accepted.add(now)
      if (turn.epoch === epoch) acceptedNow += 1
    },
    throttledUnsafe: (now, turn, retryAfterMillis) => {
      refused.add(now)
      if (turn.epoch !== epoch) return
      refusedNow += 1
      if (now < toleratedUntil && isShareBelow(now, toleratedShare, 1)) return
      const current = perSecond(now)
      const isSmall = isShareBelow(now, smallShare, fewRefusals)
      if (isSmall && (current === undefined || now - cutAt < pauseBetweenSmallCuts)) return
      const answers = acceptedNow + refusedNow
      const isTelling = answers >= tellingAnswers
      const isOutage = acceptedNow === 0 && refusedNow >= fewRefusals
      if (current !== undefined && !isTelling && !isOutage) return
      // The second cut in a row means that the limit fell: only what came through just now tells it.
      const isRepeated = current !== undefined && now - cutAt < repeatedCutMillis
      const tenths = isRepeated ? 3 : 10
      const pace = current ?? sent.perSecond(now, tenths, firstAt)
      if (isTelling) {
        const share = refusedNow / answers
        if (share > toleratedShare) toleratedUntil = now
        const before = paceOfSeries(now, pace, share)
        if (before !== undefined) {
          first = undefined
          toleratedShare = Math.max(smallShare, tolerance * share)
          toleratedUntil = now + tolerateMillis
          setPace(now, before, 0)
          return
        }
      }
      const goodput = accepted.perSecond(now, tenths, firstAt)
      // Where nothing came through there is only the pace to go by.
      const measured = goodput > 0 ? goodput * belowGoodput : pace / 2
      const most = current === undefined ? measured : isRepeated ? current * againBelow : current
      setPace(now, Math.min(most, measured), isSmall ? 0 : Math.min(retryAfterMillis ?? 0, longestHold))
    },
  }
}
