/** What a terminal shows after all of an output: lines of coloured text. */

/** Characters of one colour. */
export interface Run {
  readonly text: string
  /** The number of an SGR colour, such as 31 for red; 2 for dim. */
  readonly style: number | undefined
}

interface Cell {
  readonly character: string
  readonly style: number | undefined
}

const sequence = /\p{Cc}\[(?<parameters>[\d;?]*)(?<command>[A-Za-z])|(?<character>[^])/gu

const isOff = (code: number): boolean => code === 0 || code === 22 || code === 39

const runsOf = (cells: ReadonlyArray<Cell>): ReadonlyArray<Run> => {
  const runs: Array<Run> = []
  for (const { character, style } of cells) {
    const last = runs.at(-1)
    if (last !== undefined && last.style === style) runs[runs.length - 1] = { text: last.text + character, style }
    else runs.push({ text: character, style })
  }
  return runs
}

/** Plays an output: carriage returns, erased lines and colours, which is all that the command uses. */
export const play = (output: string): ReadonlyArray<ReadonlyArray<Run>> => {
  const lines: Array<Array<Cell>> = [[]]
  let line = lines[0] ?? []
  let column = 0
  let style: number | undefined
  for (const { groups } of output.matchAll(sequence)) {
    const { character, command, parameters = "" } = groups ?? {}
    if (character === "\n") {
      line = []
      lines.push(line)
      column = 0
    } else if (character === "\r") column = 0
    else if (character !== undefined) {
      line[column] = { character, style }
      column += 1
    } else if (command === "K") line.length = 0
    else if (command === "m") {
      const code = Number(parameters)
      style = isOff(code) ? undefined : code
    }
  }
  if (line.length === 0) lines.pop()
  return lines.map(runsOf)
}
