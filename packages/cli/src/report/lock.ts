/** One run on one report at a time. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Os from "node:os"
import { UsageError } from "../ExitCode.ts"
import { systemCodeOf } from "../systemCode.ts"

interface Holder {
  readonly pid: number
  readonly host: string
  /** When the process began, in the kernel's words: a later process may have the same pid. */
  readonly began: string | undefined
}

// Field 22 of /proc/<pid>/stat, after the name in parentheses, which may hold spaces. Linux only.
const beganAt = (pid: number): string | undefined => {
  try {
    const stat = Fs.readFileSync(`/proc/${pid}/stat`, "utf8")
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]
  } catch {
    return undefined
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

const readHolder = (path: string): Holder | undefined => {
  try {
    const holder: unknown = JSON.parse(Fs.readFileSync(path, "utf8"))
    if (typeof holder !== "object" || holder === null || !("pid" in holder) || !("host" in holder)) return undefined
    const { host, pid } = holder
    if (typeof pid !== "number" || typeof host !== "string") return undefined
    return { pid, host, began: "began" in holder && typeof holder.began === "string" ? holder.began : undefined }
  } catch {
    return undefined
  }
}

/** Whether the run that made the lock is over: a killed one cannot take it away itself. */
const isOver = ({ began, host, pid }: Holder): boolean =>
  host === Os.hostname() && (!isAlive(pid) || (began !== undefined && beganAt(pid) !== began))

const create = (path: string): boolean => {
  const own: Holder = { pid: process.pid, host: Os.hostname(), began: beganAt(process.pid) }
  // Written aside and linked: whoever sees the lock sees it whole.
  const aside = `${path}.${process.pid}`
  Fs.writeFileSync(aside, JSON.stringify(own))
  try {
    Fs.linkSync(aside, path)
    return true
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return false
    throw error
  } finally {
    Fs.unlinkSync(aside)
  }
}

/** Takes a dead run's lock away. Only one of several who find it does so: the others find the folder there. */
const takeOver = (path: string): boolean => {
  const turn = `${path}.takeover`
  try {
    Fs.mkdirSync(turn)
  } catch {
    return false
  }
  try {
    const holder = readHolder(path)
    if (holder === undefined || !isOver(holder)) return false
    Fs.unlinkSync(path)
    return create(path)
  } finally {
    Fs.rmdirSync(turn)
  }
}

const acquire = (report: string, path: string): Effect.Effect<void, UsageError> =>
  Effect.try({
    try: () => create(path) || takeOver(path),
    catch: (error) => new UsageError({ message: `${path} cannot be written: ${systemCodeOf(error)}` }),
  }).pipe(
    Effect.flatMap((isOurs) => {
      if (isOurs) return Effect.void
      const holder = readHolder(path)
      const who = holder === undefined ? "" : ` (process ${holder.pid} on ${holder.host})`
      return Effect.fail(
        new UsageError({
          message: `another run${who} is writing ${report}; wait for it, or remove ${path} if that run is over`,
        }),
      )
    }),
  )

/** Holds the lock of a report as long as the scope lasts. */
export const hold = (report: string): Effect.Effect<void, UsageError, Scope.Scope> => {
  const path = `${report}.lock`
  return Effect.acquireRelease(acquire(report, path), () => Effect.sync(() => Fs.rmSync(path, { force: true })))
}
