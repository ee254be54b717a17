/** The standard error: notes that stay, and one line at the bottom that changes, where it is a terminal. */
import * as Context from "effect/Context"
import { styleText } from "node:util"
import { cut } from "./cut.ts"

/** A place to write to. */
export interface Target {
  readonly isTerminal: boolean
  readonly columns: () => number
  readonly write: (text: string) => void
}

/** A colour, where there are colours. */
export type Style = "red" | "green" | "yellow" | "dim" | "bold"

/** The screen. */
export interface Service {
  readonly isTerminal: boolean
  /** A line that stays. */
  readonly note: (text: string) => void
  /** Draws the changing line anew. Nothing where the screen is no terminal. */
  readonly draw: (text: string) => void
  /** Takes the changing line away. */
  readonly clear: () => void
  /** Lets the changing line stay as it is. */
  readonly keep: () => void
  readonly columns: () => number
  readonly style: (style: Style, text: string) => string
}

// NO_COLOR: any value but an empty one, see no-color.org.
const hasColors = ({ isTTY }: NodeJS.WriteStream): boolean =>
  isTTY && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb"

const styled = (isColored: boolean, style: Style, text: string): string =>
  isColored ? styleText(style, text, { validateStream: false }) : text

/** Colours for the standard output, which may be a file where the standard error is a terminal. */
export const outputStyle = (style: Style, text: string): string => styled(hasColors(process.stdout), style, text)

const clearLine = "\r\u001b[2K"

/** A screen on a target. */
export const make = (target: Target, isColored: boolean): Service => {
  let drawn = ""
  const erase = () => {
    if (drawn !== "") target.write(clearLine)
  }
  return {
    isTerminal: target.isTerminal,
    note: (text) => {
      erase()
      target.write(`${text}\n`)
      if (drawn !== "") target.write(drawn)
    },
    draw: (text) => {
      if (!target.isTerminal) return
      // A line that wraps could not be taken away again, and the last column wraps on some terminals.
      const fitting = cut(text, (target.columns() || 80) - 1)
      target.write(drawn === "" ? fitting : clearLine + fitting)
      drawn = fitting
    },
    clear: () => {
      erase()
      drawn = ""
    },
    keep: () => {
      if (drawn !== "") target.write("\n")
      drawn = ""
    },
    columns: target.columns,
    style: (style, text) => styled(isColored, style, text),
  }
}

const ofProcess = (): Service => {
  const { stderr } = process
  return make(
    { isTerminal: stderr.isTTY, columns: () => stderr.columns, write: (text) => void stderr.write(text) },
    hasColors(stderr),
  )
}

/** The screen of the running command; the process's own by default. */
export const Screen = Context.Reference<Service>("@genauth-effect/cli/Screen", { defaultValue: ofProcess })
