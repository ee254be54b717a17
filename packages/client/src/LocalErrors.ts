/**
 * What is known of the errors that are no code of the service: the same facts that the protocol's tables hold of the
 * codes. The README's table and `genauth-kick explain` read them.
 */

/** One error of the client's own. */
export interface LocalError {
  /** The `_tag`. */
  readonly name: string
  /** What it is decided by, where an answer decides. */
  readonly answer: string
  readonly meaning: string
  /** Whether the client repeats the call. */
  readonly retried: string
  /** What an operator can do about it. */
  readonly remedy: string
}

const row = (name: string, answer: string, meaning: string, retried: string, remedy: string): LocalError => ({
  name,
  answer,
  meaning,
  retried,
  remedy,
})

/** Every error of a call that is no code of the service. */
export const all: ReadonlyArray<LocalError> = [
  row(
    "UnexpectedApiCode",
    "any other apiCode",
    "a code of another flow, or one that no list knows",
    "as its statusCode",
    "Look at `meaning` and `serverMessage`; report it if a kick answers it.",
  ),
  row(
    "UnexpectedStatusCode",
    "any other statusCode or HTTP status",
    "no list knows it",
    "HTTP 408, 425, 429, 5xx",
    "Look at `httpStatus`: it may come from a gateway.",
  ),
  row(
    "SuccessFalse",
    "200",
    "statusCode 200, yet `success: false`",
    "only with `retry.successFalse`",
    "Verify with check-session-status; the meaning is undocumented.",
  ),
  row(
    "UnreadableResponse",
    "",
    "HTML, garbled JSON, a body over 1 MiB, another shape",
    "yes, after a wait",
    "Look at `reason` and at what stands between here and the service.",
  ),
  row(
    "RedirectRefused",
    "",
    "the host answered with a redirect",
    "no",
    "Correct the host; a signed request is not sent elsewhere.",
  ),
  row(
    "TransportFailed",
    "",
    "the connection failed or broke",
    "yes, but not for certificates",
    "Look at `code`. ECONNREFUSED, ENOTFOUND: correct the host. ECONNRESET, ETIMEDOUT: look for a firewall or proxy. A certificate: give the HttpClient the CA of the host (NODE_EXTRA_CA_CERTS).",
  ),
  row(
    "RequestTimedOut",
    "",
    "no answer within `timeout`",
    "yes, after a wait",
    "The outcome is unknown. Repeat or verify.",
  ),
  row(
    "DeadlineExceeded",
    "",
    "the whole call took longer than `deadline`",
    "no",
    "Look at `lastError` and `outcomeUnknown`; repeat later.",
  ),
  row("CircuitOpen", "", "the circuit breaker is open, nothing was sent", "no", "Wait until `until`."),
  row("InvalidRequest", "", "the request is wrong, nothing was sent", "no", "Correct `field` as `remedy` says."),
  row(
    "TokenUnusable",
    "",
    "get-management-token gave no usable token",
    "no",
    "Look at `reason`; set `userPoolId` if the claim is missing.",
  ),
]

/** The errors that no call has: of outcomes, of whole runs, of options. */
export const ofRuns: ReadonlyArray<LocalError> = [
  row(
    "StillOnline",
    "",
    "the kick was confirmed, yet check-session-status says online",
    "no, but it was asked until the deadline",
    "Kick again. If it stays so, lock the user out: he may log in anew at once.",
  ),
  row(
    "NotVerified",
    "",
    "the kick was confirmed, yet check-session-status gave no answer to go by",
    "no, but it was asked until the deadline",
    "Look at `error`; kick again to verify.",
  ),
  row(
    "RunStopped",
    "",
    "a run was given up: its error would have met every user",
    "no",
    "Mend the access key, its rights or the plan as `error` says, then go on with the users that are left.",
  ),
  row(
    "NotSuspended",
    "",
    "letIn found a status that is no suspension, and left it",
    "no",
    "Change the status in the console, if the user is to come back at all.",
  ),
  row("InvalidOption", "", "an option of the client cannot work", "no", "Correct `option` as `remedy` says."),
]
