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

// The fields of /proc/<pid>/stat after the name in parentheses, which may hold spaces. Linux only; none elsewhere.
const statOf = (pid: number): ReadonlyArray<string> => {
  try {
    const stat = Fs.readFileSync(`/proc/${pid}/stat`, "utf8")
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  } catch {
    return []
  }
}

const stateOf = (pid: number): string | undefined => statOf(pid)[0]

const beganAt = (pid: number): string | undefined => statOf(pid)[19]

const isAlive = (pid: number): boolean => {
  // Dead, but signals still find it until its parent has asked how it ended.
  if (["Z", "X"].includes(stateOf(pid) ?? "")) return false
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
  try {
    Fs.writeFileSync(aside, JSON.stringify(own))
    Fs.linkSync(aside, path)
    return true
  } catch (error) {
    if (systemCodeOf(error) === "EEXIST") return false
    throw error
  } finally {
    Fs.rmSync(aside, { force: true })
  }
}

const isLeft = (path: string): boolean => {
  const holder = readHolder(path)
  return holder !== undefined && isOver(holder)
}

const turnOf = (path: string): string => `${path}.takeover`

/**
 * Takes a dead run's lock away. Only one of several who find it does so: it takes another lock, which may be a dead
 * run's in turn.
 */
const takeOver = (path: string): boolean => {
  const turn = turnOf(path)
  if (!isLeft(path) || !take(turn)) return false
  try {
    // Somebody else may have had the turn since.
    if (!isLeft(path)) return false
    Fs.unlinkSync(path)
    return create(path)
  } finally {
    Fs.rmSync(turn, { force: true })
  }
}

const take = (path: string): boolean => create(path) || takeOver(path)

/** The lock that cannot be had: a dead run's is not in the way itself. */
const inTheWayOf = (path: string): string => (isLeft(path) ? inTheWayOf(turnOf(path)) : path)

const acquire = (report: string, path: string): Effect.Effect<void, UsageError> =>
  Effect.try({
    try: () => take(path),
    catch: (error) => new UsageError({ message: `${path} cannot be written: ${systemCodeOf(error)}` }),
  }).pipe(
    Effect.flatMap((isOurs) => {
      if (isOurs) return Effect.void
      const other = inTheWayOf(path)
      const holder = readHolder(other)
      const who = holder === undefined ? "" : ` (process ${holder.pid} on ${holder.host})`
      return Effect.fail(
        new UsageError({
          message: `another run${who} is writing ${report}; wait for it, or remove ${other} if that run is over`,
        }),
      )
    }),
  )

/** Holds the lock of a report as long as the scope lasts. */
export const hold = (report: string): Effect.Effect<void, UsageError, Scope.Scope> => {
  const path = `${report}.lock`
  return Effect.acquireRelease(acquire(report, path), () => Effect.sync(() => Fs.rmSync(path, { force: true })))
}
