/** What becomes of a request: an answer, or the end of the connection. Data; whoever carries the request acts on it. */

/** How a body comes: one piece of `chunkBytes` every `everyMillis`. */
export interface Pace {
  readonly chunkBytes: number
  readonly everyMillis: number
}

/** An HTTP answer. */
export interface Answer {
  readonly _tag: "Answer"
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** How long the answer is on its way. */
  readonly delayMillis: number
  readonly pace: Pace | undefined
  /** The connection ends after so many bytes of the body. */
  readonly cutAfterBytes: number | undefined
}

/** No connection, or its end. */
export interface Broken {
  readonly _tag: "ConnectionRefused" | "ConnectionReset"
  readonly delayMillis: number
}

/** Nothing, ever. */
export interface Silence {
  readonly _tag: "Silence"
}

/** What becomes of a request. */
export type Reply = Answer | Broken | Silence
