/** The words with which the code tables say what kind of failure a code is and what may be done about it. */

/**
 * Whether and how the call that met a failure may be repeated.
 *
 * - `never`: the same call would meet the same failure again.
 * - `backoff`: the failure may pass; wait, then repeat.
 * - `resign`: the signature was used already (1306); sign anew, once.
 * - `clock`: the clocks are too far apart (1305); learn the offset from the answer's Date header and sign anew, once.
 * - `renewToken`: the token was refused; with token credentials renew it, once. A signature would be refused again.
 */
export type RetryKind = "never" | "backoff" | "resign" | "clock" | "renewToken"

/**
 * Whether kick-users can answer with a code: `yes` where the meaning fits the operation, `maybe` where it could
 * on older servers, other editions or unusual pools, `no` for the codes of other flows.
 */
export type Met = "yes" | "maybe" | "no"

/** What a failure is about, in one word, for callers who handle groups rather than single codes. */
export type Category = (typeof categories)[number]

/** All categories, in the order of the documentation. */
export const categories = [
  /** The AK/SK signature or a header it covers. */
  "signature",
  /** The access key, the token or the user pool they belong to. */
  "credentials",
  /** The caller lacks a right. */
  "permission",
  /** The user that was named. */
  "user",
  /** An application that was named. */
  "application",
  /** Something else that does not exist. */
  "notFound",
  /** The form of the request. */
  "request",
  /** The tenant named in the tenant header. */
  "tenant",
  /** The plan or bill of the user pool. */
  "plan",
  /** Too many requests. */
  "throttling",
  /** The service, or a server between, failed. */
  "server",
  /** An answer that could not be read or contradicts itself. */
  "response",
  /** No answer: the connection failed or time ran out. */
  "transport",
  /** Refused here, before anything was sent. */
  "local",
  /** Codes of the login flow. */
  "login",
  /** Codes of the registration flow. */
  "registration",
  /** Codes of console settings. */
  "settings",
  /** Codes of other areas of the service. */
  "other",
  /** Codes without meaning in old samples. */
  "placeholder",
] as const
