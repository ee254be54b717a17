/** The README's table of errors, made from the code tables of the protocol, so that nobody edits it by hand. */
import type { ApiError } from "@genauth-effect/client"
import { ApiCode, type Classification, StatusCode } from "@genauth-effect/protocol"

type Tag = ApiError.ApiError["_tag"]

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

// The errors that are no answer's code. Their names are checked against the client's union by a test.
const ours: ReadonlyArray<readonly [tag: Tag, code: string, meaning: string, retry: string, remedy: string]> = [
  [
    "UnexpectedApiCode",
    "any other apiCode",
    "a code of another flow, or one that no list knows",
    "as its statusCode",
    "Look at `meaning` and `serverMessage`; report it if a kick answers it.",
  ],
  [
    "UnexpectedStatusCode",
    "any other statusCode or HTTP status",
    "no list knows it",
    "HTTP 408, 425, 429, 5xx",
    "Look at `httpStatus`: it may come from a gateway.",
  ],
  [
    "SuccessFalse",
    "200",
    "statusCode 200, yet `success: false`",
    "only with `retry.successFalse`",
    "Verify with check-session-status; the meaning is undocumented.",
  ],
  [
    "UnreadableResponse",
    "",
    "HTML, garbled JSON, a body over 1 MiB, another shape",
    "yes, after a wait",
    "Look at `reason` and at what stands between here and the service.",
  ],
  [
    "RedirectRefused",
    "",
    "the host answered with a redirect",
    "no",
    "Correct the host; a signed request is not sent elsewhere.",
  ],
  [
    "TransportFailed",
    "",
    "the connection failed or broke",
    "yes, but not for certificates",
    "Look at `code` (ECONNREFUSED, …); give the HttpClient the CA of the host.",
  ],
  [
    "RequestTimedOut",
    "",
    "no answer within `timeout`",
    "yes, after a wait",
    "The outcome is unknown. Repeat or verify.",
  ],
  [
    "DeadlineExceeded",
    "",
    "the whole call took longer than `deadline`",
    "no",
    "Look at `lastError` and `outcomeUnknown`; repeat later.",
  ],
  ["CircuitOpen", "", "the circuit breaker is open, nothing was sent", "no", "Wait until `until`."],
  ["InvalidRequest", "", "the request is wrong, nothing was sent", "no", "Correct `field` as `remedy` says."],
  [
    "TokenUnusable",
    "",
    "get-management-token gave no usable token",
    "no",
    "Look at `reason`; set `userPoolId` if the claim is missing.",
  ],
]

const rows: ReadonlyArray<Row> = [
  ...ApiCode.all
    .filter((row) => row.met !== "no" && row.category !== "placeholder")
    .map((row) => ({ ...row, code: `apiCode ${row.apiCode}`, retry: retries[row.retry] })),
  ...StatusCode.all.map((row) => ({ ...row, code: `statusCode ${row.statusCode}`, retry: retries[row.retry] })),
  ...ours.map(([name, code, meaning, retry, remedy]) => ({ name, code, meaning, retry, remedy })),
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
