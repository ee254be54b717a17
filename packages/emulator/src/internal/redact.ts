/** Keeps secrets out of what a test prints. */
import * as Brand from "@genauth-effect/protocol/Brand"
import { redacted } from "../Received.ts"
import * as Nesting from "./nesting.ts"

const isSecretName = (name: string): boolean =>
  /authorization|cookie|secret|token|password|api-?key/i.test(name) || /signature$/i.test(name)

// Which key signed is worth knowing and no secret; the signature behind the last colon is one.
const authorization = (value: string): string => {
  const scheme = ["Bearer", ...Brand.brands.map((brand) => Brand.profiles[brand].scheme)].find((one) =>
    value.startsWith(`${one} `),
  )
  if (scheme === undefined) return redacted
  const colon = value.lastIndexOf(":")
  return scheme === "Bearer" || colon < 0 ? `${scheme} ${redacted}` : `${value.slice(0, colon)}:${redacted}`
}

/** The headers that are there. */
export const headers = (all: Readonly<Record<string, string | undefined>>): Record<string, string> => {
  const shown: Record<string, string> = {}
  for (const [name, value] of Object.entries(all)) {
    if (value === undefined) continue
    shown[name] = name === "authorization" ? authorization(value) : isSecretName(name) ? redacted : value
  }
  return shown
}

// A name may be written with percent signs; URLSearchParams reads it as the operations do, and never throws.
const nameOf = (pair: string): string => [...new URLSearchParams(pair).keys()][0] ?? ""

/** A query without its question mark. */
export const query = (text: string): string =>
  text
    .split("&")
    .map((pair) => {
      const [raw = ""] = pair.split("=", 1)
      return isSecretName(nameOf(pair)) && pair !== raw ? `${raw}=${redacted}` : pair
    })
    .join("&")

// An escape, of JSON or of a form, may hide any name.
const isSuspect = (text: string): boolean => isSecretName(text) || /\\u|%/.test(text)

const unread = (text: string): string => (isSuspect(text) ? redacted : text)

/**
 * A body. JSON keeps its form where nothing has to go; a text that is none, or is nested too deeply to be read as one,
 * is shown only if it is beyond suspicion.
 */
export const body = (text: string): string => {
  if (Nesting.isTooDeep(text)) return unread(text)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return unread(text)
  }
  let isChanged = false
  const shown = JSON.stringify(json, (name, value: unknown) => {
    if (!isSecretName(name)) return value
    isChanged = true
    return redacted
  })
  // Of a key that stands twice only the last is read: what the others hold is not shown either.
  return isChanged || isSuspect(text) ? shown : text
}
