/**
 * The statusCode of an envelope: what failed, in the service's own words, when no apiCode says more.
 *
 * Source of every row unless stated otherwise: V3 list, genauth-docs and docs-v3 error-code.md.
 */
import type { Category, Met, RetryKind } from "./Classification.ts"

/** What is known of one statusCode. */
export interface StatusCode {
  readonly statusCode: number
  /** The vendor's name, which is also the `_tag` of the error. */
  readonly name: string
  /** The vendor's text in English. */
  readonly meaning: string
  /**
   * Whether kick-users can answer with it. The vendor's list says it of no code: `yes` where a published sample, an
   * official test or the code's meaning fits a kick, `maybe` where it takes another plan, edition, gateway or third party,
   * and `no` for 409, since a kick makes nothing that could collide.
   */
  readonly met: Met
  /** Whether and how the same call may be repeated. */
  readonly retry: RetryKind
  readonly category: Category
  /** Where the code is documented. */
  readonly source: string
}

const list = "V3 list: genauth-docs and docs-v3 error-code.md"

const row = (
  statusCode: number,
  name: string,
  met: Met,
  retry: RetryKind,
  category: Category,
  meaning: string,
  source = list,
): StatusCode => ({ statusCode, name, meaning, met, retry, category, source })

/** The statusCode of success. Data must still say `success: true`. */
export const ok = 200

// The table's order is the vendor's.
/** Every published statusCode of a failure, and 504, which gateways send and the Go SDK makes up on its own timeout. */
export const all: ReadonlyArray<StatusCode> = [
  row(400, "InvalidArgumentError", "yes", "never", "request", "a parameter has a wrong form"),
  row(401, "UnauthorizedError", "yes", "renewToken", "credentials", "caller not authenticated"),
  row(402, "PaymentNeededError", "maybe", "never", "plan", "the operation needs a higher plan"),
  row(403, "ForbiddenError", "yes", "never", "permission", "caller lacks the right"),
  row(404, "NotFoundError", "yes", "never", "notFound", "resource not found"),
  row(409, "ConflictError", "no", "never", "request", "the new resource collides with an existing one"),
  row(413, "PayloadTooLargeError", "maybe", "never", "request", "body too large"),
  row(422, "InvalidOperationError", "maybe", "never", "request", "the form is right but against the business rules"),
  row(429, "ThrottleError", "yes", "backoff", "throttling", "throttled"),
  row(499, "ClientError", "yes", "never", "request", "generic client-side fault"),
  row(500, "ServerError", "yes", "backoff", "server", "generic server fault"),
  row(501, "UnsupportedOperationError", "maybe", "never", "server", "not supported by this server"),
  row(502, "BadGatewayError", "yes", "backoff", "server", "call of a micro service failed"),
  row(503, "ServiceUnavailableError", "yes", "backoff", "server", "maintenance"),
  row(504, "GatewayTimeoutError", "maybe", "backoff", "server", "a gateway gave up waiting; the outcome is unknown", "not in the official list; gateways, and made up locally by the Go SDK"),
  row(601, "EndpointRequestError", "maybe", "backoff", "server", "request to a third-party endpoint failed"),
  row(602, "EndpointResponseError", "maybe", "never", "server", "third-party endpoint answered with an error"),
  row(603, "CustomCodeError", "maybe", "never", "server", "custom code failed"),
]

const byCode: ReadonlyMap<number, StatusCode> = new Map(all.map((code) => [code.statusCode, code]))

/** Looks a code up; `undefined` for one that the list does not know. */
export const get = (statusCode: number): StatusCode | undefined => byCode.get(statusCode)
