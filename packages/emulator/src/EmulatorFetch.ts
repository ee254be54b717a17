/** The emulator as a standard fetch function, for programs without Effect. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { makeUnsafe, type Options as EmulatorOptions, type Service, type WireRequest } from "./Emulator.ts"
import * as Carrier from "./internal/carrier.ts"
import type { Seed } from "./Seed.ts"

/** The switches of the emulator, and its clock. */
export interface Options extends EmulatorOptions {
  /**
   * What the emulator takes the time from and waits on.
   * @default the machine's
   */
  readonly clock?: Clock.Clock | undefined
}

/** An emulator and the function that reaches it. */
export interface Fetching {
  /**
   * Like the global fetch, for any host: fails with a TypeError when a fault ends the connection, stops when the
   * request's signal says so, and follows redirects unless the request says otherwise.
   */
  readonly fetch: (input: Request | URL | string, init?: RequestInit) => Promise<Response>
  readonly emulator: Service
}

// What the Fetch standard allows.
const maxRedirects = 20

// What the standard, and Node's fetch with it, does not send to another origin, and not without a body.
const ofOrigin = ["authorization", "cookie", "host", "proxy-authorization"]
const ofBody = ["content-encoding", "content-language", "content-length", "content-location", "content-type"]

const without = (headers: WireRequest["headers"], names: ReadonlyArray<string>): WireRequest["headers"] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)))

const targetOf = ({ pathname, search }: URL): string => pathname + search

const wireOf = async (request: Request): Promise<WireRequest> => ({
  method: request.method,
  target: targetOf(new URL(request.url)),
  headers: Object.fromEntries(request.headers),
  body: await request.text(),
})

const redirected = (wire: WireRequest, status: number, from: URL, to: URL): WireRequest => {
  const headers = to.origin === from.origin ? wire.headers : without(wire.headers, ofOrigin)
  const isGet =
    (status === 303 && wire.method !== "GET" && wire.method !== "HEAD") ||
    ((status === 301 || status === 302) && wire.method === "POST")
  return isGet
    ? { method: "GET", target: targetOf(to), headers: without(headers, ofBody), body: "" }
    : { ...wire, target: targetOf(to), headers }
}

// A Response made by hand does not know where it came from, and may hold what an answer to HEAD cannot.
const arrived = (response: Response, method: string, url: URL, redirects: number): Response =>
  Object.defineProperties(method === "HEAD" ? new Response(null, response) : response, {
    url: { value: url.href.replace(/#.*$/, "") },
    redirected: { value: redirects > 0 },
  })

const failed = (cause: unknown): TypeError => new TypeError("fetch failed", { cause })

// A connection keeps a program from ending while it waits; here there is none.
const keepingAlive = async <A>(promise: Promise<A>): Promise<A> => {
  const timer = setInterval(() => undefined, 2 ** 31 - 1)
  try {
    return await promise
  } finally {
    clearInterval(timer)
  }
}

/** Makes an emulator of the seed's pools. */
export const make = (seed: Seed, options?: Options): Fetching => {
  const emulator = makeUnsafe(seed, options)
  const clockOf = <A, E>(use: (clock: Clock.Clock) => Effect.Effect<A, E>): Effect.Effect<A, E> =>
    options?.clock === undefined ? Effect.clockWith(use) : use(options.clock)

  const send = async (request: Request, wire: WireRequest, url: URL, redirects: number): Promise<Response> => {
    const { signal } = request
    signal.throwIfAborted()
    const exit = await keepingAlive(
      Effect.runPromiseExit(
        clockOf((clock) => Effect.result(Carrier.carry(emulator, wire, clock, signal))),
        { signal },
      ),
    )
    signal.throwIfAborted()
    if (exit._tag === "Failure") throw failed(exit.cause)
    if (exit.value._tag === "Failure") throw failed(exit.value.failure)
    const response = exit.value.success
    const location = response.status >= 300 && response.status < 400 ? response.headers.get("location") : null
    if (location === null || request.redirect === "manual") return arrived(response, wire.method, url, redirects)
    if (request.redirect === "error" || redirects >= maxRedirects) throw failed(new Error("unexpected redirect"))
    const next = URL.parse(location, url)
    if (next === null || !/^https?:$/.test(next.protocol)) throw failed(new Error("the redirect leads to no HTTP URL"))
    return send(request, redirected(wire, response.status, url, next), next, redirects + 1)
  }

  return {
    emulator,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      return send(request, await wireOf(request), new URL(request.url), 0)
    },
  }
}
