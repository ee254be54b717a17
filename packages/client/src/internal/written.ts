import type { Operation } from "@genauth-effect/protocol/Operation"
import * as HttpBody from "effect/http/HttpBody"

/** A request as it goes out, written once for all attempts. */
export interface Written {
  readonly operation: Operation
  /** What is signed: texts raw, all else as the JSON it is sent as. */
  readonly params: Readonly<Record<string, string>>
  /** Path and query. */
  readonly target: string
  /** The JSON text of a POST. */
  readonly body: HttpBody.HttpBody
}

/**
 * Writes a checked request, its values as `json` does. Each is written once, so what is signed is what is sent.
 * undefined and absent are one on the wire, but not in a string to sign.
 */
export const write = (operation: Operation, request: object, json: (value: unknown) => string): Written => {
  const { method, path } = operation
  const params: Record<string, string> = {}
  let body = ""
  for (const key of Object.keys(request)) {
    const value: unknown = Reflect.get(request, key)
    if (value === undefined) continue
    const text = json(value)
    params[key] = typeof value === "string" ? value : text
    body += `${body === "" ? "" : ","}"${key}":${text}`
  }
  if (method === "POST")
    return { operation, params, target: path, body: HttpBody.text(`{${body}}`, "application/json") }
  const query = new URLSearchParams(params).toString()
  return { operation, params, target: query === "" ? path : `${path}?${query}`, body: HttpBody.empty }
}
