/** CSV records to rows. csv-parse reads the records; which lines they are is known from here. */
import type { KickUsers } from "@genauth-effect/client"
import { parse } from "csv-parse/sync"
import * as Result from "effect/Result"
import { UsageError } from "../ExitCode.ts"
import { type Columns, findColumns, type Named } from "./columns.ts"
import type { CsvRecord } from "./csvRecords.ts"
import type { Row } from "./Row.ts"
import { appsInCell, rowOf } from "./rows.ts"

const delimiters = [",", ";", "\t", "|"]

/** The delimiter of a header line: the one that is there most often outside quotes. */
export const delimiterOf = (header: string): string => {
  const bare = header.replaceAll(/"[^"]*"/g, "")
  const count = (delimiter: string) => bare.split(delimiter).length
  return delimiters.reduce((best, next) => (count(next) > count(best) ? next : best))
}

const cellsOf = (text: string, delimiter: string): ReadonlyArray<ReadonlyArray<string>> =>
  parse(text, { delimiter, relax_column_count: true, record_delimiter: "\n", max_record_size: 0 })

/** Reads records of one file. */
export interface CsvReader {
  readonly read: (records: ReadonlyArray<CsvRecord>) => Result.Result<ReadonlyArray<Row>, UsageError>
}

/** Starts a file; its first record is the header. */
export const makeCsvReader = (named: Named, userIdType: KickUsers.UserIdType): CsvReader => {
  let layout: { readonly delimiter: string; readonly at: (name: string | undefined) => number } | undefined
  let columns: Columns | undefined

  const readHeader = (record: CsvRecord | undefined): Result.Result<void, UsageError> => {
    if (record === undefined) return Result.void
    const text = record.text
    if (text === undefined) return Result.fail(new UsageError({ message: "the header of the CSV cannot be read" }))
    const delimiter = delimiterOf(text)
    let header: ReadonlyArray<string>
    try {
      header = cellsOf(text, delimiter)[0]?.map((name) => name.trim()) ?? []
    } catch {
      return Result.fail(new UsageError({ message: "the header of the CSV cannot be read" }))
    }
    const found = findColumns(header, named)
    if (Result.isFailure(found)) return Result.fail(found.failure)
    columns = found.success
    layout = { delimiter, at: (name) => (name === undefined ? -1 : header.indexOf(name)) }
    return Result.void
  }

  const row = (line: number, cells: ReadonlyArray<string>, at: (name: string | undefined) => number): Row =>
    rowOf(
      {
        line,
        user: cells[at(columns?.user)],
        type: cells[at(columns?.type)],
        apps: columns?.app === undefined ? undefined : appsInCell(cells[at(columns.app)]),
      },
      userIdType,
    )

  const readBody = (records: ReadonlyArray<CsvRecord>): ReadonlyArray<Row> => {
    if (layout === undefined) return []
    const { at, delimiter } = layout
    const readable = records.flatMap(({ line, text }) => (text === undefined ? [] : [{ line, text }]))
    if (readable.length === records.length && records.length > 1) {
      // All at once is several times faster, and right as long as nothing is wrong with any of them.
      const all = attempt(readable.map(({ text }) => text).join("\n"), delimiter)
      if (all?.length === readable.length) {
        return readable.map(({ line }, index) => row(line, all[index] ?? [], at))
      }
    }
    return records.map(({ line, text }) => {
      if (text === undefined) return { line, problem: "a quote is not closed, or the line is too long" }
      const [cells] = attempt(text, delimiter) ?? []
      return cells === undefined ? { line, problem: "a quote stands in the wrong place" } : row(line, cells, at)
    })
  }

  return {
    read: (records) => {
      if (layout !== undefined) return Result.succeed(readBody(records))
      const [first, ...rest] = records
      return Result.map(readHeader(first), () => readBody(rest))
    },
  }
}

const attempt = (text: string, delimiter: string): ReadonlyArray<ReadonlyArray<string>> | undefined => {
  try {
    return cellsOf(text, delimiter)
  } catch {
    return undefined
  }
}
