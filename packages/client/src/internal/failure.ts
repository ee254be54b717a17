/** A failed attempt, before it is known whether it is the last: the error itself is made only when the call ends. */
import * as ApiCode from "@genauth-effect/protocol/ApiCode"
import type { RetryKind } from "@genauth-effect/protocol/Classification"
import type { Envelope, Reading } from "@genauth-effect/protocol/Envelope"
import * as StatusCode from "@genauth-effect/protocol/StatusCode"
import * as Duration from "effect/Duration"
import * as ApiError from "../ApiError.ts"
import { parseHttpDate, parseRetryAfter } from "./httpDate.ts"

/** What the whole call knows when it ends. */
export interface Ending {
  readonly attempts: number
  readonly outcomeUnknown: boolean
}

/** A failed attempt. */
export interface Failure {
  readonly tag: ApiError.ApiError["_tag"]
  readonly retry: RetryKind
  /** Whether the service may have carried the request out all the same. */
  readonly outcomeUnknown: boolean
  /** Whether the service asked for fewer requests: envelope 429, HTTP 429, apiCode 1000. */
  readonly isThrottled: boolean
  /** Whether the HTTP status is one of a gateway whose service is away for the moment: retried whatever the body. */
  readonly isTransient: boolean
  readonly retryAfterMillis?: number | undefined
  readonly apiCode?: number | undefined
  readonly statusCode?: number | undefined
  readonly requestId?: string | undefined
  /** The server's time in Unix milliseconds, from the Date header. */
  readonly serverTime?: number | undefined
  readonly error: (ending: Ending) => ApiError.ApiError
}

/** The parts of an answer that a failure is made from. */
export interface Answer {
  readonly httpStatus: number
  readonly reading: Reading
  /** The headers of these names, as they came. */
  readonly date: string | undefined
  readonly retryAfter: string | undefined
  /** In Unix milliseconds, by the clock here. */
  readonly receivedAt: number
  /** Texts that must not come back to us in an error: the secret, the token, the signature. */
  readonly secrets: ReadonlyArray<string>
}

const isOneOf = <R extends object>(record: R, name: string): name is Extract<keyof R, string> =>
  Object.hasOwn(record, name)

// What gateways send while the service behind them is away. Retried whatever the body.
const isTransientHttpStatus = (httpStatus: number): boolean =>
  httpStatus === 408 || httpStatus === 425 || httpStatus === 429 || httpStatus >= 500

const isOk = (httpStatus: number): boolean => httpStatus >= 200 && httpStatus < 300

const isRedirect = (httpStatus: number): boolean => httpStatus >= 300 && httpStatus < 400

const mark = "<redacted>"

const uriEncoded = (text: string): string => {
  try {
    return encodeURIComponent(text)
  } catch {
    // A lone surrogate has no such form.
    return text
  }
}

// A server may echo what it was sent, as it is or out of the JSON or the URI it found it in. Whatever it writes is
// searched for our credentials before it is kept.
const blotOut = (text: string, secrets: ReadonlyArray<string>): string => {
  let clean = text
  for (const secret of secrets) {
    if (secret === "") continue
    clean = clean.replaceAll(secret, mark)
    if (clean.includes("\\")) {
      const inJson = JSON.stringify(secret).slice(1, -1)
      // PHP escapes slashes too.
      clean = clean.replaceAll(inJson, mark).replaceAll(inJson.replaceAll("/", "\\/"), mark)
    }
    if (clean.includes("%")) clean = clean.replaceAll(uriEncoded(secret), mark)
  }
  return clean
}

const maxServerMessage = 500
const maxRequestId = 200

/** What an answer says of a failure, fit to be shown. */
interface Facts {
  readonly httpStatus: number
  readonly statusCode: number | undefined
  readonly apiCode: number | undefined
  readonly requestId: string | undefined
  readonly serverMessage: string | undefined
  readonly retryAfterMillis: number | undefined
  readonly serverTime: number | undefined
}

const factsOf = (answer: Answer): Facts => {
  const serverTime = parseHttpDate(answer.date)
  const envelope = answer.reading._tag === "Envelope" ? answer.reading : undefined
  return {
    httpStatus: answer.httpStatus,
    statusCode: envelope?.statusCode,
    apiCode: envelope?.apiCode,
    requestId: envelope?.requestId && blotOut(envelope.requestId, answer.secrets).slice(0, maxRequestId),
    serverMessage: envelope && (blotOut(envelope.message, answer.secrets).slice(0, maxServerMessage) || undefined),
    // A Retry-After that is a date is one of the server's clock, and so is the answer's own date.
    retryAfterMillis: parseRetryAfter(answer.retryAfter, serverTime ?? answer.receivedAt),
    serverTime,
  }
}

const codes = (facts: Facts): string =>
  [
    facts.apiCode === undefined ? [] : [`apiCode ${facts.apiCode}`],
    facts.statusCode === undefined ? [] : [`statusCode ${facts.statusCode}`],
    facts.statusCode !== undefined && facts.httpStatus === 200 ? [] : [`HTTP ${facts.httpStatus}`],
    facts.requestId === undefined ? [] : [`requestId ${facts.requestId}`],
  ]
    .flat()
    .join(", ")

/** Which error an answer is, and in whose words. */
interface Verdict {
  readonly tag: ApiError.ApiError["_tag"]
  readonly retry: RetryKind
  readonly meaning: string
  readonly outcomeUnknown: boolean
}

type Row = ApiCode.ApiCode | StatusCode.StatusCode

// Where the service failed, or something between did, it may have carried the request out before.
const verdictOf = (row: Row, tag: Verdict["tag"]): Verdict => ({
  tag,
  retry: row.retry,
  meaning: row.meaning,
  outcomeUnknown: row.category === "server",
})

const byStatus = (status: number): Verdict => {
  const row = StatusCode.get(status)
  return row !== undefined && isOneOf(ApiError.byStatusCodeName, row.name)
    ? verdictOf(row, row.name)
    : {
        tag: "UnexpectedStatusCode",
        retry: "never",
        meaning: "unexpected statusCode",
        outcomeUnknown: status >= 500 || status === 408,
      }
}

const byApiCode = (apiCode: number, statusCode: number): Verdict => {
  const row = ApiCode.get(apiCode)
  if (row !== undefined && isOneOf(ApiError.byApiCodeName, row.name)) return verdictOf(row, row.name)
  // An unknown code is never retried for being unknown, only for what its statusCode says.
  const status = byStatus(statusCode)
  return {
    tag: "UnexpectedApiCode",
    retry: status.retry === "backoff" ? "backoff" : "never",
    meaning: row === undefined ? "unexpected apiCode" : `unexpected apiCode: ${row.meaning}`,
    outcomeUnknown: status.outcomeUnknown,
  }
}

const unreadable = (reason: string): Verdict => ({
  tag: "UnreadableResponse",
  retry: "backoff",
  meaning: `the answer cannot be read: ${reason}`,
  outcomeUnknown: true,
})

const byHttpStatus = (httpStatus: number, reason: string): Verdict => {
  if (isOk(httpStatus)) return unreadable(reason)
  return isRedirect(httpStatus)
    ? { tag: "RedirectRefused", retry: "never", meaning: "the host answered with a redirect", outcomeUnknown: false }
    : byStatus(httpStatus)
}

/**
 * The failure that an answer is, by the ladder apiCode, statusCode, HTTP status, unreadable. For answers that are no
 * {@link isSuccess}.
 */
export const fromAnswer = (answer: Answer): Failure => {
  const facts = factsOf(answer)
  const { apiCode, httpStatus, statusCode } = facts
  if (statusCode === undefined || statusCode === StatusCode.ok) {
    const reason = answer.reading._tag === "Unreadable" ? answer.reading.reason : "a payload of another shape"
    // A success under a failing HTTP status proves nothing; the HTTP status decides.
    return failure({ ...facts, statusCode: undefined, apiCode: undefined }, byHttpStatus(httpStatus, reason), reason)
  }
  return failure(facts, apiCode === undefined ? byStatus(statusCode) : byApiCode(apiCode, statusCode))
}

/** Whether an answer says that the call succeeded, its payload aside: HTTP 2xx and statusCode 200. */
export const isSuccess = (answer: Answer): answer is Answer & { readonly reading: Envelope } =>
  isOk(answer.httpStatus) && answer.reading._tag === "Envelope" && answer.reading.statusCode === StatusCode.ok

/** The envelope of a success, fit to be shown: its requestId goes into spans, logs and reports, its message to the caller. */
export const presentable = (answer: Answer & { readonly reading: Envelope }): Envelope => {
  const { reading, secrets } = answer
  const message = blotOut(reading.message, secrets)
  const requestId = reading.requestId && blotOut(reading.requestId, secrets).slice(0, maxRequestId)
  return message === reading.message && requestId === reading.requestId ? reading : { ...reading, message, requestId }
}

/** What can be wrong with the payload of a readable success. */
export type PayloadProblem = "success: false" | "a payload of another shape"

/** The failure of a readable success whose payload does not say `success: true`, or has another shape. */
export const fromPayload = (answer: Answer, problem: PayloadProblem): Failure =>
  failure(
    factsOf(answer),
    problem === "success: false"
      ? { tag: "SuccessFalse", retry: "never", meaning: "the service answered success: false", outcomeUnknown: true }
      : unreadable(problem),
    problem,
  )

const failure = (facts: Facts, verdict: Verdict, reason = ""): Failure => {
  const isTransient = isTransientHttpStatus(facts.httpStatus)
  const { retry } = verdict
  return {
    ...verdict,
    ...facts,
    isTransient,
    isThrottled: facts.httpStatus === 429 || facts.statusCode === 429 || facts.apiCode === 1000,
    error: (ending) => {
      const { apiCode, httpStatus, requestId, retryAfterMillis, serverMessage, statusCode } = facts
      const retryAfter = retryAfterMillis === undefined ? undefined : Duration.millis(retryAfterMillis)
      const message = `${verdict.meaning} (${codes(facts)})`
      const isRetryable = retry === "backoff" || isTransient
      const common = { ...ending, message, isRetryable, statusCode, httpStatus, requestId, serverMessage, retryAfter }
      const { tag } = verdict
      if (isOneOf(ApiError.byApiCodeName, tag) && apiCode !== undefined) {
        return new ApiError.byApiCodeName[tag]({ ...common, apiCode })
      }
      if (isOneOf(ApiError.byStatusCodeName, tag)) return new ApiError.byStatusCodeName[tag](common)
      if (tag === "UnexpectedApiCode" && apiCode !== undefined) {
        return new ApiError.UnexpectedApiCode({ ...common, apiCode, meaning: ApiCode.get(apiCode)?.meaning })
      }
      if (tag === "RedirectRefused") return new ApiError.RedirectRefused(common)
      if (tag === "SuccessFalse") return new ApiError.SuccessFalse(common)
      if (tag === "UnreadableResponse") return new ApiError.UnreadableResponse({ ...common, reason })
      return new ApiError.UnexpectedStatusCode(common)
    },
  }
}

/** A failure without an answer. */
export const local = (
  tag: ApiError.ApiError["_tag"],
  retry: RetryKind,
  outcomeUnknown: boolean,
  error: (ending: Ending) => ApiError.ApiError,
): Failure => ({
  tag,
  retry,
  outcomeUnknown,
  isThrottled: false,
  isTransient: false,
  error,
})
