/**
 * The report of a bulk run: NDJSON, one line for each finished user, in the file before the next user takes the place.
 * A line is one write to the kernel, so that a killed process leaves all of them but perhaps a torn last one.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import { UsageError } from "../ExitCode.ts"
import { isStandardInput } from "../input/Input.ts"
import { makeLineSplitter } from "../input/lines.ts"
import type { Target } from "../input/Row.ts"
import { makeDone, type Wanted } from "./done.ts"
import { systemCodeOf } from "../systemCode.ts"
import { hold } from "./lock.ts"

/** The report could not be written, or is gone. The run ends, since what it does is no longer on record. */
export class ReportFailed extends Schema.TaggedError<ReportFailed>()("ReportFailed", { message: Schema.String }) {}

/** An open report. */
export interface Report {
  readonly append: (line: string) => Effect.Effect<void, ReportFailed>
  /** Fails where the file has been removed: what is written to it then is lost. */
  readonly check: Effect.Effect<void, ReportFailed>
  /** Whether an earlier run has done with this target. */
  readonly isDone: (target: Target) => boolean
  /** Users an earlier run has done with, in all the applications that are wanted of everybody. */
  readonly doneBefore: number
  /** Bytes of a torn last line that were cut off. */
  readonly tornBytes: number
  /** Lines that are none of a report. They are left alone. */
  readonly strangeLines: number
}

const cannot = (path: string, what: string) => (error: unknown) =>
  new UsageError({ message: `the report ${path} cannot be ${what}: ${systemCodeOf(error)}` })

const newline = 0x0a

/** What every line of a report begins with. */
const beginning = Buffer.from('{"outcome":"')

const isBeginning = (bytes: Uint8Array): boolean => {
  const length = Math.min(bytes.length, beginning.length)
  return beginning.subarray(0, length).equals(bytes.subarray(0, length))
}

interface Found {
  /** Where the last whole line ends. */
  readonly end: number
  readonly size: number
  /** The beginning of what comes after. */
  readonly tail: Uint8Array
}

/** Reads what is there. */
const readBack = (fd: number, onLine: (line: string) => void): Found => {
  const { size } = Fs.fstatSync(fd)
  const decoder = new TextDecoder()
  const splitter = makeLineSplitter()
  const buffer = Buffer.allocUnsafe(65_536)
  let at = 0
  let end = 0
  while (at < size) {
    const length = Fs.readSync(fd, buffer, 0, buffer.length, at)
    if (length === 0) break
    const last = buffer.subarray(0, length).lastIndexOf(newline)
    if (last !== -1) end = at + last + 1
    at += length
    for (const { text } of splitter.push(decoder.decode(buffer.subarray(0, length), { stream: true }))) {
      onLine(text ?? "")
    }
  }
  const tail = Buffer.alloc(Math.min(beginning.length, at - end))
  Fs.readSync(fd, tail, 0, tail.length, end)
  return { end, size: at, tail }
}

const appendAll = (fd: number, line: string): void => {
  const bytes = Buffer.from(`${line}\n`)
  let at = 0
  while (at < bytes.length) at += Fs.writeSync(fd, bytes, at)
}

const isSameFile = (path: string, input: string): boolean => {
  const report = Fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  const list = isStandardInput(input)
    ? Fs.fstatSync(0, { bigint: true })
    : Fs.statSync(input, { bigint: true, throwIfNoEntry: false })
  return report !== undefined && list !== undefined && report.dev === list.dev && report.ino === list.ino
}

/** What {@link open} is told. */
export interface Options {
  readonly resume: boolean
  /** The list of users, which must not be written to. */
  readonly input: string
  readonly wanted: Wanted
}

/**
 * Opens a report and holds its lock. With `resume` what is there is read and gone on with; without, a report that has
 * lines is refused, so that nobody loses one. So is a file that is no report.
 */
export const open = Effect.fnUntraced(function* (
  path: string,
  options: Options,
): Effect.fn.Return<Report, UsageError, Scope.Scope> {
  if (yield* Effect.try({ try: () => isSameFile(path, options.input), catch: cannot(path, "opened") })) {
    return yield* new UsageError({ message: `the report ${path} is the list of users itself; name another file` })
  }
  const fd = yield* Effect.acquireRelease(
    Effect.try({ try: () => Fs.openSync(path, "a+"), catch: cannot(path, "opened") }),
    (opened) => Effect.sync(() => Fs.closeSync(opened)),
  )
  // The lock is by name, and a run could have another of them.
  if (Fs.fstatSync(fd).nlink > 1) {
    return yield* new UsageError({
      message: `the report ${path} has another name, a hard link, by which another run may write to it; copy it to a file of its own`,
    })
  }
  // By whatever symbolic link it was called.
  yield* hold(yield* Effect.try({ try: () => Fs.realpathSync(path), catch: cannot(path, "opened") }))
  const done = makeDone(options.wanted)
  let lines = 0
  let strangeLines = 0
  const { end, size, tail } = yield* Effect.try({
    try: () =>
      readBack(fd, (line) => {
        lines += 1
        if (!done.read(line)) strangeLines += 1
      }),
    catch: cannot(path, "read"),
  })
  if (!options.resume && size > 0) {
    return yield* new UsageError({
      message: `the report ${path} is there already; go on with it by --resume, or name another`,
    })
  }
  // Nothing is written to a file that is another's, and nothing cut off that this command did not begin.
  if (!isBeginning(tail) || (lines > 0 && strangeLines === lines)) {
    return yield* new UsageError({ message: `${path} is no report of this command; it was left as it is` })
  }
  if (end < size) {
    yield* Effect.try({ try: () => Fs.ftruncateSync(fd, end), catch: cannot(path, "written") })
  }
  const check = Effect.suspend(() =>
    Fs.fstatSync(fd).nlink === 0
      ? Effect.fail(
          new ReportFailed({
            message: `the report ${path} was removed while the run wrote to it; what happened since is on record nowhere`,
          }),
        )
      : Effect.void,
  )
  return {
    append: (line) =>
      Effect.andThen(
        Effect.try({
          try: () => appendAll(fd, line),
          catch: (error) =>
            new ReportFailed({ message: `the report ${path} cannot be written: ${systemCodeOf(error)}` }),
        }),
        check,
      ),
    check,
    isDone: done.isDone,
    doneBefore: done.count(),
    tornBytes: size - end,
    strangeLines,
  }
})
