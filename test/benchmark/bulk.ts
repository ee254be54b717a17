/** Thousands of users: `Kick.all` beside the plain loop, and whether its memory grows with the input. */
import { Schema } from "effect"
import { callers, round, startContender } from "./kicks.ts"
import { LineProcess } from "./LineProcess.ts"
import type { Server } from "./Server.ts"
import { type Spread, spread } from "./spread.ts"

const rounds = 3
const manyUsers = 200_000
const warmUpUsers = 20_000
const loopSeconds = 5
const sizes = [1000, 20_000, 200_000]

export const Run = Schema.Struct({
  users: Schema.Int,
  kicked: Schema.Int,
  seconds: Schema.Finite,
  peakRssMiB: Schema.Finite,
})

export type Run = typeof Run.Type

/** What came out. */
export interface Bulk {
  readonly users: number
  /** Users per second. */
  readonly all: Spread
  /** The same of the plain loop of the library: callers that kick one user after the other. */
  readonly loop: Spread
  /** Peak of the resident set of a process of its own that kicked so many. */
  readonly peakRssMiB: ReadonlyArray<{ readonly users: number; readonly mebibytes: number }>
}

const startBulk = async (url: string): Promise<LineProcess> => {
  const bulk = new LineProcess(1, new URL("bulkProcess.ts", import.meta.url), [url])
  await bulk.next(Schema.Literal("ready"))
  return bulk
}

const kickAll = async (bulk: LineProcess, users: number): Promise<Run> => {
  const run = await bulk.ask(`${users} ${callers}`, Run)
  if (run.kicked !== users) throw new Error(`Kick.all kicked ${run.kicked} of ${users} users`)
  return run
}

/** Interleaved rounds of both, then processes of their own for the memory. */
export const measureBulk = async (server: Server): Promise<Bulk> => {
  const all: Array<number> = []
  const loop: Array<number> = []
  {
    await using bulk = await startBulk(server.url)
    await using contender = await startContender("library", server.url)
    await kickAll(bulk, warmUpUsers)
    await round(contender, 2)
    for (let index = 0; index < rounds; index++) {
      const { seconds, users } = await kickAll(bulk, manyUsers)
      all.push(users / seconds)
      const plain = await round(contender, loopSeconds)
      loop.push(plain.kicks / plain.seconds)
    }
  }
  const peakRssMiB: Array<Bulk["peakRssMiB"][number]> = []
  for (const users of sizes) {
    await using bulk = await startBulk(server.url)
    peakRssMiB.push({ users, mebibytes: (await kickAll(bulk, users)).peakRssMiB })
  }
  return { users: manyUsers, all: spread(all), loop: spread(loop), peakRssMiB }
}
