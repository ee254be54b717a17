/** Thousands of users: `Kick.all` beside the plain loop, and whether its memory grows with the input. */
import { Schema } from "effect"
import { callers, round, startContender } from "./kicks.ts"
import { LineProcess } from "./LineProcess.ts"
import type { Server } from "./Server.ts"
import { type Spread, spread } from "./spread.ts"

// As for single kicks, a process may be lucky.
const generations = 3
const roundsPerProcess = 2
const manyUsers = 200_000
const warmUpUsers = 20_000
const loopSeconds = 5
const sizes = [1000, 20_000, 200_000]
// By default V8 lets the young generation grow to 100 MiB and more, and garbage pile up in the old one to several times
// what lives, in any program that allocates: the floor is measured beside it. With these what is left is what is kept.
const smallHeap = ["--max-semi-space-size=4", "--heap-growing-percent=100"]
const floorSeconds = [0.05, 15]

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
  readonly rounds: number
  readonly generations: number
  /** Users per second. */
  readonly all: Spread
  /** The same of the plain loop of the library: callers that kick one user after the other. */
  readonly loop: Spread
  /** In processes of their own, with a small heap. */
  readonly peakRss: ReadonlyArray<Peak>
  /** The same with V8's defaults. */
  readonly peakRssByDefault: ReadonlyArray<Peak>
  /** The same of raw undici, signed by hand, which keeps nothing. */
  readonly peakRssOfFloor: ReadonlyArray<Peak>
}

/** Of the resident set of a process that kicked so many. */
export interface Peak {
  readonly users: number
  readonly mebibytes: number
}

const startBulk = async (url: string, nodeOptions: ReadonlyArray<string> = []): Promise<LineProcess> => {
  const bulk = new LineProcess(1, new URL("bulkProcess.ts", import.meta.url), [url], nodeOptions)
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
  for (let generation = 0; generation < generations; generation++) {
    await using bulk = await startBulk(server.url)
    await using contender = await startContender("library", server.url)
    await kickAll(bulk, warmUpUsers)
    await round(contender, 2)
    for (let index = 0; index < roundsPerProcess; index++) {
      const { seconds, users } = await kickAll(bulk, manyUsers)
      all.push(users / seconds)
      const plain = await round(contender, loopSeconds)
      loop.push(plain.kicks / plain.seconds)
    }
  }
  return {
    users: manyUsers,
    rounds: all.length,
    generations,
    all: spread(all),
    loop: spread(loop),
    peakRss: await peaks(server, smallHeap),
    peakRssByDefault: await peaks(server, []),
    peakRssOfFloor: await peaksOfFloor(server),
  }
}

const peaks = async (server: Server, nodeOptions: ReadonlyArray<string>): Promise<ReadonlyArray<Peak>> => {
  const found: Array<Peak> = []
  for (const users of sizes) {
    await using bulk = await startBulk(server.url, nodeOptions)
    found.push({ users, mebibytes: (await kickAll(bulk, users)).peakRssMiB })
  }
  return found
}

const peaksOfFloor = async (server: Server): Promise<ReadonlyArray<Peak>> => {
  const found: Array<Peak> = []
  for (const seconds of floorSeconds) {
    await using floor = await startContender("floor", server.url)
    const { kicks, peakRssMiB } = await round(floor, seconds)
    found.push({ users: kicks, mebibytes: peakRssMiB })
  }
  return found
}
