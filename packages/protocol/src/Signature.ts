/**
 * The AK/SK signature: HMAC-SHA1 over a canonical text of the request, byte for byte what the official Node SDKs
 * produce (genauth-node-sdk ef9b64d, authing-node-sdk 4.0.1; proven by vectors made with them).
 *
 * A signature is good once (apiCode 1306) and for a while (1305): make a new one, with a new nonce and date, for
 * every attempt.
 */
import { type Brand, profiles } from "./Brand.ts"
import * as HmacSha1 from "./internal/hmacSha1.ts"

/** The value of the signature-method header. */
export const method = "HMAC-SHA1"

/** The value of the signature-version header. */
export const version = "1.0"

/** What is signed of a request. */
export interface Input {
  /** As sent, in upper case for HTTP (`POST`). */
  readonly method: string
  /** The path alone, without host and query. */
  readonly path: string
  /** All headers of the request, names in lower case. Only `date` and those with the brand's prefix are signed. */
  readonly headers: Readonly<Record<string, string>>
  /** The body object of a POST or the query object of a GET. Where there is none the SDKs sign `{}`, and so does this. */
  readonly params: object
  readonly brand: Brand
}

/** An {@link Input} and the key that signs it. */
export interface KeyedInput extends Input {
  readonly accessKeyId: string
  readonly accessKeySecret: string
}

// What the types rule out still has to be signed as the official function signs it, since callers of a client may come
// without types: it takes `String(value)` of everything. A text of its own may be missing, and then there is none.
const textOf = (value: unknown): string => {
  try {
    return String(value)
  } catch {
    return ""
  }
}

// Code-unit order, which is what Array.prototype.sort does without a comparator and what the service expects;
// a locale-aware order would differ. Mostly they are in order, and sort takes as much memory as a signature.
const sorted = (names: Array<string>): Array<string> =>
  names.every((name, index) => index === 0 || (names[index - 1] ?? "") <= name) ? names : names.sort()

const canonicalHeaders = (headers: Readonly<Record<string, unknown>>, prefix: string): string => {
  let text = ""
  for (const name of sorted(Object.keys(headers).filter((each) => each === "date" || each.startsWith(prefix)))) {
    const value = headers[name]
    // The official function throws here; the SDKs never get that far, for their header class drops such a header.
    if (value === undefined || value === null) continue
    // Line breaks are replaced in texts alone, as the official function does; no other value can be sent with one.
    const line = typeof value === "string" ? value.replace(/[\t\n\r\f]/g, " ") : textOf(value)
    text += `${name}:${line.trim()}\n`
  }
  return text
}

// The quirks below are the SDKs' own and the service checks against them: values stand raw (no escaping, so
// different bodies can share one text), undefined values are left out but still earn the "?", null is the word.
// Params that are no object are read by their own keys: none of null or a number, one for each character of a text.
const canonicalResource = (path: string, params: unknown): string => {
  const object: object = Object(params)
  const keys = sorted(Object.keys(object))
  if (keys.length === 0) return path
  let query = ""
  for (const key of keys) {
    const value: unknown = Reflect.get(object, key)
    if (value === undefined) continue
    const text = typeof value === "object" && value !== null ? JSON.stringify(value) : textOf(value)
    query += `${query === "" ? "" : "&"}${key}=${text}`
  }
  return `${path}?${query}`
}

/**
 * The string to sign: method, canonical headers and canonical resource. Throws only for params that `JSON.stringify`
 * refuses, which no request can carry: a cycle, a bigint inside, or thousands of levels.
 */
export const stringToSign = (input: Input): string =>
  `${input.method}\n${canonicalHeaders(Object(input.headers), profiles[input.brand].headerPrefix)}${canonicalResource(input.path, input.params)}`

interface NodeCrypto {
  readonly hash?: HmacSha1.Hash
}

interface Host {
  readonly process?: { readonly getBuiltinModule?: (name: "node:crypto") => NodeCrypto | undefined }
}

// Asked for at run time rather than imported, so that the module loads where there is no node:crypto.
const hash = (globalThis as Host).process?.getBuiltinModule?.("node:crypto")?.hash
const hmacSha1 = hash === undefined ? undefined : HmacSha1.make(hash)

/** Whether {@link authorization} can sign here: on Node 22.3+, Bun and Deno, and wherever else node:crypto has `hash`. */
export const isSynchronous = hmacSha1 !== undefined

const header = (input: KeyedInput, signature: string): string =>
  `${profiles[input.brand].scheme} ${input.accessKeyId}:${signature}`

/**
 * The value of the authorization header: `GenAuth <accessKeyId>:<signature>`.
 *
 * Needs `hash` of node:crypto (see {@link isSynchronous}); elsewhere it throws and {@link authorizationWebCrypto} does the same.
 */
export const authorization = (input: KeyedInput): string => {
  if (hmacSha1 === undefined) {
    throw new TypeError("authorization needs node:crypto; use authorizationWebCrypto here")
  }
  return header(input, hmacSha1(input.accessKeySecret, stringToSign(input)))
}

/** {@link authorization} with WebCrypto, for runtimes without that `hash`. The same bytes, several times slower. */
export const authorizationWebCrypto = async (input: KeyedInput): Promise<string> => {
  const utf8 = new TextEncoder()
  const algorithm = { name: "HMAC", hash: "SHA-1" }
  // WebCrypto refuses an empty key, which HMAC allows; a zero byte is padded to the same block.
  const secret = utf8.encode(input.accessKeySecret === "" ? "\0" : input.accessKeySecret)
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"])
  const signature = await crypto.subtle.sign("HMAC", key, utf8.encode(stringToSign(input)))
  return header(input, btoa(String.fromCharCode(...new Uint8Array(signature))))
}
