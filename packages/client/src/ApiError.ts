/**
 * Every way in which a call can fail, as one flat union of tagged errors.
 *
 * An answer becomes an error by a ladder: apiCode, then statusCode, then HTTP status, then unreadable. There is one
 * class for each apiCode that kick-users can meet and one for each statusCode without an apiCode; a code that no list
 * knows, or that belongs to another flow, is {@link UnexpectedApiCode} or {@link UnexpectedStatusCode}. All members
 * carry the same fields, so that code which does not care which one it holds can still log, count and retry it.
 *
 * The union is a Schema: an error survives JSON (`Schema.toCodecJson(ApiError)`), a queue, a workflow journal.
 */
import * as ApiCode from "@genauth-effect/protocol/ApiCode"
import { categories, type Category, type RetryKind } from "@genauth-effect/protocol/Classification"
import * as StatusCode from "@genauth-effect/protocol/StatusCode"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const preset = <S extends Schema.Constraint & Schema.WithoutConstructorDefault>(schema: S, value: S["~type.make.in"]) =>
  Schema.withConstructorDefault<S>(Effect.succeed(value))(schema)

/**
 * The fields of every error.
 *
 * - `message`: our own words and the codes. Never a secret, a user id or a text of the server.
 * - `category`: what the failure is about, in one word.
 * - `isRetryable`: whether the same call may succeed later. The client has already repeated such calls as its policy
 *   allows; `false` also for what the client mends by itself once (1305, 1306, a refused token).
 * - `apiCode`, `statusCode`: of the envelope. Without an envelope `statusCode` is absent and `httpStatus` tells.
 * - `httpStatus`: of the answer; absent where there was none.
 * - `requestId`: what the vendor's support and audit log find the call by.
 * - `serverMessage`: the service's free text, in the language of the lang header, cut at 500 characters, with
 *   credentials blotted out. It may name the user.
 * - `retryAfter`: how long the server asked to wait. GenAuth documents no Retry-After; gateways send it.
 * - `attempts`: requests sent for this call. 0 where nothing was sent.
 * - `outcomeUnknown`: whether some attempt may have been carried out although no answer said so. A kick may be
 *   repeated: its end state is the same.
 */
const fields = (category: Category, isRetryable: boolean, message: string) => ({
  message: preset(Schema.String, message),
  category: preset(Schema.Literals(categories), category),
  isRetryable: preset(Schema.Boolean, isRetryable),
  apiCode: Schema.optional(Schema.Int),
  statusCode: Schema.optional(Schema.Int),
  httpStatus: Schema.optional(Schema.Int),
  requestId: Schema.optional(Schema.String),
  serverMessage: Schema.optional(Schema.String),
  retryAfter: Schema.optional(Schema.DurationFromMillis),
  attempts: preset(Schema.Int, 0),
  outcomeUnknown: preset(Schema.Boolean, false),
})

const mayPass = (retry: RetryKind): boolean => retry === "backoff"

const inTable = <Row>(row: Row | undefined): Row => {
  if (row === undefined) throw new RangeError("not in the table")
  return row
}

const apiCodeFields = (apiCode: number) => {
  const { category, meaning, retry } = inTable(ApiCode.get(apiCode))
  return { ...fields(category, mayPass(retry), meaning), apiCode: preset(Schema.Int, apiCode) }
}

const statusCodeFields = (statusCode: number) => {
  const { category, meaning, retry } = inTable(StatusCode.get(statusCode))
  return fields(category, mayPass(retry), meaning)
}

/** apiCode 1000: system busy, try later. Wait and repeat; the client does so by itself. If it lasts, the service is overloaded. */
export class SystemBusy extends Schema.TaggedError<SystemBusy>()("SystemBusy", apiCodeFields(1000)) {}

/** apiCode 1001: no right for this operation. Grant the access key the right to manage users of this user pool, or use a key that has it. */
export class PermissionDenied extends Schema.TaggedError<PermissionDenied>()("PermissionDenied", apiCodeFields(1001)) {}

/** apiCode 1300: signature wrong. Check accessKeySecret and brand, and that no proxy rewrites the date or x-… headers. */
export class SignatureInvalid extends Schema.TaggedError<SignatureInvalid>()("SignatureInvalid", apiCodeFields(1300)) {}

/** apiCode 1301: signature method not the one the server expects. Report it: the client always sends HMAC-SHA1, so a proxy changed the signature-method header or the service moved on. */
export class SignatureMethodMismatch extends Schema.TaggedError<SignatureMethodMismatch>()(
  "SignatureMethodMismatch",
  apiCodeFields(1301),
) {}

/** apiCode 1302: signature version not the one the server expects. Report it: the client always sends version 1.0, so a proxy changed the signature-version header or the service moved on. */
export class SignatureVersionMismatch extends Schema.TaggedError<SignatureVersionMismatch>()(
  "SignatureVersionMismatch",
  apiCodeFields(1302),
) {}

/** apiCode 1303: timestamp format wrong (text asks for Unix milliseconds). Check that no proxy rewrites the date header. */
export class TimestampMalformed extends Schema.TaggedError<TimestampMalformed>()(
  "TimestampMalformed",
  apiCodeFields(1303),
) {}

/** apiCode 1304: date header missing. Check that no proxy strips the date header; browsers forbid setting it, so call from a server. */
export class DateHeaderMissing extends Schema.TaggedError<DateHeaderMissing>()(
  "DateHeaderMissing",
  apiCodeFields(1304),
) {}

/** apiCode 1305: client and server clocks too far apart. Set the clock of this machine. The client has already signed once more with the time of the service. */
export class ClockSkewed extends Schema.TaggedError<ClockSkewed>()("ClockSkewed", apiCodeFields(1305)) {}

/** apiCode 1306: this signature was already used. Check that nothing between here and the service sends a request twice. The client has already signed once more. */
export class SignatureReplayed extends Schema.TaggedError<SignatureReplayed>()(
  "SignatureReplayed",
  apiCodeFields(1306),
) {}

/** apiCode 2004: user not found. Check userId and userIdType: the value resolves to no user of this pool. */
export class UserNotFound extends Schema.TaggedError<UserNotFound>()("UserNotFound", apiCodeFields(2004)) {}

/** apiCode 2005: user is locked. The account is locked; look at the user in the console, live sessions may remain. */
export class UserLocked extends Schema.TaggedError<UserLocked>()("UserLocked", apiCodeFields(2005)) {}

/** apiCode 2010: id of the application is missing. Send appIds; an old server expects the id of an application. */
export class ApplicationIdMissing extends Schema.TaggedError<ApplicationIdMissing>()(
  "ApplicationIdMissing",
  apiCodeFields(2010),
) {}

/** apiCode 2011: application does not exist. Remove the unknown appId, or check that it belongs to the pool of this access key. */
export class ApplicationNotFound extends Schema.TaggedError<ApplicationNotFound>()(
  "ApplicationNotFound",
  apiCodeFields(2011),
) {}

/** apiCode 2020: not logged in, no right to call. The token was missing, expired or revoked and a renewed one did not help: check the access key. */
export class NotLoggedIn extends Schema.TaggedError<NotLoggedIn>()("NotLoggedIn", apiCodeFields(2020)) {}

/** apiCode 2028: correct phone or e-mail needed. Check the phone number or e-mail address in userId. */
export class ContactMalformed extends Schema.TaggedError<ContactMalformed>()("ContactMalformed", apiCodeFields(2028)) {}

/** apiCode 2036: user is not in this pool. Use the access key of the pool the user lives in. */
export class UserNotInUserPool extends Schema.TaggedError<UserNotInUserPool>()(
  "UserNotInUserPool",
  apiCodeFields(2036),
) {}

/** apiCode 2101: application id needed. Send appIds; an old server expects the id of an application. */
export class ApplicationIdNeeded extends Schema.TaggedError<ApplicationIdNeeded>()(
  "ApplicationIdNeeded",
  apiCodeFields(2101),
) {}

/** apiCode 2204: e-mail format wrong. Check the e-mail address in userId. */
export class EmailMalformed extends Schema.TaggedError<EmailMalformed>()("EmailMalformed", apiCodeFields(2204)) {}

/** apiCode 2206: login expired. The token expired and a renewed one did not help: check the access key and the clock. */
export class LoginExpired extends Schema.TaggedError<LoginExpired>()("LoginExpired", apiCodeFields(2206)) {}

/** apiCode 2207: login data wrong. The token was refused and a renewed one did not help: check the access key. */
export class LoginInvalid extends Schema.TaggedError<LoginInvalid>()("LoginInvalid", apiCodeFields(2207)) {}

/** apiCode 2224: user pool does not exist. Check accessKeyId and, for a collaborator key, userPoolId. */
export class UserPoolNotFound extends Schema.TaggedError<UserPoolNotFound>()("UserPoolNotFound", apiCodeFields(2224)) {}

/** apiCode 2231: request parameters incomplete. Report it: a required parameter did not arrive. */
export class ParametersIncomplete extends Schema.TaggedError<ParametersIncomplete>()(
  "ParametersIncomplete",
  apiCodeFields(2231),
) {}

/** apiCode 2401: SSO session of the mobile app does not exist. The user had no such session; verify with check-session-status. */
export class SsoSessionNotFound extends Schema.TaggedError<SsoSessionNotFound>()(
  "SsoSessionNotFound",
  apiCodeFields(2401),
) {}

/** apiCode 3623: collaboration does not exist. Give the collaborator key a grant on this user pool. */
export class CollaborationNotFound extends Schema.TaggedError<CollaborationNotFound>()(
  "CollaborationNotFound",
  apiCodeFields(3623),
) {}

/** apiCode 4004: object not found (observed on get-post). The object does not exist in this user pool. */
export class ObjectNotFound extends Schema.TaggedError<ObjectNotFound>()("ObjectNotFound", apiCodeFields(4004)) {}

/** apiCode 4021: metering or billing error. Check the plan and the bill of the user pool. */
export class BillingFailed extends Schema.TaggedError<BillingFailed>()("BillingFailed", apiCodeFields(4021)) {}

/** apiCode 4212: OIDC application does not exist. Remove the appId, or check that the OIDC application belongs to the pool of this access key. */
export class OidcApplicationNotFound extends Schema.TaggedError<OidcApplicationNotFound>()(
  "OidcApplicationNotFound",
  apiCodeFields(4212),
) {}

/** apiCode 7348: SAML SP application does not exist. Remove the appId, or check that the SAML application belongs to the pool of this access key. */
export class SamlApplicationNotFound extends Schema.TaggedError<SamlApplicationNotFound>()(
  "SamlApplicationNotFound",
  apiCodeFields(7348),
) {}

/** apiCode 2120008: user disabled or not a member of this tenant. Check tenantId and that the user is a member of that tenant. */
export class UserNotInTenant extends Schema.TaggedError<UserNotInTenant>()("UserNotInTenant", apiCodeFields(2120008)) {}

/** apiCode 2130010: user may not log in to this tenant. Check tenantId and the tenant rights of the user and of the caller. */
export class TenantLoginForbidden extends Schema.TaggedError<TenantLoginForbidden>()(
  "TenantLoginForbidden",
  apiCodeFields(2130010),
) {}

/** statusCode 400 without an apiCode: a parameter has a wrong form. Correct the parameter that the message names; empty appIds give this. */
export class InvalidArgumentError extends Schema.TaggedError<InvalidArgumentError>()(
  "InvalidArgumentError",
  statusCodeFields(400),
) {}

/** statusCode 401 without an apiCode: caller not authenticated. Check the access key; with a token, a renewed one did not help. */
export class UnauthorizedError extends Schema.TaggedError<UnauthorizedError>()(
  "UnauthorizedError",
  statusCodeFields(401),
) {}

/** statusCode 402 without an apiCode: the operation needs a higher plan. Upgrade the plan of the user pool. */
export class PaymentNeededError extends Schema.TaggedError<PaymentNeededError>()(
  "PaymentNeededError",
  statusCodeFields(402),
) {}

/** statusCode 403 without an apiCode: caller lacks the right. Grant the access key the right to manage users of this user pool. */
export class ForbiddenError extends Schema.TaggedError<ForbiddenError>()("ForbiddenError", statusCodeFields(403)) {}

/** statusCode 404 without an apiCode: resource not found. Check the user, the application and the host: one of them is not there. */
export class NotFoundError extends Schema.TaggedError<NotFoundError>()("NotFoundError", statusCodeFields(404)) {}

/** statusCode 409 without an apiCode: the new resource collides with an existing one. Look at the message; this operation is not expected to answer it. */
export class ConflictError extends Schema.TaggedError<ConflictError>()("ConflictError", statusCodeFields(409)) {}

/** statusCode 413 without an apiCode: body too large. Send fewer appIds in one call. */
export class PayloadTooLargeError extends Schema.TaggedError<PayloadTooLargeError>()(
  "PayloadTooLargeError",
  statusCodeFields(413),
) {}

/** statusCode 422 without an apiCode: the form is right but against the business rules. Look at the message; it is also answered for objects that are not there. */
export class InvalidOperationError extends Schema.TaggedError<InvalidOperationError>()(
  "InvalidOperationError",
  statusCodeFields(422),
) {}

/** statusCode 429 without an apiCode: throttled. Slow down; the client does so by itself. No limit is published. */
export class ThrottleError extends Schema.TaggedError<ThrottleError>()("ThrottleError", statusCodeFields(429)) {}

/** statusCode 499 without an apiCode: generic client-side fault. Look at the message. */
export class ClientError extends Schema.TaggedError<ClientError>()("ClientError", statusCodeFields(499)) {}

/** statusCode 500 without an apiCode: generic server fault. Wait and repeat; the client does so by itself. */
export class ServerError extends Schema.TaggedError<ServerError>()("ServerError", statusCodeFields(500)) {}

/** statusCode 501 without an apiCode: not supported by this server. Check the host: an old private deployment or another edition may lack the operation. */
export class UnsupportedOperationError extends Schema.TaggedError<UnsupportedOperationError>()(
  "UnsupportedOperationError",
  statusCodeFields(501),
) {}

/** statusCode 502 without an apiCode: call of a micro service failed. Wait and repeat; the client does so by itself. */
export class BadGatewayError extends Schema.TaggedError<BadGatewayError>()("BadGatewayError", statusCodeFields(502)) {}

/** statusCode 503 without an apiCode: maintenance. Wait and repeat; the client does so by itself. */
export class ServiceUnavailableError extends Schema.TaggedError<ServiceUnavailableError>()(
  "ServiceUnavailableError",
  statusCodeFields(503),
) {}

/** statusCode 504 without an apiCode: a gateway gave up waiting; the outcome is unknown. Wait and repeat; the client does so by itself. */
export class GatewayTimeoutError extends Schema.TaggedError<GatewayTimeoutError>()(
  "GatewayTimeoutError",
  statusCodeFields(504),
) {}

/** statusCode 601 without an apiCode: request to a third-party endpoint failed. Wait and repeat; if it lasts, look at the third party. */
export class EndpointRequestError extends Schema.TaggedError<EndpointRequestError>()(
  "EndpointRequestError",
  statusCodeFields(601),
) {}

/** statusCode 602 without an apiCode: third-party endpoint answered with an error. Look at the third party's endpoint configured in the user pool. */
export class EndpointResponseError extends Schema.TaggedError<EndpointResponseError>()(
  "EndpointResponseError",
  statusCodeFields(602),
) {}

/** statusCode 603 without an apiCode: custom code failed. Fix the pipeline or custom database script of the user pool. */
export class CustomCodeError extends Schema.TaggedError<CustomCodeError>()("CustomCodeError", statusCodeFields(603)) {}

/**
 * An apiCode that has no class of its own: one that nobody has heard of, or one of another flow. `meaning` is what the
 * code table knows of it. Not retried for being unknown; retryable only where its statusCode is.
 */
export class UnexpectedApiCode extends Schema.TaggedError<UnexpectedApiCode>()("UnexpectedApiCode", {
  ...fields("other", false, "unexpected apiCode"),
  apiCode: Schema.Int,
  meaning: Schema.optional(Schema.String),
}) {}

/**
 * A statusCode, or an HTTP status without an envelope, that no list knows. Retryable for HTTP 408, 425, 429 and 5xx,
 * which gateways send whatever the body.
 */
export class UnexpectedStatusCode extends Schema.TaggedError<UnexpectedStatusCode>()(
  "UnexpectedStatusCode",
  fields("other", false, "unexpected statusCode"),
) {}

/**
 * statusCode 200 and `data.success: false`. Happens on the live service (seen on update-application by
 * terraform-provider-authing); what it means for a kick is undocumented, so it is a failure and is not retried unless
 * the retry options say so.
 */
export class SuccessFalse extends Schema.TaggedError<SuccessFalse>()(
  "SuccessFalse",
  fields("response", false, "the service answered success: false"),
) {}

/**
 * An answer that cannot be read: HTML under HTTP 200, truncated or garbled JSON, a body over the limit, a payload of
 * another shape. `reason` says which. What the call did is unknown.
 */
export class UnreadableResponse extends Schema.TaggedError<UnreadableResponse>()("UnreadableResponse", {
  ...fields("response", true, "the answer cannot be read"),
  reason: Schema.String,
}) {}

/** An HTTP redirect. A signed request is not sent elsewhere; correct the host. */
export class RedirectRefused extends Schema.TaggedError<RedirectRefused>()(
  "RedirectRefused",
  fields("response", false, "the host answered with a redirect, which is not followed"),
) {}

/**
 * No answer: the connection failed or broke. `code` is the system's word for it (ECONNREFUSED, ECONNRESET, …) where
 * there is one. Certificate failures are not retryable: give the app's HttpClient the CA of the host.
 */
export class TransportFailed extends Schema.TaggedError<TransportFailed>()("TransportFailed", {
  ...fields("transport", true, "the connection failed"),
  code: Schema.optional(Schema.String),
}) {}

/** No answer within the time of one attempt. What the call did is unknown. */
export class RequestTimedOut extends Schema.TaggedError<RequestTimedOut>()("RequestTimedOut", {
  ...fields("transport", true, "no answer in time"),
  timeout: Schema.DurationFromMillis,
}) {}

/** The deadline of the whole call passed, while waiting for a turn or for an answer. `lastError` is the tag of the failure before. */
export class DeadlineExceeded extends Schema.TaggedError<DeadlineExceeded>()("DeadlineExceeded", {
  ...fields("transport", true, "the deadline of the call passed"),
  deadline: Schema.DurationFromMillis,
  lastError: Schema.optional(Schema.String),
}) {}

/** The circuit breaker is open and nothing was sent. `until` is when it lets a call through again. */
export class CircuitOpen extends Schema.TaggedError<CircuitOpen>()("CircuitOpen", {
  ...fields("local", true, "the circuit breaker is open"),
  until: Schema.DateFromMillis,
}) {}

/** The request is wrong and nothing was sent. `field` names the part (`appIds[3]`), `remedy` what would be right. */
export class InvalidRequest extends Schema.TaggedError<InvalidRequest>()("InvalidRequest", {
  ...fields("local", false, "the request is invalid"),
  field: Schema.String,
  remedy: Schema.String,
}) {}

/** get-management-token answered without a token that can be used. Not cached: the next call asks again. */
export class TokenUnusable extends Schema.TaggedError<TokenUnusable>()("TokenUnusable", {
  ...fields("credentials", false, "the management token cannot be used"),
  reason: Schema.String,
}) {}

/** The classes named by an apiCode of the table. */
export const byApiCodeName = {
  SystemBusy,
  PermissionDenied,
  SignatureInvalid,
  SignatureMethodMismatch,
  SignatureVersionMismatch,
  TimestampMalformed,
  DateHeaderMissing,
  ClockSkewed,
  SignatureReplayed,
  UserNotFound,
  UserLocked,
  ApplicationIdMissing,
  ApplicationNotFound,
  NotLoggedIn,
  ContactMalformed,
  UserNotInUserPool,
  ApplicationIdNeeded,
  EmailMalformed,
  LoginExpired,
  LoginInvalid,
  UserPoolNotFound,
  ParametersIncomplete,
  SsoSessionNotFound,
  CollaborationNotFound,
  ObjectNotFound,
  BillingFailed,
  OidcApplicationNotFound,
  SamlApplicationNotFound,
  UserNotInTenant,
  TenantLoginForbidden,
}

/** The classes named by a statusCode of the table. */
export const byStatusCodeName = {
  InvalidArgumentError,
  UnauthorizedError,
  PaymentNeededError,
  ForbiddenError,
  NotFoundError,
  ConflictError,
  PayloadTooLargeError,
  InvalidOperationError,
  ThrottleError,
  ClientError,
  ServerError,
  UnsupportedOperationError,
  BadGatewayError,
  ServiceUnavailableError,
  GatewayTimeoutError,
  EndpointRequestError,
  EndpointResponseError,
  CustomCodeError,
}

/** Every error of every operation. */
export const ApiError = /* @__PURE__ */ Schema.Union([
  SystemBusy,
  PermissionDenied,
  SignatureInvalid,
  SignatureMethodMismatch,
  SignatureVersionMismatch,
  TimestampMalformed,
  DateHeaderMissing,
  ClockSkewed,
  SignatureReplayed,
  UserNotFound,
  UserLocked,
  ApplicationIdMissing,
  ApplicationNotFound,
  NotLoggedIn,
  ContactMalformed,
  UserNotInUserPool,
  ApplicationIdNeeded,
  EmailMalformed,
  LoginExpired,
  LoginInvalid,
  UserPoolNotFound,
  ParametersIncomplete,
  SsoSessionNotFound,
  CollaborationNotFound,
  ObjectNotFound,
  BillingFailed,
  OidcApplicationNotFound,
  SamlApplicationNotFound,
  UserNotInTenant,
  TenantLoginForbidden,
  InvalidArgumentError,
  UnauthorizedError,
  PaymentNeededError,
  ForbiddenError,
  NotFoundError,
  ConflictError,
  PayloadTooLargeError,
  InvalidOperationError,
  ThrottleError,
  ClientError,
  ServerError,
  UnsupportedOperationError,
  BadGatewayError,
  ServiceUnavailableError,
  GatewayTimeoutError,
  EndpointRequestError,
  EndpointResponseError,
  CustomCodeError,
  UnexpectedApiCode,
  UnexpectedStatusCode,
  SuccessFalse,
  UnreadableResponse,
  RedirectRefused,
  TransportFailed,
  RequestTimedOut,
  DeadlineExceeded,
  CircuitOpen,
  InvalidRequest,
  TokenUnusable,
])

/** Every error of every operation. */
export type ApiError = typeof ApiError.Type

/** Whether a value is one of the errors of this library. */
export const isApiError = /* @__PURE__ */ Schema.is(ApiError)
