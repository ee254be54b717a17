/** Opens a list of users: a file or the standard input, as CSV, NDJSON or one user a line. */
import type { KickUsers } from "@genauth-effect/client"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { PlatformError } from "effect/PlatformError"
import * as Result from "effect/Result"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { UsageError } from "../ExitCode.ts"
import type { Named } from "./columns.ts"
import { makeRecordGrouper } from "./csvRecords.ts"
import { makeCsvReader } from "./csvRows.ts"
import { type Format, formatOf } from "./format.ts"
import { type Line, makeLineSplitter } from "./lines.ts"
import { ndjsonRow } from "./ndjsonRows.ts"
import type { Row } from "./Row.ts"
import { rowOf } from "./rows.ts"

/** What to read and how. */
export interface Options {
  /** A path, or `-` for the standard input. */
  readonly file: string
  /** By the name of the file where it is not given: .csv, .tsv, .ndjson, .jsonl, and lines otherwise. */
  readonly format: Format | undefined
  readonly columns: Named
  readonly userIdType: KickUsers.UserIdType
}

const unreadable = (file: string) => (error: PlatformError) =>
  new UsageError({ message: `${file === "-" ? "the standard input" : file} cannot be read: ${error.reason._tag}` })

/** The bytes of the input. A folder or a missing file fails before anything is done. */
const bytes = (file: string): Stream.Stream<Uint8Array, UsageError, FileSystem.FileSystem | Stdio.Stdio> =>
  file === "-"
    ? Stream.unwrap(Effect.map(Stdio.Stdio, ({ stdin }) => Stream.mapError(stdin, unreadable(file))))
    : Stream.unwrap(Effect.map(FileSystem.FileSystem, (files) => Stream.mapError(files.stream(file), unreadable(file))))

/** Fails where the input cannot be a list: missing, a folder. */
export const check = (file: string): Effect.Effect<void, UsageError, FileSystem.FileSystem> =>
  file === "-"
    ? Effect.void
    : Effect.gen(function* () {
        const files = yield* FileSystem.FileSystem
        const { type } = yield* Effect.mapError(
          files.stat(file),
          (error) =>
            new UsageError({
              message: error.reason._tag === "NotFound" ? `${file} is not there` : unreadable(file)(error).message,
            }),
        )
        if (type === "Directory") return yield* new UsageError({ message: `${file} is a folder, not a file` })
      })

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
    case "csv": {
      const grouper = makeRecordGrouper()
      const reader = makeCsvReader(columns, userIdType)
      return {
        read: (batch: ReadonlyArray<Line>) => reader.read(grouper.push(batch)),
        end: () => reader.read(grouper.end()),
      }
    }
  }
}

/** The rows of the input, as they are read. */
export const rows = (options: Options): Stream.Stream<Row, UsageError, FileSystem.FileSystem | Stdio.Stdio> =>
  Stream.suspend(() => {
    const reader = readers(options.format ?? formatOf(options.file), options)
    const body = Stream.mapEffect(lines(bytes(options.file)), (batch) => Effect.fromResult(reader.read(batch)))
    const ending = Stream.fromEffect(Effect.suspend(() => Effect.fromResult(reader.end())))
    return Stream.flattenIterable(Stream.concat(body, ending))
  })

/** How many lines a file has that are not empty; a header is one of them. */
export const countLines = (file: string): Effect.Effect<number, UsageError, FileSystem.FileSystem | Stdio.Stdio> =>
  Stream.runFold(
    lines(bytes(file)),
    () => 0,
    (count, batch) => count + batch.filter(({ text }) => text === undefined || text.trim() !== "").length,
  )
