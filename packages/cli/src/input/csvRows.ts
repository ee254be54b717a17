/** CSV to rows. csv-parse reads the records; which lines they are is known from here. */
import type { KickUsers } from "@genauth-effect/client"
import { parse } from "csv-parse/sync"
import * as Result from "effect/Result"
import { UsageError } from "../ExitCode.ts"
import { type Columns, findColumns, type Named } from "./columns.ts"
import { delimiterOf, delimiters, namedDelimiter } from "./csvDelimiter.ts"
import { type CsvRecord, makeRecordGrouper, type RecordGrouper } from "./csvRecords.ts"
import type { Line } from "./lines.ts"
import type { Row } from "./Row.ts"
import { appsInCell, rowOf } from "./rows.ts"

// The records have been looked at: quotes in them either enclose a field, or stand inside one that began without.
const cellsOf = (text: string, delimiter: string): ReadonlyArray<ReadonlyArray<string>> =>
  parse(text, {
    delimiter,
    trim: true,
    relax_quotes: true,
    relax_column_count: true,
    record_delimiter: "\n",
    max_record_size: 0,
  })

const attempt = (text: string, delimiter: string): ReadonlyArray<ReadonlyArray<string>> | undefined => {
  try {
    return cellsOf(text, delimiter)
  } catch {
    return undefined
  }
}

const misplaced = "a quote stands in the wrong place or is not closed, or the line is too long"

/** Reads the lines of one file. */
export interface CsvReader {
  readonly read: (lines: ReadonlyArray<Line>) => Result.Result<ReadonlyArray<Row>, UsageError>
  /** What is left where the file ends. */
  readonly end: () => Result.Result<ReadonlyArray<Row>, UsageError>
}

/** What the header says of all lines after it. */
interface Layout {
  readonly delimiter: string
  readonly header: ReadonlyArray<string>
  readonly columns: Columns
}

const layoutOf = (
  text: string | undefined,
  delimiter: string | undefined,
  named: Named,
): Result.Result<Layout, UsageError> => {
  const found = delimiter ?? delimiterOf(text ?? "")
  const header = text === undefined ? undefined : attempt(text, found)?.[0]?.map((name) => name.trim())
  return header === undefined
    ? Result.fail(new UsageError({ message: "the header of the CSV cannot be read" }))
    : Result.map(findColumns(header, named), (columns) => ({ delimiter: found, header, columns }))
}

const bodyReader = ({ columns, delimiter, header }: Layout, userIdType: KickUsers.UserIdType) => {
  const indexOf = (name: string | undefined) => (name === undefined ? -1 : header.indexOf(name))
  const at = { user: indexOf(columns.user), type: indexOf(columns.type), app: indexOf(columns.app) }

  const row = (line: number, cells: ReadonlyArray<string>): Row =>
    rowOf(
      {
        line,
        user: cells[at.user],
        type: cells[at.type],
        apps: columns.app === undefined ? undefined : appsInCell(cells[at.app]),
      },
      userIdType,
    )

  const rows = ({ lines, line, text }: CsvRecord, cells: ReadonlyArray<string> | undefined): ReadonlyArray<Row> => {
    if (text === undefined || cells === undefined) return lines.map((each) => ({ line: each, problem: misplaced }))
    // Stray quotes may happen to enclose other lines, whose delimiters then make too many cells.
    if (lines.length > 1 && cells.slice(header.length).some((cell) => cell.trim() !== "")) {
      return lines.map((each) => ({ line: each, problem: "a quoted field over several lines, and too many cells" }))
    }
    return [row(line, cells)]
  }

  return (records: ReadonlyArray<CsvRecord>): ReadonlyArray<Row> => {
    const readable = records.filter(({ text }) => text !== undefined)
    // All at once is several times faster, and right as long as csv-parse makes of each record what was seen in it.
    const together = attempt(readable.map(({ text }) => text).join("\n"), delimiter)
    const isAgreed = together?.length === readable.length
    let read = 0
    return records.flatMap((record) => {
      if (record.text === undefined) return rows(record, undefined)
      read += 1
      return rows(record, isAgreed ? together[read - 1] : only(attempt(record.text, delimiter)))
    })
  }
}

const only = (records: ReadonlyArray<ReadonlyArray<string>> | undefined): ReadonlyArray<string> | undefined =>
  records?.length === 1 ? records[0] : undefined

interface Body {
  readonly grouper: RecordGrouper
  readonly read: (records: ReadonlyArray<CsvRecord>) => ReadonlyArray<Row>
}

/** Starts a file; its first record is the header. */
export const makeCsvReader = (named: Named, userIdType: KickUsers.UserIdType): CsvReader => {
  let delimiter: string | undefined
  let headerGrouper = makeRecordGrouper(delimiters.join(""))
  let body: Body | undefined

  const readHeader = ({ text }: CsvRecord): Result.Result<Body, UsageError> =>
    Result.map(layoutOf(text, delimiter, named), (layout) => ({
      grouper: makeRecordGrouper(layout.delimiter),
      read: bodyReader(layout, userIdType),
    }))

  const readBody = ({ grouper, read }: Body, lines: ReadonlyArray<Line>): ReadonlyArray<Row> =>
    read(grouper.push(lines))

  return {
    read: (lines) => {
      if (body !== undefined) return Result.succeed(readBody(body, lines))
      for (const [index, line] of lines.entries()) {
        const said = line.line === 1 ? namedDelimiter(line.text) : undefined
        if (said !== undefined) {
          delimiter = said
          headerGrouper = makeRecordGrouper(said)
          continue
        }
        const [header] = headerGrouper.push([line])
        if (header === undefined) continue
        return Result.map(readHeader(header), (found) => {
          body = found
          return readBody(found, lines.slice(index + 1))
        })
      }
      return Result.succeed([])
    },
    end: () => {
      if (body !== undefined) return Result.succeed(body.read(body.grouper.end()))
      const [header] = headerGrouper.end()
      return header === undefined ? Result.succeed([]) : Result.map(readHeader(header), () => [])
    },
  }
}
