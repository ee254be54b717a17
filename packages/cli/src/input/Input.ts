/** Opens a list of users: a file or the standard input, as CSV, NDJSON or one user a line. */
import type { KickUsers } from "@genauth-effect/client"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Pull from "effect/Pull"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { UsageError } from "../ExitCode.ts"
import type { Named } from "./columns.ts"
import { makeCsvReader } from "./csvRows.ts"
import type { Format } from "./format.ts"
import { type Line, makeLineSplitter } from "./lines.ts"
import { ndjsonRow } from "./ndjsonRows.ts"
import { pipeBytes } from "./pipeBytes.ts"
import { isBad, type Row } from "./Row.ts"
import { rowOf } from "./rows.ts"

/** What to read and how. */
export interface Options {
  /** A path, or `-` for the standard input. */
  readonly file: string
  readonly format: Format
  readonly columns: Named
  readonly userIdType: KickUsers.UserIdType
}

const unreadable = (file: string) => (error: PlatformError) =>
  new UsageError({ message: `${file} cannot be read: ${error.reason._tag}` })

/** Whether a name means the standard input. */
export const isStandardInput = (file: string): boolean => ["-", "/dev/stdin", "/dev/fd/0"].includes(file)

/** Where the bytes come from. Only a regular file can be read twice. */
type Source = "standard input" | "regular file" | "pipe"

const sourceOf = (file: string): Effect.Effect<Source, UsageError, FileSystem.FileSystem> =>
  isStandardInput(file)
    ? Effect.succeed("standard input")
    : Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const { type } = yield* Effect.mapError(files.stat(file), (error) =>
          error.reason._tag === "NotFound"
            ? new UsageError({ message: `${file} is not there` })
            : unreadable(file)(error),
        )
        if (type === "Directory") return yield* new UsageError({ message: `${file} is a folder, not a file` })
        return type === "File" ? "regular file" : "pipe"
      })

/** The bytes of the input. */
const bytes = (
  file: string,
  source: Source,
): Stream.Stream<Uint8Array, UsageError, FileSystem.FileSystem | Stdio.Stdio> => {
  switch (source) {
    case "standard input":
      return Stream.unwrap(
        Effect.map(Stdio.Stdio, ({ stdin }) => Stream.mapError(stdin, unreadable("the standard input"))),
      )
    case "regular file":
      return Stream.unwrap(
        Effect.map(FileSystem.FileSystem, (files) => Stream.mapError(files.stream(file), unreadable(file))),
      )
    case "pipe":
      return pipeBytes(file)
  }
}

const binary = (chunk: Uint8Array, isFirst: boolean): string | undefined => {
  if (isFirst && ((chunk[0] === 0xff && chunk[1] === 0xfe) || (chunk[0] === 0xfe && chunk[1] === 0xff))) {
    return "the input is UTF-16; save it as UTF-8"
  }
  return chunk.includes(0) ? "the input is binary, not text" : undefined
}

// Small, because the rows of a piece wait for their turn together, and what waits is kept in memory.
const pieceLength = 2048

const inPieces = (chunk: Uint8Array): ReadonlyArray<Uint8Array> =>
  Array.from({ length: Math.ceil(chunk.length / pieceLength) }, (_, piece) =>
    chunk.subarray(piece * pieceLength, (piece + 1) * pieceLength),
  )

/** Bytes to numbered lines; a byte order mark is taken off. */
const lines = <E, R>(source: Stream.Stream<Uint8Array, E, R>): Stream.Stream<ReadonlyArray<Line>, E | UsageError, R> =>
  Stream.suspend(() => {
    const decoder = new TextDecoder("utf-8")
    const splitter = makeLineSplitter()
    let isFirst = true
    const pieces = Stream.mapEffect(Stream.flattenIterable(Stream.map(source, inPieces)), (chunk) => {
      const problem = binary(chunk, isFirst)
      isFirst = false
      return problem === undefined
        ? Effect.succeed(splitter.push(decoder.decode(chunk, { stream: true })))
        : Effect.fail(new UsageError({ message: problem }))
    })
    return Stream.concat(
      pieces,
      Stream.suspend(() => Stream.make([...splitter.push(decoder.decode()), ...splitter.end()])),
    )
  })

const readers = (format: Format, { columns, userIdType }: Options) => {
  switch (format) {
    case "lines":
      return {
        read: (batch: ReadonlyArray<Line>): Result.Result<ReadonlyArray<Row>, UsageError> =>
          Result.succeed(
            batch.flatMap(({ line, text }): ReadonlyArray<Row> => {
              if (text === undefined) return [{ line, problem: "the line is too long" }]
              return text.trim() === ""
                ? []
                : [rowOf({ line, user: text, type: undefined, apps: undefined }, userIdType)]
            }),
          ),
        end: (): Result.Result<ReadonlyArray<Row>, UsageError> => Result.succeed([]),
      }
    case "ndjson":
      return {
        read: (batch: ReadonlyArray<Line>): Result.Result<ReadonlyArray<Row>, UsageError> =>
          Result.succeed(batch.flatMap((line) => ndjsonRow(line, columns, userIdType) ?? [])),
        end: (): Result.Result<ReadonlyArray<Row>, UsageError> => Result.succeed([]),
      }
    case "csv":
      return makeCsvReader(columns, userIdType)
  }
}

/** The rows of the input, as they are read. */
const read = (options: Options, source: Source): Stream.Stream<Row, UsageError, FileSystem.FileSystem | Stdio.Stdio> =>
  Stream.suspend(() => {
    const reader = readers(options.format, options)
    const body = Stream.mapEffect(lines(bytes(options.file, source)), (batch) => Effect.fromResult(reader.read(batch)))
    const ending = Stream.fromEffect(Effect.suspend(() => Effect.fromResult(reader.end())))
    return Stream.flattenIterable(Stream.concat(body, ending))
  })

/** An input that has been looked at: it is there, and its header names the columns. */
export interface Input {
  readonly rows: Stream.Stream<Row, UsageError, FileSystem.FileSystem | Stdio.Stdio>
  /** How many users it names, where that can be known before. */
  readonly total: number | undefined
}

/** Opens an input. A regular file is read to its end once, to count it; of a pipe only the beginning. */
export const open = Effect.fnUntraced(function* (
  options: Options,
): Effect.fn.Return<Input, UsageError, FileSystem.FileSystem | Stdio.Stdio | Scope.Scope> {
  const source = yield* sourceOf(options.file)
  const rows = read(options, source)
  if (source === "regular file")
    return { rows, total: yield* Stream.runCount(Stream.filter(rows, (row) => !isBad(row))) }
  const pull = yield* Stream.toPull(rows)
  const first = yield* Pull.catchDone(pull, () => Effect.succeed<ReadonlyArray<Row>>([]))
  const all = Stream.concat(Stream.fromIterable(first), Stream.fromPull(Effect.succeed(pull)))
  return { rows: first.length === 0 ? Stream.empty : all, total: undefined }
})
