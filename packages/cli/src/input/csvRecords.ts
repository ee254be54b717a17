/**
 * Lines to CSV records. A record goes on over the next line while a quote is open. One that stays open is cut off at
 * its first line, so that a stray quote costs one line and not the rest of the file.
 */
import type { Line } from "./lines.ts"

/** The text of one record and the line it begins in; without a text where it cannot be one. */
export interface CsvRecord {
  readonly line: number
  readonly text: string | undefined
}

// A quoted field with line breaks is an address or a note. More lines than this are a forgotten quote.
const maxLinesOfRecord = 20

const hasOpenQuote = (text: string): boolean => {
  let quotes = 0
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) quotes += 1
  return quotes % 2 === 1
}

/** Collects lines and hands out whole records. Empty lines are none. */
export interface RecordGrouper {
  readonly push: (lines: ReadonlyArray<Line>) => ReadonlyArray<CsvRecord>
  readonly end: () => ReadonlyArray<CsvRecord>
}

/** Starts a file. */
export const makeRecordGrouper = (): RecordGrouper => {
  let open: Array<Line> = []

  const giveUp = (records: Array<CsvRecord>): void => {
    const [first, ...rest] = open
    open = []
    if (first === undefined) return
    records.push({ line: first.line, text: undefined })
    for (const line of rest) take(line, records)
  }

  const take = (line: Line, records: Array<CsvRecord>): void => {
    const { text } = line
    if (text === undefined) {
      while (open.length > 0) giveUp(records)
      records.push({ line: line.line, text: undefined })
    } else if (open.length === 0) {
      if (hasOpenQuote(text)) open.push(line)
      else if (text.trim() !== "") records.push({ line: line.line, text })
    } else {
      open.push(line)
      if (hasOpenQuote(text)) {
        records.push({ line: open[0]?.line ?? line.line, text: open.map((part) => part.text).join("\n") })
        open = []
      } else if (open.length >= maxLinesOfRecord) giveUp(records)
    }
  }

  return {
    push: (lines) => {
      const records: Array<CsvRecord> = []
      for (const line of lines) take(line, records)
      return records
    },
    end: () => {
      const records: Array<CsvRecord> = []
      while (open.length > 0) giveUp(records)
      return records
    },
  }
}
