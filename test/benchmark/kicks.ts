/** The main measure: what one kick costs each contender. */
import * as Signature from "@genauth-effect/protocol/Signature"
import { Schema } from "effect"
import { accessKeyId, accessKeySecret, appIds } from "./job.ts"
import { type ContenderName, compared, contenders } from "./contenders.ts"
import { LineProcess } from "./LineProcess.ts"
import type { Server } from "./Server.ts"
import { type Spread, spread } from "./spread.ts"

export const callers = 64
const warmUpSeconds = 2
// While the others have their rounds, a process loses its caches and, on some machines, its memory. Whoever has more of
// both would pay for it in every round.
const settleSeconds = 0.5
// On a machine shared with others rounds differ more than processes do, so that many short ones tell more than a few.
export const roundSeconds = 0.5
const roundsPerProcess = 7
// What the JIT makes of a program differs from process to process, so each contender is started more than once.
export const generations = 5

export const Round = Schema.Struct({
  kicks: Schema.Finite,
  seconds: Schema.Finite,
  cpuMicros: Schema.Finite,
  peakRssMiB: Schema.Finite,
  rssMiB: Schema.Finite,
})

export type Round = typeof Round.Type

export interface Result {
  readonly name: ContenderName
  readonly title: string
  readonly cpuPerKick: Spread
  readonly perSecond: Spread
  readonly peakRssMiB: number
  readonly rounds: ReadonlyArray<Round>
}

export const startContender = async (
  name: ContenderName,
  url: string,
  nodeOptions: ReadonlyArray<string> = [],
): Promise<LineProcess> => {
  const contender = new LineProcess(1, new URL("contenderProcess.ts", import.meta.url), [name, url], nodeOptions)
  await contender.next(Schema.Literal("ready"))
  return contender
}

export const round = (contender: LineProcess, seconds: number): Promise<Round> =>
  contender.ask(`${seconds} ${callers}`, Round)

const sentBy = async (contender: LineProcess, server: Server) => {
  await server.tell("capture")
  await contender.ask("0 1", Round)
  const { captured } = await server.tell("counts")
  if (captured === null) throw new Error("nothing arrived at the server")
  return captured
}

/** Holds a contender to the job: 50 app ids, a valid signature, a nonce of its own for every request. */
const verify = async (name: ContenderName, contender: LineProcess, server: Server): Promise<void> => {
  const sent = [await sentBy(contender, server), await sentBy(contender, server)]
  for (const { body, headers, method, path } of sent) {
    const input = { method, path, headers, params: body, brand: "authing", accessKeyId, accessKeySecret } as const
    if (headers["authorization"] !== Signature.authorization(input)) throw new Error(`${name} signs wrongly`)
    if (JSON.stringify(body["appIds"]) !== JSON.stringify(appIds)) throw new Error(`${name} sends other app ids`)
  }
  if (new Set(sent.map(({ headers }) => headers["x-authing-signature-nonce"])).size !== sent.length) {
    throw new Error(`${name} uses a nonce twice`)
  }
}

/** All contenders in interleaved rounds. */
export const measureKicks = async (server: Server): Promise<ReadonlyArray<Result>> => {
  const rounds = new Map<ContenderName, Array<Round>>(compared.map((name) => [name, []]))
  for (let generation = 0; generation < generations; generation++) {
    await using stack = new AsyncDisposableStack()
    const running: Array<readonly [ContenderName, LineProcess]> = []
    for (const name of compared) {
      const contender = stack.use(await startContender(name, server.url))
      await verify(name, contender, server)
      await round(contender, warmUpSeconds)
      running.push([name, contender])
    }
    for (let index = 0; index < roundsPerProcess; index++) {
      for (const [name, contender] of running) {
        await round(contender, settleSeconds)
        rounds.get(name)?.push(await round(contender, roundSeconds))
      }
    }
  }
  return compared.map((name) => {
    const own = rounds.get(name) ?? []
    return {
      name,
      title: contenders[name].title,
      cpuPerKick: spread(own.map(({ cpuMicros, kicks }) => cpuMicros / kicks)),
      perSecond: spread(own.map(({ kicks, seconds }) => kicks / seconds)),
      peakRssMiB: Math.max(...own.map(({ peakRssMiB }) => peakRssMiB)),
      rounds: own,
    }
  })
}
