/** One HTTP request and its answer, read whole, within a time. */
import * as Envelope from "@genauth-effect/protocol/Envelope"
import type { Operation } from "@genauth-effect/protocol/Operation"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Headers from "effect/http/Headers"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as HttpClientRequest from "effect/http/HttpClientRequest"
import type * as HttpClientResponse from "effect/http/HttpClientResponse"
import * as UrlParams from "effect/http/UrlParams"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as ApiError from "../ApiError.ts"
import * as Failure from "./failure.ts"
import * as TimeLimit from "./timeLimit.ts"

/** The longest answer that is read: 1 MiB. A page of 50 users with custom data is far below. */
export const maxAnswerBytes = 1024 * 1024

/** What goes out. */
export interface Outgoing {
  readonly operation: Operation
  /** Path and query, put behind the host. */
  readonly target: string
  /** The JSON text of a POST, encoded once for all attempts. */
  readonly body: Uint8Array | undefined
  readonly headers: Record<string, string>
  readonly secrets: ReadonlyArray<string>
}

/** What came back: an answer that was read, or a failure to get one. */
export type Incoming =
  | { readonly _tag: "Answer"; readonly answer: Failure.Answer }
  | { readonly _tag: "Failure"; readonly failure: Failure.Failure }

/**
 * Sends one request, within the client's timeout or a shorter time. Never fails: a failure is a value, so that the
 * retry loop is the only place that decides.
 */
export type Exchange = (
  outgoing: Outgoing,
  clock: Clock.Clock,
  withinMillis?: number | undefined,
) => Effect.Effect<Incoming>

/**
 * Makes the exchange with one host through the app's HttpClient.
 *
 * HttpClient's own span is off: the operation has one with the same facts, and each costs as much as signing.
 */
export const make = (app: HttpClient.HttpClient, baseUrl: string, timeoutMillis: number): Exchange => {
  const inTime = TimeLimit.make(timeoutMillis)
  // With a scope of its own a request is aborted by us, as soon as it is given up. Without one HttpClient wraps and
  // registers every answer, to abort those that nobody reads.
  const client = HttpClient.withScope(app)
  return (outgoing, clock, withinMillis) =>
    Effect.suspend(() => {
      const scope = Scope.makeUnsafe()
      const body = { isRead: false }
      const request = HttpClientRequest.makeWith(
        outgoing.operation.method,
        baseUrl + outgoing.target,
        UrlParams.empty,
        Option.none(),
        Headers.fromRecordUnsafe(outgoing.headers),
        outgoing.body === undefined ? HttpBody.empty : HttpBody.uint8Array(outgoing.body, "application/json"),
      )
      const attempt = client.execute(request).pipe(
        Effect.catch(recoverResponse),
        Effect.flatMap((response) => read(response, outgoing.secrets, clock, body)),
        Effect.catch((error) => Effect.succeed(failed(transportFailure(error)))),
        Effect.catchDefect((defect) => Effect.succeed(failed(transportFailure(defect)))),
        // An answer that was read to its end needs no abort, which costs as much as signing.
        Effect.onExit((exit) => (body.isRead ? Effect.void : Scope.close(scope, exit))),
        Effect.updateContext((context: Context.Context<never>) => quietAndUnredirected(context, scope)),
      )
      return withinMillis === undefined
        ? inTime(attempt, () => failed(timedOut(timeoutMillis)))
        : Effect.timeoutOrElse(attempt, {
            duration: withinMillis,
            orElse: () => Effect.succeed(failed(timedOut(withinMillis))),
          })
    })
}

const failed = (failure: Failure.Failure): Incoming => ({ _tag: "Failure", failure })

// fetch follows redirects by itself, and a signed request is not sent elsewhere. undici and node:http do not follow.
const quietAndUnredirected = (context: Context.Context<never>, scope: Scope.Scope): Context.Context<Scope.Scope> => {
  const init = Context.getOption(context, FetchHttpClient.RequestInit)
  return Context.merge(
    context,
    Context.add(
      Option.isNone(init)
        ? unredirected
        : Context.add(unredirected, FetchHttpClient.RequestInit, { ...init.value, redirect: "manual" }),
      Scope.Scope,
      scope,
    ),
  )
}

const unredirected = Context.make(HttpClient.TracerDisabledWhen, () => true).pipe(
  Context.add(FetchHttpClient.RequestInit, { redirect: "manual" }),
)

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
  body: { isRead: boolean },
): Effect.Effect<Incoming, HttpClientError.HttpClientError> => {
  const { headers, status } = response
  const toAnswer = (text: string | undefined): Incoming => {
    body.isRead = text !== undefined
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
  return Effect.catch(answer, () =>
    Effect.sync(() => {
      const incoming = toAnswer("")
      body.isRead = false
      return incoming
    }),
  )
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
      Stream.takeWhile((chunk) => {
        bytes += chunk.byteLength
        return bytes <= maxAnswerBytes
      }),
      Stream.runForEach((chunk) =>
        Effect.sync(() => {
          text += decoder.decode(chunk, { stream: true })
        }),
      ),
      Effect.map(() => (bytes <= maxAnswerBytes ? text + decoder.decode() : undefined)),
      Effect.catchIf(
        (error) => error.reason._tag === "EmptyBodyError",
        () => Effect.succeed(""),
      ),
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
