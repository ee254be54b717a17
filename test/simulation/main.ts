/**
 * Runs the simulation for any number of seeds:
 *
 *   npm run simulate -- --seeds 100000           seeds 1 to 100000
 *   npm run simulate -- --seed 4711              this one alone, and tells what happened
 *   npm run simulate -- --seeds 1000 --seed 4711 a thousand seeds from this one on
 *
 * Ends with exit code 1 when a promise is broken, and names the seeds.
 */
import { Effect } from "effect"
import { parseArgs } from "node:util"
import { tell } from "./telling.ts"
import { simulate } from "./simulate.ts"

const wholeNumber = (name: string, text: string): number => {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1) return value
  process.stderr.write(`--${name} is invalid: a whole number, 1 or more\n`)
  process.exit(2)
}

const { values } = parseArgs({ options: { seeds: { type: "string" }, seed: { type: "string" } } })
const first = wholeNumber("seed", values.seed ?? "1")
const count = wholeNumber("seeds", values.seeds ?? (values.seed === undefined ? "2000" : "1"))

const broken: Array<number> = []
let requests = 0
for (let seed = first; seed < first + count; seed += 1) {
  const { story, violations } = await Effect.runPromise(simulate(seed))
  requests += story.requests.length
  if (count === 1) process.stdout.write(tell(story))
  if (violations.length > 0) {
    broken.push(seed)
    for (const { detail, name } of violations) process.stdout.write(`seed ${seed}: ${name}: ${detail}\n`)
  }
  const done = seed - first + 1
  if (done % 5000 === 0) process.stdout.write(`${done} of ${count} seeds, ${requests} requests\n`)
}

if (broken.length === 0) process.stdout.write(`${count} seeds, ${requests} requests: every promise was kept\n`)
else {
  process.stdout.write(
    `${broken.length} of ${count} seeds broke a promise; to see one: npm run simulate -- --seed ${broken[0]}\n`,
  )
  process.exitCode = 1
}
