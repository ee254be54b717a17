/** What a code or an error means and what to do about it. */
import { LocalErrors } from "@genauth-effect/client"
import { ApiCode, type Classification, Remedy, StatusCode } from "@genauth-effect/protocol"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { commandErrors } from "../commandErrors.ts"
import { UsageError } from "../ExitCode.ts"
import { Json } from "../globalFlags.ts"

interface Explanation {
  readonly name: string
  readonly apiCode?: number
  readonly statusCode?: number
  readonly meaning: string
  readonly retry: string
  readonly remedy: string
  readonly source?: string
}

const retries: Record<Classification.RetryKind, string> = {
  never: "no: the same call would meet it again",
  backoff: "yes, after a wait; the client does so by itself",
  resign: "the client signs once more by itself",
  clock: "the client signs once more with the service's time",
  renewToken: "with a token the client renews it once; a signature would be refused again",
}

const all: ReadonlyArray<Explanation> = [
  ...ApiCode.all.map(({ apiCode, meaning, name, retry, source }) => ({
    name,
    apiCode,
    meaning,
    retry: retries[retry],
    remedy: Remedy.ofApiCode(apiCode) ?? "",
    source,
  })),
  ...StatusCode.all.map(({ meaning, name, retry, source, statusCode }) => ({
    name,
    statusCode,
    meaning,
    retry: retries[retry],
    remedy: Remedy.ofStatusCode(statusCode) ?? "",
    source,
  })),
  ...[...LocalErrors.all, ...LocalErrors.ofRuns].map(({ meaning, name, remedy, retried }) => ({
    name,
    meaning,
    retry: retried,
    remedy,
  })),
  ...commandErrors,
]

/** What is known of a code or a tag. Some numbers are an apiCode and a statusCode. */
export const explanationsOf = (wanted: string): ReadonlyArray<Explanation> => {
  const text = wanted.trim().toLowerCase()
  return all.filter(
    ({ apiCode, name, statusCode }) =>
      name.toLowerCase() === text || String(apiCode) === text || String(statusCode) === text,
  )
}

const text = ({ apiCode, meaning, name, remedy, retry, source, statusCode }: Explanation): string =>
  [
    apiCode === undefined
      ? statusCode === undefined
        ? name
        : `${name}, statusCode ${statusCode}`
      : `${name}, apiCode ${apiCode}`,
    `  meaning     ${meaning}`,
    `  retry       ${retry}`,
    `  what to do  ${remedy}`,
    ...(source === undefined ? [] : [`  source      ${source}`]),
  ].join("\n")

/** Prints what is known. */
export const explain = Effect.fnUntraced(function* ({ code }: { readonly code: string }) {
  const found = explanationsOf(code)
  const [only] = found
  if (only === undefined) {
    return yield* new UsageError({
      message: `no list knows ${JSON.stringify(code.slice(0, 80))}; the client reports such a code as UnexpectedApiCode or UnexpectedStatusCode`,
    })
  }
  yield* Console.log((yield* Json) ? JSON.stringify(found.length === 1 ? only : found) : found.map(text).join("\n\n"))
})
