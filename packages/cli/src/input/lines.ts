/** Text in pieces to numbered lines. */

/** A line of a file. `text` is `undefined` where it is longer than {@link maxLineLength}. */
export interface Line {
  readonly line: number
  readonly text: string | undefined
}

/** In UTF-16 units. Far above any line that names a user, far below what would hurt. */
export const maxLineLength = 1_048_576

/** Collects text and hands out whole lines. LF, CRLF and a CR of its own, as on old Macs, end a line. */
export interface LineSplitter {
  readonly push: (text: string) => ReadonlyArray<Line>
  /** The last line, where no line end follows it. */
  readonly end: () => ReadonlyArray<Line>
}

/** Starts with line 1. */
export const makeLineSplitter = (): LineSplitter => {
  let pending = ""
  let isTooLong = false
  // A CR at the end of a piece has ended its line; an LF at the start of the next piece belongs to it.
  let isAfterReturn = false
  let line = 0
  const take = (text: string): Line => {
    line += 1
    return { line, text: isTooLong || text.length > maxLineLength ? undefined : text }
  }
  return {
    push: (text) => {
      if (text === "") return []
      const body = isAfterReturn && text.startsWith("\n") ? text.slice(1) : text
      isAfterReturn = text.endsWith("\r")
      const parts = body.includes("\r") ? body.split(/\r\n|\r|\n/) : body.split("\n")
      const rest = parts.pop() ?? ""
      const lines: Array<Line> = []
      for (const part of parts) {
        lines.push(take(pending + part))
        pending = ""
        isTooLong = false
      }
      pending = isTooLong ? "" : pending + rest
      if (pending.length > maxLineLength) {
        isTooLong = true
        pending = ""
      }
      return lines
    },
    end: () => (pending === "" && !isTooLong ? [] : [take(pending)]),
  }
}
