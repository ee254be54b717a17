/** One HTTP request and its answer, read whole, within a time. */
import * as Envelope from "@genauth-effect/protocol/Envelope"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as UrlParams from "effect/http/UrlParams"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as ApiError from "../ApiError.ts"
import * as Failure from "./failure.ts"
import * as TimeLimit from "./timeLimit.ts"
import type { Written } from "./written.ts"

/** The longest answer that is read: 1 MiB. A page of 50 users with custom data is far below. */
export const maxAnswerBytes = 1024 * 1024

/** What came back: an answer that was read, or a failure to get one. */
export type Incoming =
  | { readonly _tag: "Answer"; readonly answer: Failure.Answer }
  | { readonly _tag: "Failure"; readonly failure: Failure.Failure }

/**
 * Sends one request, within the client's timeout or a shorter time. Secrets are texts that no answer may bring back.
 * Never fails: a failure is a value, so that the retry loop is the only place that decides.
 */
export type Exchange = (
  written: Written,
  headers: Readonly<Record<string, string>>,
  secrets: ReadonlyArray<string>,
  clock: Clock.Clock,
  withinMillis?: number | undefined,
) => Effect.Effect<Incoming>

/**
 * Makes the exchange with one host through the app's HttpClient.
 *
 * HttpClient's own span is off: the operation has one with the same facts, and each costs as much as signing.
 */
export const make = (client: HttpClient.HttpClient, baseUrl: string, timeoutMillis: number): Exchange => {
  const inTime = TimeLimit.make(timeoutMillis)
  const quiet = quietAndUnredirected()
  return ({ body, operation, target }, headers, secrets, clock, withinMillis) => {
    const request = HttpClientRequest.makeWith(
      operation.method,
      baseUrl + target,
      UrlParams.empty,
      Option.none(),
      headersOf(headers),
      body,
    )
    const attempt = Effect.flatMap(
      // An app's own client may throw rather than fail.
      Effect.catch(
        Effect.suspend(() => client.execute(request)),
        recoverResponse,
      ),
      (response) => read(response, secrets, clock),
    )
    const limit = withinMillis === undefined ? inTime : TimeLimit.make(withinMillis)
    return Effect.withFiber((caller) =>
      limit(attempt, quiet(caller.context), clock, (exit) => {
        if (exit === undefined) return Effect.succeed(failed(timedOut(withinMillis ?? timeoutMillis)))
        if (Exit.isSuccess(exit)) return Effect.succeed(exit.value)
        return Cause.hasInterruptsOnly(exit.cause)
          ? Effect.interrupt
          : Effect.succeed(failed(transportFailure(Cause.squash(exit.cause))))
      }),
    )
  }
}

// Names are in lower case, and a record whose prototype changes later, as Headers.fromRecordUnsafe does it, is slow.
const headersPrototype: Headers.Headers = Object.getPrototypeOf(Headers.empty)

const headersOf = (headers: Readonly<Record<string, string>>): Headers.Headers =>
  Object.assign(Object.create(headersPrototype), headers)

const failed = (failure: Failure.Failure): Incoming => ({ _tag: "Failure", failure })

// fetch follows redirects by itself, and a signed request is not sent elsewhere. undici and node:http do not follow.
// The last one is kept, since most callers share their context.
const quietAndUnredirected = (): ((context: Context.Context<never>) => Context.Context<never>) => {
  let of: Context.Context<never> | undefined
  let is = Context.empty()
  return (context) => {
    if (context !== of) {
      of = context
      const init = { ...Context.getOrUndefined(context, FetchHttpClient.RequestInit), redirect: "manual" as const }
      is = context.pipe(
        Context.add(HttpClient.TracerDisabledWhen, () => true),
        Context.add(FetchHttpClient.RequestInit, init),
      )
    }
    return is
  }
}

// An app's client may refuse statuses by itself (HttpClient.filterStatusOk); the answer is there all the same.
const recoverResponse = (
  error: HttpClientError.HttpClientError,
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> =>
  error.reason._tag === "StatusCodeError" ? Effect.succeed(error.reason.response) : Effect.fail(error)

// The type a fetch handler's answer has when its author declared none counts as absent. Anything else that is not
// JSON is another party's page, whatever its text looks like.
const isJsonType = (contentType: string | undefined): boolean =>
  contentType === undefined ||
  contentType === "text/plain;charset=UTF-8" ||
  /^\s*(application|text)\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType)

const read = (
  response: HttpClientResponse.HttpClientResponse,
  secrets: ReadonlyArray<string>,
  clock: Clock.Clock,
): Effect.Effect<Incoming, HttpClientError.HttpClientError> => {
  const { headers, status } = response
  const toAnswer = (text: string | undefined): Incoming => {
    const reading: Failure.Answer["reading"] =
      text === undefined
        ? { _tag: "Unreadable", reason: "a body over 1 MiB" }
        : isJsonType(headers["content-type"])
          ? Envelope.fromText(text)
          : { _tag: "Unreadable", reason: "a content-type that is not JSON" }
    return {
      _tag: "Answer",
      answer: {
        httpStatus: status,
        reading,
        date: headers["date"],
        retryAfter: headers["retry-after"],
        receivedAt: clock.currentTimeMillisUnsafe(),
        secrets,
      },
    }
  }
  const answer = Effect.map(readText(response, headers), toAnswer)
  if (status >= 200 && status < 300) return answer
  // A failure is one by its status and headers, whatever becomes of its body.
  return Effect.catch(answer, () => Effect.sync(() => toAnswer("")))
}

// A declared length is trusted, since the HTTP parser holds the peer to it; without one, or compressed, the bytes are
// counted as they come. `undefined` stands for too long.
const readText = (
  response: HttpClientResponse.HttpClientResponse,
  headers: Headers.Headers,
): Effect.Effect<string | undefined, HttpClientError.HttpClientError> => {
  const declared = headers["content-length"]
  if (declared !== undefined && headers["content-encoding"] === undefined && Number(declared) <= maxAnswerBytes) {
    return response.text
  }
  return countedText(response)
}

const countedText = (
  response: HttpClientResponse.HttpClientResponse,
): Effect.Effect<string | undefined, HttpClientError.HttpClientError> =>
  Effect.suspend(() => {
    const decoder = new TextDecoder()
    let bytes = 0
    let text = ""
    return response.stream.pipe(
      Stream.runForEach((chunk) => {
        bytes += chunk.byteLength
        if (bytes > maxAnswerBytes) return Effect.fail("too long")
        text += decoder.decode(chunk, { stream: true })
        return Effect.void
      }),
      Effect.map(() => text + decoder.decode()),
      Effect.catch((error) => {
        if (typeof error === "string") return Effect.undefined
        return error.reason._tag === "EmptyBodyError" ? Effect.succeed("") : Effect.fail(error)
      }),
    )
  })

// The connection never stood, so nothing can have been carried out.
const isUnsent = (code: string): boolean =>
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/.test(code) ||
  isCertificate(code) ||
  isInvalid(code)

const isCertificate = (code: string): boolean => /CERT|ERR_TLS|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)/.test(code)

// The system's word for the failure, wherever the client put it. Only words, never messages: those may hold anything.
const codeOf = (error: unknown, depth = 0): string | undefined => {
  if (typeof error !== "object" || error === null || depth > 6) return undefined
  const code = "code" in error ? error.code : undefined
  if (typeof code === "string" && /^[A-Z][A-Z0-9_]{1,48}$/.test(code)) return code
  if ("errors" in error && Array.isArray(error.errors)) {
    for (const inner of error.errors) {
      const found = codeOf(inner, depth + 1)
      if (found !== undefined) return found
    }
  }
  return (
    codeOf("cause" in error ? error.cause : undefined, depth + 1) ??
    codeOf("reason" in error ? error.reason : undefined, depth + 1)
  )
}

const isInvalid = (code: string): boolean => /^(ERR_INVALID_URL|ERR_INVALID_CHAR|UND_ERR_INVALID_ARG)$/.test(code)

// Not only what HttpClient fails with: some of its clients throw at headers they do not like.
const transportFailure = (error: unknown): Failure.Failure => {
  const code =
    HttpClientError.isHttpClientError(error) && error.reason._tag === "InvalidUrlError"
      ? "ERR_INVALID_URL"
      : codeOf(error)
  const isWrong = code !== undefined && (isCertificate(code) || isInvalid(code))
  const isUnknown = code === undefined || !isUnsent(code)
  return Failure.local(
    "TransportFailed",
    isWrong ? "never" : "backoff",
    isUnknown,
    (ending) =>
      new ApiError.TransportFailed({
        ...ending,
        code,
        isRetryable: !isWrong,
        message: `the connection failed${code === undefined ? "" : ` (${code})`}`,
      }),
  )
}

const timedOut = (timeoutMillis: number): Failure.Failure =>
  Failure.local(
    "RequestTimedOut",
    "backoff",
    true,
    (ending) =>
      new ApiError.RequestTimedOut({
        ...ending,
        timeout: Duration.millis(timeoutMillis),
        message: `no answer within ${timeoutMillis} ms`,
      }),
  )
