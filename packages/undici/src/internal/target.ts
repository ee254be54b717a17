import type * as HttpClientRequest from "effect/http/HttpClientRequest"
import * as Option from "effect/Option"

/** Where a request goes. */
export interface Target {
  readonly origin: string
  readonly path: string
  /** All of it, without the hash. */
  readonly href: string
}

/** Where a request to a URL goes. */
export const fromUrl = (url: URL): Target => ({
  origin: url.origin,
  path: url.pathname + url.search,
  href: url.href.replace(/#.*$/, ""),
})

/**
 * Makes a reader of where requests go; `undefined` where HttpClient has to work it out, which it does with its errors.
 *
 * The last one is kept: a client of one API mostly sends to the same URL, and parsing it costs as much as signing.
 */
export const reader = (): ((request: HttpClientRequest.HttpClientRequest) => Target | undefined) => {
  let lastUrl = ""
  let last: Target | undefined
  return (request) => {
    if (request.urlParams.params.length > 0 || Option.isSome(request.hash)) return undefined
    if (request.url === lastUrl) return last
    const url = URL.parse(request.url)
    // An empty hash is in the href alone.
    if (url === null || url.href.includes("#")) return undefined
    lastUrl = request.url
    last = fromUrl(url)
    return last
  }
}
