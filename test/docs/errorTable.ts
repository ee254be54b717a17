/** The README's table of errors, made from the code tables of the protocol, so that nobody edits it by hand. */
import { LocalErrors } from "@genauth-effect/client"
import { ApiCode, type Classification, Remedy, StatusCode } from "@genauth-effect/protocol"

interface Row {
  readonly name: string
  readonly code: string
  readonly meaning: string
  readonly retry: string
  readonly remedy: string
}

const retries: Record<Classification.RetryKind, string> = {
  never: "no",
  backoff: "yes, after a wait",
  resign: "once, signed anew",
  clock: "once, with the service's time",
  renewToken: "once, with a new token",
}

const rows: ReadonlyArray<Row> = [
  ...ApiCode.all
    .filter((row) => row.met !== "no" && row.category !== "placeholder")
    .map((row) => ({
      ...row,
      code: `apiCode ${row.apiCode}`,
      retry: retries[row.retry],
      remedy: Remedy.ofApiCode(row.apiCode) ?? "",
    })),
  ...StatusCode.all.map((row) => ({
    ...row,
    code: `statusCode ${row.statusCode}`,
    retry: retries[row.retry],
    remedy: Remedy.ofStatusCode(row.statusCode) ?? "",
  })),
  ...LocalErrors.all.map((row) => ({ ...row, code: row.answer, retry: row.retried })),
]

/** The names in the table. */
export const names: ReadonlyArray<string> = rows.map((row) => row.name)

const table = (lines: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? []
  const show = (line: ReadonlyArray<string>) => `| ${line.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(" | ")} |`
  const [head = [], ...body] = lines
  return [show(head), show(widths.map((width) => "-".repeat(width))), ...body.map(show)].join("\n")
}

const start = "<!-- errors: written by `npm run docs` -->"
const end = "<!-- /errors -->"

/** A text with its table brought up to date. */
export const update = (text: string): string => {
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from === -1 || to < from) throw new Error(`no place for the table: ${start} … ${end}`)
  const head = ["error (`_tag`)", "answer", "meaning", "retried by the client", "what to do"]
  const lines = rows.map((row) => [`\`${row.name}\``, row.code, row.meaning, row.retry, row.remedy])
  return `${text.slice(0, from)}${start}\n\n${table([head, ...lines])}\n\n${text.slice(to)}`
}
