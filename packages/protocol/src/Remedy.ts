/**
 * What an operator can do about a code: our advice, where the tables hold the vendor's facts. Apart from them, so that
 * programs which decode answers do not carry it.
 */
import * as ApiCode from "./ApiCode.ts"

const byApiCode: ReadonlyMap<number, string> = new Map([
  [0, "Nothing: it carries no meaning and is read as if it were absent."],
  [1000, "Wait and repeat; the client does so by itself. If it lasts, the service is overloaded."],
  [1001, "Grant the access key the right to manage users of this user pool, or use a key that has it."],
  [1300, "Check accessKeySecret and brand, and that no proxy rewrites the date or x-\u2026 headers."],
  [
    1301,
    "Report it: the client always sends HMAC-SHA1, so a proxy changed the signature-method header or the service moved on.",
  ],
  [
    1302,
    "Report it: the client always sends version 1.0, so a proxy changed the signature-version header or the service moved on.",
  ],
  [1303, "Check that no proxy rewrites the date header."],
  [1304, "Check that no proxy strips the date header; browsers forbid setting it, so call from a server."],
  [1305, "Set the clock of this machine. The client has already signed once more with the time of the service."],
  [
    1306,
    "Check that nothing between here and the service sends a request twice. The client has already signed once more.",
  ],
  [2004, "Check userId and userIdType: the value resolves to no user of this pool."],
  [2005, "The account is locked; look at the user in the console, live sessions may remain."],
  [2010, "Send appIds; an old server expects the id of an application."],
  [2011, "Remove the unknown appId, or check that it belongs to the pool of this access key."],
  [2020, "The token was missing, expired or revoked and a renewed one did not help: check the access key."],
  [2028, "Check the phone number or e-mail address in userId."],
  [2036, "Use the access key of the pool the user lives in."],
  [2101, "Send appIds; an old server expects the id of an application."],
  [2204, "Check the e-mail address in userId."],
  [2206, "The token expired and a renewed one did not help: check the access key and the clock."],
  [2207, "The token was refused and a renewed one did not help: check the access key."],
  [2224, "Check accessKeyId and, for a collaborator key, userPoolId."],
  [2231, "Report it: a required parameter did not arrive."],
  [2401, "The user had no such session; verify with check-session-status."],
  [3623, "Give the collaborator key a grant on this user pool."],
  [4004, "The object does not exist in this user pool."],
  [4021, "Check the plan and the bill of the user pool."],
  [4212, "Remove the appId, or check that the OIDC application belongs to the pool of this access key."],
  [7348, "Remove the appId, or check that the SAML application belongs to the pool of this access key."],
  [20001, "Nothing: it carries no meaning and is read as if it were absent."],
  [2120008, "Check tenantId and that the user is a member of that tenant."],
  [2130010, "Check tenantId and the tenant rights of the user and of the caller."],
])

const byStatusCode: ReadonlyMap<number, string> = new Map([
  [400, "Correct the parameter that the message names; empty appIds give this."],
  [401, "Check the access key; with a token, a renewed one did not help."],
  [402, "Upgrade the plan of the user pool."],
  [403, "Grant the access key the right to manage users of this user pool."],
  [404, "Check the user, the application and the host: one of them is not there."],
  [409, "Look at the message; this operation is not expected to answer it."],
  [413, "Send fewer appIds in one call."],
  [422, "Look at the message; it is also answered for objects that are not there."],
  [429, "Slow down; the client does so by itself. No limit is published."],
  [499, "Look at the message."],
  [500, "Wait and repeat; the client does so by itself."],
  [501, "Check the host: an old private deployment or another edition may lack the operation."],
  [502, "Wait and repeat; the client does so by itself."],
  [503, "Wait and repeat; the client does so by itself."],
  [504, "Wait and repeat; the client does so by itself."],
  [601, "Wait and repeat; if it lasts, look at the third party."],
  [602, "Look at the third party's endpoint configured in the user pool."],
  [603, "Fix the pipeline or custom database script of the user pool."],
])

/** For an apiCode of the table; `undefined` for one that no list knows. */
export const ofApiCode = (apiCode: number): string | undefined => {
  const row = ApiCode.get(apiCode)
  return row?.met === "no"
    ? `A code of another flow (${row.category}); kick-users is not documented to answer it.`
    : byApiCode.get(apiCode)
}

/** For a statusCode of the table; `undefined` for one that the list does not know. */
export const ofStatusCode = (statusCode: number): string | undefined => byStatusCode.get(statusCode)
