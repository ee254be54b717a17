/**
 * One contender in a process of its own.
 *
 * Each line `<seconds> <callers>` on standard input is a round: that many callers kick one user after the other for
 * that long, at least once each. It is answered by one line of JSON.
 */
import { createInterface } from "node:readline"
import { contenders, isContenderName } from "./contenders.ts"

const [, , name = "", url = ""] = process.argv
if (!isContenderName(name)) throw new Error(`no contender is called ${name}`)
const contender = await contenders[name].open(url)

const round = async (seconds: number, callers: number): Promise<void> => {
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  const kicks = await contender.run(callers, startedAt + seconds * 1000)
  const elapsed = (performance.now() - startedAt) / 1000
  const { system, user } = process.cpuUsage(cpu)
  const result = {
    kicks,
    seconds: elapsed,
    cpuMicros: user + system,
    peakRssMiB: process.resourceUsage().maxRSS / 1024,
    rssMiB: process.memoryUsage.rss() / 2 ** 20,
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
}

process.stdout.write('"ready"\n')
for await (const line of createInterface({ input: process.stdin })) {
  const [seconds = 0, callers = 1] = line.split(" ").map(Number)
  await round(seconds, callers)
}
await contender.close()
