/**
 * Compares this library with what people use today and with the floor, and writes docs/benchmarks.md.
 *
 * `--json` prints everything that was measured as one line of JSON, the last of the output. `--only=kicks,weight`
 * measures some parts only and then writes no page.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { Installed, root } from "./Installed.ts"
import { measureBulk } from "./bulk.ts"
import { measureKicks } from "./kicks.ts"
import { machine, versions } from "./machine.ts"
import { measureMemory } from "./memory.ts"
import { profile } from "./profile.ts"
import { absolute, markdown, type Measured, ratios } from "./report.ts"
import { Server } from "./Server.ts"
import { measureCli, measureImports } from "./startup.ts"
import { measureThrottle } from "./throttle.ts"
import { weigh } from "./weight.ts"

const parts = ["kicks", "bulk", "profile", "throttle", "weight", "imports", "cli", "memory"]

const { values } = parseArgs({ options: { json: { type: "boolean" }, only: { type: "string" } } })
const only = values.only?.split(",")
const unknown = only?.find((part) => !parts.includes(part))
if (unknown !== undefined) throw new Error(`--only: ${unknown} is none of ${parts.join(", ")}`)

const measure = async <A>(part: string, run: () => A | Promise<A>): Promise<A | undefined> => {
  if (only !== undefined && !only.includes(part)) return undefined
  process.stderr.write(`${part} …\n`)
  return await run()
}

await using server = await Server.start()
using installed = new Installed()

const measured: Measured = {
  date: new Date().toISOString().slice(0, 10),
  versions: versions(),
  machine: machine(),
  kicks: await measure("kicks", () => measureKicks(server)),
  bulk: await measure("bulk", () => measureBulk(server)),
  profiles: await measure("profile", async () => [
    ["As shipped, on undici", await profile("library", server)],
    ["The floor", await profile("floor", server)],
  ]),
  throttle: await measure("throttle", () => measureThrottle(server)),
  weight: await measure("weight", () => weigh(installed)),
  imports: await measure("imports", () => measureImports(installed)),
  cli: await measure("cli", measureCli),
  memory: await measure("memory", measureMemory),
}

const page = markdown(measured)
if (only === undefined) {
  mkdirSync(join(root, "docs"), { recursive: true })
  writeFileSync(join(root, "docs", "benchmarks.md"), page)
}
process.stdout.write(
  values.json === true
    ? `${JSON.stringify({ ratios: ratios(measured), absolute: absolute(measured), ...measured })}\n`
    : page,
)
