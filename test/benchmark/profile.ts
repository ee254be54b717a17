/** Where the time of a kick goes: the profiler's samples, summed by function and by package. */
import { Schema } from "effect"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ContenderName } from "./contenders.ts"
import { round, startContender } from "./kicks.ts"
import type { Server } from "./Server.ts"

const seconds = 5
const warmUpSeconds = 3
const shown = 30

const CpuProfile = Schema.fromJsonString(
  Schema.Struct({
    nodes: Schema.Array(
      Schema.Struct({
        id: Schema.Int,
        callFrame: Schema.Struct({ functionName: Schema.String, url: Schema.String, lineNumber: Schema.Int }),
      }),
    ),
    samples: Schema.Array(Schema.Int),
    timeDeltas: Schema.Array(Schema.Int),
  }),
)

export interface Frame {
  readonly where: string
  readonly share: number
}

export interface Profile {
  readonly packages: ReadonlyArray<Frame>
  readonly frames: ReadonlyArray<Frame>
}

// The last package named in the path of a file, without the store's folders around it.
const packageOf = (url: string): string => {
  if (url === "") return "runtime"
  if (url.startsWith("node:")) return "node"
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
  return installed ?? /\/packages\/([^/]+)\//.exec(url)?.[1] ?? "benchmark"
}

const shares = (micros: ReadonlyMap<string, number>, total: number, most: number): ReadonlyArray<Frame> =>
  Array.from(micros, ([where, own]) => ({ where, share: own / total }))
    .toSorted((a, b) => b.share - a.share)
    .slice(0, most)

const read = (text: string): Profile => {
  const { nodes, samples, timeDeltas } = Schema.decodeSync(CpuProfile)(text)
  const byId = new Map(nodes.map(({ callFrame, id }) => [id, callFrame]))
  const elapsed = timeDeltas.reduce((sum, delta) => sum + delta, 0)
  const byPackage = new Map<string, number>()
  const byFrame = new Map<string, number>()
  let total = 0
  let passed = 0
  for (const [index, id] of samples.entries()) {
    const micros = timeDeltas[index] ?? 0
    passed += micros
    const frame = byId.get(id)
    // Start and warm-up lie in front of the rounds that are of interest.
    if (frame === undefined || frame.functionName === "(idle)" || passed < elapsed - seconds * 1e6) continue
    const owner = packageOf(frame.url)
    const file = frame.url.split("/").at(-1) ?? ""
    const where = `${frame.functionName || "(anonymous)"} · ${owner}${file === "" ? "" : ` ${file}:${frame.lineNumber + 1}`}`
    total += micros
    byPackage.set(owner, (byPackage.get(owner) ?? 0) + micros)
    byFrame.set(where, (byFrame.get(where) ?? 0) + micros)
  }
  return { packages: shares(byPackage, total, 12), frames: shares(byFrame, total, shown) }
}

/** Profiles one contender for some seconds. */
export const profile = async (name: ContenderName, server: Server): Promise<Profile> => {
  const folder = mkdtempSync(join(tmpdir(), "genauth-effect-profile-"))
  try {
    {
      await using contender = await startContender(name, server.url, ["--cpu-prof", "--cpu-prof-dir", folder])
      await round(contender, warmUpSeconds)
      await round(contender, seconds)
    }
    const [file] = readdirSync(folder)
    if (file === undefined) throw new Error(`no profile of ${name} was written`)
    return read(readFileSync(join(folder, file), "utf8"))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
