/** How well the library keeps to a limit that nobody tells, in real time. */
import { setTimeout as sleep } from "node:timers/promises"
import { callers, Round, startContender } from "./kicks.ts"
import type { Server } from "./Server.ts"

const burst = 20

/** What was made of a limit over some seconds. */
export interface Phase {
  readonly title: string
  readonly perSecond: number
  /** Share of the limit that was used. */
  readonly used: number
  /** Share of the requests that were refused. */
  readonly refused: number
}

const phases = [
  { title: "steady, after a warm-up of 5 s", perSecond: 200, settle: 5, measure: 30 },
  { title: "from the 3rd second after it halved", perSecond: 100, settle: 3, measure: 5 },
  { title: "from the 3rd second after it doubled", perSecond: 200, settle: 3, measure: 5 },
]

/** Callers without pause against a token bucket in the server, which answers 429 in the envelope, no Retry-After. */
export const measureThrottle = async (server: Server): Promise<ReadonlyArray<Phase>> => {
  await using contender = await startContender("throttled", server.url)
  const results: Array<Phase> = []
  let kicking: Promise<unknown> | undefined
  for (const { measure, perSecond, settle, title } of phases) {
    await server.tell(`limit ${perSecond} ${burst}`)
    kicking ??= contender.ask(
      `${phases.reduce((sum, phase) => sum + phase.settle + phase.measure, 0)} ${callers}`,
      Round,
    )
    await sleep(settle * 1000)
    await server.tell("counts")
    const startedAt = performance.now()
    await sleep(measure * 1000)
    const { accepted, refused } = await server.tell("counts")
    const seconds = (performance.now() - startedAt) / 1000
    results.push({
      title,
      perSecond,
      used: accepted / (perSecond * seconds),
      refused: refused / (accepted + refused),
    })
  }
  await server.tell("open")
  await kicking
  return results
}
