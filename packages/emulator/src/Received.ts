/** What an emulator has seen: the requests it received, and how often what happened. */
import type { Kind } from "./Faults.ts"

/** What stands in place of a secret. */
export const redacted = "<redacted>"

/** The most characters that are kept of a body. Fifty appIds take less than 2,000. */
export const maxKeptBody = 16_384

/**
 * One request. Authorization keeps its scheme and access key id; the signature, tokens and every value whose name
 * says secret, token, password or cookie are replaced by {@link redacted}, in the query and the body too.
 */
export interface Received {
  /** From 1, in the order of arrival, over the whole life of the emulator. */
  readonly number: number
  /** Unix milliseconds on the clock of whoever carried the request here. */
  readonly receivedAt: number
  readonly method: string
  readonly path: string
  /** Without the question mark; empty where there is none. */
  readonly query: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Of a body over {@link maxKeptBody} characters only the beginning. */
  readonly body: string
  /** The signature nonce, of either brand. */
  readonly nonce: string | undefined
  /** What was made to go wrong with it. */
  readonly faults: ReadonlyArray<Kind>
  /** Whether the operation was carried out and succeeded, whatever was answered. */
  readonly isApplied: boolean
  /** What was answered; `undefined` when the connection ended, or stayed silent, instead. */
  readonly answer: Answered | undefined
}

/** The codes of an answer. Those of the envelope are absent where the answer was none. */
export interface Answered {
  readonly httpStatus: number
  readonly statusCode: number | undefined
  readonly apiCode: number | undefined
  readonly requestId: string | undefined
}

/** Exact counts, however many requests are kept. Control requests are not among them. */
export interface Counts {
  /** All requests, those that a fault kept from being carried out too. */
  readonly requests: number
  /** Requests whose operation was carried out and succeeded. */
  readonly applied: number
  /** By path of the operation; all other paths are `other`. */
  readonly byPath: Readonly<Record<string, number>>
  readonly byHttpStatus: Readonly<Record<string, number>>
  /** By statusCode of the envelope. */
  readonly byStatusCode: Readonly<Record<string, number>>
  readonly byApiCode: Readonly<Record<string, number>>
  /** Requests without an answer: refused, reset before an answer began, or met with silence. */
  readonly unanswered: number
  /** Injected faults by kind. */
  readonly faults: Readonly<Record<string, number>>
  /** Requests that the hidden rate limit refused. */
  readonly throttled: number
  /**
   * Requests with a signature nonce that another request had before, whatever became of either. Nonces are
   * remembered for twice the clock tolerance.
   */
  readonly replayedNonces: number
  /** Kick events, those no longer kept too. */
  readonly kickEvents: number
}
