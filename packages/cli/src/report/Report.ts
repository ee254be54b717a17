/**
 * The report of a bulk run: NDJSON, one line for each finished user, in the file before the next user takes the place.
 * A line is one write to the kernel, so that a killed process leaves all of them but perhaps a torn last one.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import { UsageError } from "../ExitCode.ts"
import { makeLineSplitter } from "../input/lines.ts"
import type { Target } from "../input/Row.ts"
import { makeDone, type Wanted } from "./done.ts"
import { hold } from "./lock.ts"

/** The report could not be written. The run ends, since what it does is no longer on record. */
export class ReportFailed extends Schema.TaggedError<ReportFailed>()("ReportFailed", { message: Schema.String }) {}

/** An open report. */
export interface Report {
  readonly append: (line: string) => Effect.Effect<void, ReportFailed>
  /** Whether an earlier run has done with this target. */
  readonly isDone: (target: Target) => boolean
  /** Users an earlier run has done with. */
  readonly doneBefore: number
  /** Bytes of a torn last line that were cut off. */
  readonly tornBytes: number
  /** Lines that are none of a report. They are left alone. */
  readonly strangeLines: number
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "failed"

const cannot = (path: string, what: string) => (error: unknown) =>
  new UsageError({ message: `the report ${path} cannot be ${what}: ${codeOf(error)}` })

const newline = 0x0a

/** Reads what is there. Returns where its last whole line ends. */
const readBack = (fd: number, onLine: (line: string) => void): { readonly end: number; readonly size: number } => {
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
  return { end, size: at }
}

const appendAll = (fd: number, line: string): void => {
  const bytes = Buffer.from(`${line}\n`)
  let at = 0
  while (at < bytes.length) at += Fs.writeSync(fd, bytes, at)
}

/**
 * Opens a report and holds its lock. With `resume` what is there is read and gone on with; without, a report that has
 * lines is refused, so that nobody loses one.
 */
export const open = Effect.fnUntraced(function* (
  path: string,
  options: { readonly resume: boolean; readonly wanted: Wanted },
): Effect.fn.Return<Report, UsageError, Scope.Scope> {
  yield* hold(path)
  const fd = yield* Effect.acquireRelease(
    Effect.try({ try: () => Fs.openSync(path, "a+"), catch: cannot(path, "opened") }),
    (opened) => Effect.sync(() => Fs.closeSync(opened)),
  )
  const done = makeDone(options.wanted)
  let strangeLines = 0
  const { end, size } = yield* Effect.try({
    try: () =>
      readBack(fd, (line) => {
        if (!done.read(line)) strangeLines += 1
      }),
    catch: cannot(path, "read"),
  })
  if (!options.resume && size > 0) {
    return yield* new UsageError({
      message: `the report ${path} is there already; go on with it by --resume, or name another`,
    })
  }
  if (end < size) {
    yield* Effect.try({ try: () => Fs.ftruncateSync(fd, end), catch: cannot(path, "written") })
  }
  return {
    append: (line) =>
      Effect.try({
        try: () => appendAll(fd, line),
        catch: (error) => new ReportFailed({ message: `the report ${path} cannot be written: ${codeOf(error)}` }),
      }),
    isDone: done.isDone,
    doneBefore: done.count(),
    tornBytes: size - end,
    strangeLines,
  }
})
