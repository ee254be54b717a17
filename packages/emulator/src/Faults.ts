/**
 * What may go wrong between a client and the service, as data: the same JSON works in `Options.faults`, in
 * `Emulator.setFaults` and over `POST /__emulator/faults`.
 *
 * A script is a list of rules. Each request meets every rule in order. `clockOff`, `tokensRevoked`, `latency` and
 * `slowBody` add up; of all other kinds the first one that is selected decides the answer.
 */
import * as Schema from "effect/Schema"

const Millis = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

// A date so far ahead can still be written.
const farthestMillis = 1e14

// Anything else could not be sent: Node and the Fetch standard refuse it.
const isHeaderValue = Schema.makeFilter(
  (value: string) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value) || "characters that a header may hold",
)

/**
 * Whether the request is carried out although its answer is lost or replaced.
 *
 * @default false
 */
const applied = Schema.optional(Schema.Boolean)

/** How long an answer is on its way, in milliseconds. `exponential` is cut off at `maxMillis`, where given. */
export const Distribution = Schema.Union([
  Schema.Struct({ type: Schema.Literal("constant"), millis: Millis }),
  Schema.Struct({ type: Schema.Literal("uniform"), minMillis: Millis, maxMillis: Millis }).check(
    Schema.makeFilter(({ maxMillis, minMillis }) => minMillis <= maxMillis || "minMillis must not be above maxMillis"),
  ),
  Schema.Struct({ type: Schema.Literal("exponential"), meanMillis: Millis, maxMillis: Schema.optional(Millis) }),
])

/** How long an answer is on its way. */
export type Distribution = typeof Distribution.Type

/** A Retry-After header: in seconds, as a number or as the HTTP date that many seconds ahead. */
export const RetryAfter = Schema.Struct({
  /** 0 to 100,000,000,000, three thousand years. */
  seconds: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: farthestMillis / 1000 })),
  /** @default "seconds" */
  as: Schema.optional(Schema.Literals(["seconds", "date"])),
})

/** One thing that goes wrong. README.md says of each kind what the client sees and what became of the request. */
export const Fault = Schema.Union([
  /**
   * The connection is refused; the request is not carried out. Over `EmulatorServer` the connection stands already
   * when the request arrives, so there it is reset; `EmulatorServer.whileDown` refuses connections for real.
   */
  Schema.Struct({ kind: Schema.Literal("connectionRefused") }),
  /** The connection is reset; the request is not carried out. */
  Schema.Struct({ kind: Schema.Literal("resetBefore") }),
  /** The request is carried out, then the connection is reset: the answer is lost. */
  Schema.Struct({ kind: Schema.Literal("resetAfter") }),
  /** The request is carried out, and the connection ends in the middle of the answer's body. */
  Schema.Struct({ kind: Schema.Literal("resetDuring") }),
  /** Nothing is ever answered. */
  Schema.Struct({ kind: Schema.Literal("silence"), applied }),
  /** The request is carried out at once; its answer comes later. */
  Schema.Struct({ kind: Schema.Literal("latency"), distribution: Distribution }),
  /** An HTTP status with a gateway's page, or with an envelope of the same statusCode. */
  Schema.Struct({
    kind: Schema.Literal("http"),
    status: Schema.Int.check(Schema.isBetween({ minimum: 400, maximum: 599 })),
    retryAfter: Schema.optional(RetryAfter),
    /** @default "html" */
    body: Schema.optional(Schema.Literals(["html", "envelope"])),
    applied,
  }),
  /** Throttled as the service does it: statusCode 429 without apiCode, under HTTP 200. Not carried out. */
  Schema.Struct({ kind: Schema.Literal("throttled") }),
  /** An error of the service: any apiCode, 1000 (system busy) for one. */
  Schema.Struct({
    kind: Schema.Literal("apiCode"),
    apiCode: Schema.Int,
    /** @default 500 */
    statusCode: Schema.optional(Schema.Int),
    applied,
  }),
  /** An error of the service without an apiCode. */
  Schema.Struct({ kind: Schema.Literal("statusCode"), statusCode: Schema.Int, applied }),
  /** The request is carried out; of the answer's JSON only the first half arrives, as a complete HTTP message. */
  Schema.Struct({ kind: Schema.Literal("truncatedJson") }),
  /** statusCode 200 with `data.success: false`, as seen on the live service. */
  Schema.Struct({ kind: Schema.Literal("successFalse"), applied }),
  /** An error in the form of V2: uniqueId, apiCode as a string, `data: null`. Not carried out. */
  Schema.Struct({
    kind: Schema.Literal("v2Error"),
    /** @default 2011 */
    apiCode: Schema.optional(Schema.Int),
    /** @default 499 */
    statusCode: Schema.optional(Schema.Int),
  }),
  /** A page in HTML under HTTP 200: a proxy's, or a login page. */
  Schema.Struct({ kind: Schema.Literal("html200"), applied }),
  /**
   * The server's clock, and its Date header, are off by so many milliseconds for this request: 100,000,000,000,000 at
   * most, either way.
   */
  Schema.Struct({
    kind: Schema.Literal("clockOff"),
    millis: Schema.Finite.check(Schema.isBetween({ minimum: -farthestMillis, maximum: farthestMillis })),
  }),
  /** Every token issued so far is worthless, from before this request on. */
  Schema.Struct({ kind: Schema.Literal("tokensRevoked") }),
  /** The answer's body comes in pieces of `chunkBytes`, one every `everyMillis`. */
  Schema.Struct({
    kind: Schema.Literal("slowBody"),
    everyMillis: Millis,
    /** @default 16 */
    chunkBytes: Schema.optional(Count),
  }),
  /** An HTTP redirect. Not carried out. */
  Schema.Struct({
    kind: Schema.Literal("redirect"),
    /** @default 307 */
    status: Schema.optional(Schema.Literals([301, 302, 303, 307, 308])),
    /** @default "/api/v3/redirected", which no operation has, so that whoever follows is seen in the request log */
    location: Schema.optional(Schema.NonEmptyString.check(isHeaderValue)),
  }),
  /** The request is carried out; its answer is followed by white space up to `bytes`. */
  Schema.Struct({
    kind: Schema.Literal("hugeBody"),
    /** At most 67108864, 64 MiB. @default 2097152, two MiB */
    bytes: Schema.optional(Count.check(Schema.isLessThanOrEqualTo(64 * 1024 * 1024))),
  }),
  /** Any answer at all, for what no kind above says. */
  Schema.Struct({
    kind: Schema.Literal("raw"),
    body: Schema.String,
    /** 200 to 599, without 204, 205 and 304, which have no body. @default 200 */
    status: Schema.optional(
      Schema.Int.check(
        Schema.isBetween({ minimum: 200, maximum: 599 }),
        Schema.makeFilter((status) => ![204, 205, 304].includes(status) || "an HTTP status that has a body"),
      ),
    ),
    /** @default "application/json; charset=utf-8" */
    contentType: Schema.optional(Schema.String.check(isHeaderValue)),
    applied,
  }),
])

/** One thing that goes wrong. */
export type Fault = typeof Fault.Type

/** The names of the faults. */
export type Kind = Fault["kind"]

/** Which requests a rule is for: those that fit every field. Without any field: all. */
export const Selector = Schema.Struct({
  /** The whole path, such as `/api/v3/kick-users`. The fields below count requests of this path only. */
  path: Schema.optional(Schema.NonEmptyString),
  /** The nth request alone, from 1. */
  nth: Schema.optional(Count),
  /** Every nth request. */
  every: Schema.optional(Count),
  /** The share of requests, 0 to 1, drawn from the script's seed. */
  probability: Schema.optional(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))),
  /** At most so many requests in all. */
  times: Schema.optional(Count),
})

/** Which requests a rule is for. */
export type Selector = typeof Selector.Type

/** A selector and what happens to the requests it selects: the fault, or one of several, drawn evenly. */
export const Rule = Schema.Struct({
  when: Schema.optional(Selector),
  fault: Schema.Union([Fault, Schema.NonEmptyArray(Fault)]),
})

/** A selector and what happens to the requests it selects. */
export type Rule = typeof Rule.Type

/** Rules and the seed of their draws. The same seed and the same requests meet the same faults. */
export const Script = Schema.Struct({
  /** @default 1 */
  seed: Schema.optional(Schema.Int),
  rules: Schema.Array(Rule),
})

/** Rules and the seed of their draws. */
export type Script = typeof Script.Type

/** A rule and what it has done so far. */
export interface RuleReport {
  readonly rule: Rule
  /** The requests of the rule's path. */
  readonly seen: number
  /** Those that met the fault. */
  readonly injected: number
}
