/** How much memory a bulk run takes. */
import { spawn } from "node:child_process"
import { bundle } from "./command.ts"

const tell = `process.once("exit", () => process.stderr.write("\\npeak " + process.resourceUsage().maxRSS + "\\n"))`

/** The peak of the resident set of a `genauth-kick bulk` over `lines`, in MiB, and what it printed last. */
export const peakOf = async (
  lines: Iterable<string>,
  args: ReadonlyArray<string>,
  variables: Readonly<Record<string, string>> = {},
): Promise<{ readonly mebibytes: number; readonly summary: string }> => {
  const told = ["--import", `data:text/javascript,${encodeURIComponent(tell)}`]
  const env = { PATH: process.env["PATH"], ...variables }
  const child = spawn(process.execPath, [...told, bundle, "bulk", ...args], { env })
  let summary = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (summary = (summary + text).slice(-500)))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-500)))
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve))
  for (const line of lines) {
    if (!child.stdin.write(`${line}\n`)) await new Promise((resolve) => child.stdin.once("drain", resolve))
  }
  child.stdin.end()
  const exitCode = await ended
  const peak = /^peak (\d+)$/m.exec(stderr)?.[1]
  if (exitCode !== 0 || peak === undefined) throw new Error(`genauth-kick bulk ended with ${exitCode}: ${stderr}`)
  return { mebibytes: Number(peak) / 1024, summary: summary.trim() }
}

/** So many users, one a line. */
export const users = function* (count: number): Generator<string> {
  for (let number = 1; number <= count; number++) yield `user-${number}`
}
