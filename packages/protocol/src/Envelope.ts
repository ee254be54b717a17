/**
 * The envelope around every answer: `{statusCode, message, apiCode?, requestId?, data}`, under HTTP 200 whatever
 * happened. Reading it never throws, whatever the text.
 *
 * Besides the form of today it reads the ones that samples and older servers show: apiCode as a string, `apicode`,
 * `uniqueId` for requestId, `data: null`, and the first kick answers `{code, data: true, message}`, whose failures have
 * null or nothing for data: `{"code": 499, "message": "…", "data": null}` is statusCode 499.
 *
 * A failure may be written loosely, a success may not. A statusCode that is a string is read where it says a failure,
 * `"404"`; `"200"` is unreadable, and so is `code: 200` with null for data, which no sample shows: what either did is
 * unknown, and a kick may be repeated. A byte order mark in front of the text is passed over.
 */
import { isPlaceholder } from "./ApiCode.ts"
import { duplicateKey } from "./internal/duplicateKey.ts"
import * as StatusCode from "./StatusCode.ts"

/** An answer that has the shape of an envelope, put into one form. */
export interface Envelope {
  readonly _tag: "Envelope"
  /** The business code; 200 and only 200 means success. */
  readonly statusCode: number
  /** The reason of a failure. Absent on success, on answers without one, and for the placeholders 0 and 20001. */
  readonly apiCode: number | undefined
  /** Free text in the language of the lang header. Not stable; empty where there is none. */
  readonly message: string
  /** What the vendor's support and the audit log find a call by. */
  readonly requestId: string | undefined
  /** The payload as it came; `undefined` where there was none or null. */
  readonly data: unknown
}

/** An answer that is no envelope, and why. What the call did is unknown. */
export interface Unreadable {
  readonly _tag: "Unreadable"
  readonly reason: UnreadableReason
}

/** Why an answer could not be read. */
export type UnreadableReason =
  | "empty body"
  | "HTML instead of JSON"
  | "not JSON"
  | "not an object"
  | "a key stands twice"
  | "a __proto__ key"
  | "no statusCode"
  | "statusCode is not a whole number"
  | "statusCode 200 as a string"
  | "a content-type that is not JSON"
  | "a body over 1 MiB"

/** The result of reading an answer. */
export type Reading = Envelope | Unreadable

const unreadable = (reason: UnreadableReason): Unreadable => ({ _tag: "Unreadable", reason })

// Own properties only: a key named __proto__ or a polluted Object.prototype must not look like a field.
const own = (object: object, key: string): unknown =>
  Object.hasOwn(object, key) ? Reflect.get(object, key) : undefined

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)

// Codes are whole numbers; V2 sends apiCode as a string, Java and C# know it to be missing or null.
const wholeNumber = (value: unknown): number | undefined => {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : undefined
  return typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined)

const apiCodeOf = (object: object): number | undefined => {
  const apiCode = wholeNumber(own(object, "apiCode") ?? own(object, "apicode"))
  return apiCode === undefined || isPlaceholder(apiCode) ? undefined : apiCode
}

/** Reads any JSON value. */
export const fromJson = (json: unknown): Reading => {
  if (!isObject(json)) return unreadable("not an object")
  if (Object.hasOwn(json, "__proto__")) return unreadable("a __proto__ key")
  const named = own(json, "statusCode")
  const code = own(json, "code")
  const isNull = own(json, "data") === null
  // The first kick answers say `code` and have true, or nothing, for data; their failures may have null. An object in
  // that place makes it the answer of something else, whose codes mean something else.
  const legacy = named === undefined && !isObject(own(json, "data")) && !(isNull && wholeNumber(code) === StatusCode.ok)
  const raw = legacy ? code : named
  if (raw === undefined || raw === null) return unreadable("no statusCode")
  const statusCode = wholeNumber(raw)
  if (statusCode === undefined) return unreadable("statusCode is not a whole number")
  // A failure may be spelled loosely and is still a failure; a success may not.
  if (statusCode === StatusCode.ok && typeof raw === "string") return unreadable("statusCode 200 as a string")
  const data = own(json, "data") ?? undefined
  return {
    _tag: "Envelope",
    statusCode,
    apiCode: apiCodeOf(json),
    message: text(own(json, "message")) ?? "",
    requestId: text(own(json, "requestId")) ?? text(own(json, "uniqueId")),
    data: legacy && statusCode === StatusCode.ok && (data === true || data === undefined) ? { success: true } : data,
  }
}

const byteOrderMark = "\ufeff"

/** Reads any text. Strict where a lenient reading could turn a failure into a success: a key that stands twice is refused. */
export const fromText = (text: string): Reading => {
  // What decodes bytes mostly drops it, JSON.parse refuses it.
  const body = text.startsWith(byteOrderMark) ? text.slice(1) : text
  const start = body.trimStart()
  if (start === "") return unreadable("empty body")
  if (start.startsWith("<")) return unreadable("HTML instead of JSON")
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return unreadable("not JSON")
  }
  const duplicate = duplicateKey(body)
  if (duplicate === "__proto__") return unreadable("a __proto__ key")
  return duplicate === undefined ? fromJson(json) : unreadable("a key stands twice")
}

/**
 * What a `{success}` payload says. `undefined` where it does not say it as a boolean.
 *
 * `success: false` under statusCode 200 happens on the live service (seen on update-application by
 * terraform-provider-authing); it is a failure of its own.
 */
export const success = (envelope: Envelope): boolean | undefined => {
  if (!isObject(envelope.data)) return undefined
  const value = own(envelope.data, "success")
  return typeof value === "boolean" ? value : undefined
}
