import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Option from "effect/Option"
import type { Target } from "./exchange.ts"

/**
 * Makes a reader of where requests go; `undefined` where HttpClient has to work it out, which it does with its errors.
 *
 * The last one is kept: a client of one API mostly sends to the same URL, and parsing it costs as much as signing.
 */
export const targetOf = (): ((request: HttpClientRequest.HttpClientRequest) => Target | undefined) => {
  let lastUrl = ""
  let last: Target | undefined
  return (request) => {
    if (request.urlParams.params.length > 0 || Option.isSome(request.hash)) return undefined
    if (request.url === lastUrl) return last
    const url = URL.parse(request.url)
    // An empty hash is in the href alone.
    if (url === null || url.href.includes("#")) return undefined
    lastUrl = request.url
    last = { origin: url.origin, path: url.pathname + url.search, href: url.href }
    return last
  }
}
