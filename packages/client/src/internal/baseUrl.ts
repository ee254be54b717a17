import * as Result from "effect/Result"
import { InvalidOption } from "../InvalidOption.ts"

const isLoopback = (hostname: string): boolean =>
  hostname === "localhost" || hostname.endsWith(".localhost") || /^127(\.\d+){3}$|^\[::1\]$/.test(hostname)

const invalid = (remedy: string) => Result.fail(new InvalidOption({ option: "host", remedy }))

/** Where requests go, and whether they go there in clear text over a network. */
export interface BaseUrl {
  /** Scheme, host and, for private deployments behind a path, that path; without a trailing slash. */
  readonly url: string
  readonly host: string
  readonly isClearText: boolean
}

/**
 * Reads the host option the way the Node SDKs do: https where no scheme is written (http for localhost), trailing
 * slashes off.
 */
export const parseHost = (host: string): Result.Result<BaseUrl, InvalidOption> => {
  const trimmed = String(host).trim()
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)
  const guess = isLoopback(trimmed.split(/[:/]/)[0] ?? "") ? `http://${trimmed}` : `https://${trimmed}`
  const text = hasScheme ? trimmed : guess
  if (!URL.canParse(text)) return invalid("a host name or URL such as https://genauth.example.com")
  const url = new URL(text)
  if (url.protocol !== "https:" && url.protocol !== "http:") return invalid("its scheme is https or http")
  if (url.username !== "" || url.password !== "") return invalid("no user name or password; use the access key options")
  if (url.search !== "" || url.hash !== "") return invalid("no query and no fragment")
  return Result.succeed({
    url: url.origin + url.pathname.replace(/\/+$/, ""),
    host: url.host,
    isClearText: url.protocol === "http:" && !isLoopback(url.hostname),
  })
}
