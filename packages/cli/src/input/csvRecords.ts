/**
 * Lines to CSV records. A quote opens a field at the start of the field only, and a field that is open goes on over the
 * next line. Where what comes after cannot be the rest of such a field, the quote was a stray one: it costs the line it
 * stands in, and the lines after it are read again for themselves.
 */
import { type Line, maxLineLength } from "./lines.ts"

/** The text of one record. Without a text its first line cannot be read. */
export interface CsvRecord {
  /** The line it begins in. */
  readonly line: number
  readonly text: string | undefined
  /** The numbers of its lines that are not empty. */
  readonly lines: ReadonlyArray<number>
}

// In UTF-16 units. A cell of Excel holds 32,767 and one of Google Sheets 50,000: more than this is a forgotten quote.
const maxQuotedLength = 65_536

/** What a line is: it ends its record, it ends inside a quoted field, or a quote stands where none may. */
type Ending = { readonly is: "whole" | "broken" } | { readonly is: "open"; readonly quotedLength: number }

const whole: Ending = { is: "whole" }
const broken: Ending = { is: "broken" }

/**
 * Reads a line, which begins in a quoted field where `quotedBefore`, the length of that field so far, is given. Spaces
 * beside a quoted field are none of it.
 */
const read = (text: string, quotedBefore: number | undefined, delimiters: string): Ending => {
  const afterBlanks = (from: number): number => {
    let at = from
    while (at < text.length && /\s/.test(text.charAt(at)) && !delimiters.includes(text.charAt(at))) at += 1
    return at
  }
  let isQuoted = quotedBefore !== undefined
  let opened = quotedBefore === undefined ? 0 : -quotedBefore - 1
  let at = 0
  while (true) {
    if (isQuoted) {
      const quote = text.indexOf('"', at)
      if (quote === -1) return { is: "open", quotedLength: text.length - opened }
      if (text.charAt(quote + 1) === '"') {
        at = quote + 2
        continue
      }
      at = afterBlanks(quote + 1)
      if (at === text.length) return whole
      if (!delimiters.includes(text.charAt(at))) return broken
      at += 1
      isQuoted = false
    }
    at = afterBlanks(at)
    if (text.charAt(at) === '"') {
      at += 1
      isQuoted = true
      opened = at
      continue
    }
    // A quote inside a field that began without one is a character like any other: 5" disk.
    while (at < text.length && !delimiters.includes(text.charAt(at))) at += 1
    if (at === text.length) return whole
    at += 1
  }
}

/** Collects lines and hands out records. Empty lines are none. */
export interface RecordGrouper {
  readonly push: (lines: ReadonlyArray<Line>) => ReadonlyArray<CsvRecord>
  readonly end: () => ReadonlyArray<CsvRecord>
}

interface TextLine {
  readonly line: number
  readonly text: string
}

/** Starts a file whose fields are parted by any of the characters in `delimiters`. */
export const makeRecordGrouper = (delimiters: string): RecordGrouper => {
  let open: Array<TextLine> = []
  let length = 0
  let quotedLength: number | undefined

  const unreadable = (line: number): CsvRecord => ({ line, text: undefined, lines: [line] })

  const begin = (): ReadonlyArray<TextLine> => {
    const lines = open
    open = []
    length = 0
    quotedLength = undefined
    return lines
  }

  /** Gives up the first line of the open record, and returns the others. */
  const giveUp = (records: Array<CsvRecord>): ReadonlyArray<TextLine> => {
    const [first, ...others] = begin()
    if (first !== undefined) records.push(unreadable(first.line))
    return others
  }

  const take = (lines: ReadonlyArray<TextLine>, records: Array<CsvRecord>): void => {
    const ahead = lines.toReversed()
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      const { line, text } = next
      if (open.length === 0 && text.trim() === "") continue
      const isPlain = open.length === 0 && !text.includes('"')
      const ending = isPlain ? whole : read(text, quotedLength, delimiters)
      open.push(next)
      length += text.length + 1
      if (ending.is === "whole") {
        const all = begin()
        records.push({
          line: all[0]?.line ?? line,
          text: all.map((part) => part.text).join("\n"),
          lines: all.filter((part) => part.text.trim() !== "").map((part) => part.line),
        })
      } else if (ending.is === "open" && ending.quotedLength <= maxQuotedLength && length <= maxLineLength) {
        quotedLength = ending.quotedLength
      } else {
        for (const again of giveUp(records).toReversed()) ahead.push(again)
      }
    }
  }

  const close = (records: Array<CsvRecord>): void => {
    while (open.length > 0) take(giveUp(records), records)
  }

  return {
    push: (lines) => {
      const records: Array<CsvRecord> = []
      for (const { line, text } of lines) {
        if (text === undefined) {
          close(records)
          records.push(unreadable(line))
        } else take([{ line, text }], records)
      }
      return records
    },
    end: () => {
      const records: Array<CsvRecord> = []
      close(records)
      return records
    },
  }
}
