/** Text in pieces to numbered lines. */

/** A line of a file. `text` is `undefined` where it is longer than {@link maxLineLength}. */
export interface Line {
  readonly line: number
  readonly text: string | undefined
}

/** In UTF-16 units. Far above any line that names a user, far below what would hurt. */
export const maxLineLength = 1_048_576

/** Collects text and hands out whole lines. LF and CRLF end a line. */
export interface LineSplitter {
  readonly push: (text: string) => ReadonlyArray<Line>
  /** The last line, where no line end follows it. */
  readonly end: () => ReadonlyArray<Line>
}

/** Starts with line 1. */
export const makeLineSplitter = (): LineSplitter => {
  let pending = ""
  let isTooLong = false
  let line = 0
  const take = (text: string): Line => {
    line += 1
    if (isTooLong) return { line, text: undefined }
    const whole = text.endsWith("\r") ? text.slice(0, -1) : text
    return { line, text: whole.length > maxLineLength ? undefined : whole }
  }
  return {
    push: (text) => {
      const parts = text.split("\n")
      const rest = parts.pop() ?? ""
      const lines: Array<Line> = []
      for (const part of parts) {
        lines.push(take(pending + part))
        pending = ""
        isTooLong = false
      }
      pending = isTooLong ? "" : pending + rest
      if (pending.length > maxLineLength + 1) {
        isTooLong = true
        pending = ""
      }
      return lines
    },
    end: () => {
      return pending === "" && !isTooLong ? [] : [take(pending)]
    },
  }
}
