import { assert, describe, it } from "@effect/vitest"
import { RateControl } from "@genauth-effect/client"
import { Effect } from "effect"

/** A hidden token bucket, callers that loop, and time that only moves from event to event. */
const simulate = (
  control: RateControl.Service,
  options: {
    readonly limit: (now: number) => number
    readonly latency: number
    readonly from: number
    readonly to: number
  },
) => {
  const burst = 20
  const queue: Array<{ readonly at: number; readonly run: () => void }> = []
  let now = 0
  let tokens = burst
  let filledAt = 0
  let accepted = 0
  let refused = 0
  let random = 1
  const nextRandom = () => (random = (random * 48_271) % 2_147_483_647) / 2_147_483_647
  const after = (delay: number, run: () => void) => {
    let index = queue.length
    while (index > 0 && (queue[index - 1]?.at ?? 0) > now + delay) index--
    queue.splice(index, 0, { at: now + delay, run })
  }
  const send = (turn: RateControl.Turn) =>
    after(options.latency / 2, () => {
      tokens = Math.min(burst, tokens + ((now - filledAt) / 1000) * options.limit(now))
      filledAt = now
      const isAccepted = tokens >= 1
      if (isAccepted) tokens -= 1
      if (now >= options.from && isAccepted) accepted += 1
      if (now >= options.from && !isAccepted) refused += 1
      after(options.latency / 2, () => {
        if (isAccepted) control.acceptedUnsafe(now, turn)
        else control.throttledUnsafe(now, turn, undefined)
        if (isAccepted) call()
        else after(nextRandom() * 200, call)
      })
    })
  const call = () => wait(control.takeTurnUnsafe(now))
  const wait = (turn: RateControl.Turn) => {
    const millis = control.waitMillisUnsafe(now, turn)
    if (millis === 0) send(turn)
    else after(millis, () => wait(turn))
  }
  for (let caller = 0; caller < 64; caller++) call()
  for (let event = queue.shift(); event !== undefined && event.at < options.to; event = queue.shift()) {
    now = event.at
    event.run()
  }
  let capacity = 0
  for (let at = options.from; at < options.to; at += 10) capacity += options.limit(at) / 100
  return { used: accepted / capacity, refused: refused / (accepted + refused) }
}

const steady = { from: 5000, to: 35_000 }

describe("adaptive, against a limit that nobody tells", () => {
  for (const limit of [50, 200, 1000]) {
    for (const latency of [2, 20, 50]) {
      it.effect(`uses ${limit}/s with answers after ${latency} ms`, () =>
        Effect.gen(function* () {
          const result = simulate(yield* RateControl.make(), { limit: () => limit, latency, ...steady })
          assert.isAtLeast(result.used, 0.95)
          assert.isAtMost(result.refused, 0.02)
        }),
      )
    }
  }
  it.effect("follows a limit that halves, and one that doubles, within three seconds", () =>
    Effect.gen(function* () {
      for (const next of [100, 400]) {
        const limit = (now: number) => (now < 20_000 ? 200 : next)
        const result = simulate(yield* RateControl.make(), { limit, latency: 20, from: 23_000, to: 33_000 })
        assert.isAtLeast(result.used, 0.95)
        assert.isAtMost(result.refused, 0.02)
      }
    }),
  )
  it.effect("still paces after hours without a call", () =>
    Effect.gen(function* () {
      for (const hours of [3, 24]) {
        const control = yield* RateControl.make()
        let idle = 0
        const aged: RateControl.Service = {
          ...control,
          takeTurnUnsafe: (now) => control.takeTurnUnsafe(now + idle),
          waitMillisUnsafe: (now, turn) => control.waitMillisUnsafe(now + idle, turn),
          acceptedUnsafe: (now, turn) => control.acceptedUnsafe(now + idle, turn),
          throttledUnsafe: (now, turn, retryAfter) => control.throttledUnsafe(now + idle, turn, retryAfter),
        }
        simulate(aged, { limit: () => 200, latency: 20, from: 0, to: 5000 })
        idle = hours * 3_600_000
        const result = simulate(aged, { limit: () => 200, latency: 20, ...steady })
        assert.isAtLeast(result.used, 0.95)
        assert.isAtMost(result.refused, 0.02)
      }
    }),
  )
  it.effect("never delays a caller before the first refusal", () =>
    Effect.gen(function* () {
      const control = yield* RateControl.make()
      for (let now = 0; now < 1000; now++) {
        assert.strictEqual(control.waitMillisUnsafe(now, control.takeTurnUnsafe(now)), 0)
      }
    }),
  )
})

describe("fixed", () => {
  it.effect("spaces requests evenly and takes turns back", () =>
    Effect.gen(function* () {
      const control = yield* RateControl.make({ mode: "fixed", perSecond: 10 })
      const waits = (turn: RateControl.Turn) => control.waitMillisUnsafe(0, turn)
      const [first, second, third, fourth] = [1, 2, 3, 4].map(() => control.takeTurnUnsafe(0))
      if (first === undefined || second === undefined || third === undefined || fourth === undefined) return
      assert.deepStrictEqual([first, second, third, fourth].map(waits), [0, 100, 200, 300])
      control.giveBackUnsafe(second)
      // The others keep their turns, and the one given back goes to the next who comes.
      assert.deepStrictEqual([third, fourth].map(waits), [200, 300])
      assert.strictEqual(waits(control.takeTurnUnsafe(0)), 100)
      assert.strictEqual(waits(control.takeTurnUnsafe(0)), 400)
      control.giveBackUnsafe(fourth)
      control.giveBackUnsafe(third)
      // A turn that is over is nobody's: no two requests leave together for it.
      const late = control.takeTurnUnsafe(1000)
      const later = control.takeTurnUnsafe(1000)
      assert.deepStrictEqual(
        [late, later].map((turn) => control.waitMillisUnsafe(1000, turn)),
        [0, 100],
      )
    }),
  )
  it.effect("refuses a rate that is none", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(RateControl.make({ mode: "fixed", perSecond: 0 }))
      assert.strictEqual(error.option, "rateControl.perSecond")
    }),
  )
})
