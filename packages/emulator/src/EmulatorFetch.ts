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

const wireOf = async (request: Request): Promise<WireRequest> => {
  const { pathname, search } = new URL(request.url)
  const headers = Object.fromEntries(request.headers)
  return { method: request.method, target: pathname + search, headers, body: await request.text() }
}

/** Makes an emulator of the seed's pools. */
export const make = (seed: Seed, options?: Options): Fetching => {
  const emulator = makeUnsafe(seed, options)
  const clockOf = <A, E>(use: (clock: Clock.Clock) => Effect.Effect<A, E>): Effect.Effect<A, E> =>
    options?.clock === undefined ? Effect.clockWith(use) : use(options.clock)

  const send = async (request: Request, wire: WireRequest, redirects: number): Promise<Response> => {
    const { signal } = request
    signal.throwIfAborted()
    const exit = await Effect.runPromiseExit(
      clockOf((clock) => Effect.result(Carrier.carry(emulator, wire, clock, signal))),
      { signal },
    )
    signal.throwIfAborted()
    if (exit._tag === "Failure") throw new TypeError("fetch failed", { cause: exit.cause })
    if (exit.value._tag === "Failure") throw new TypeError("fetch failed", { cause: exit.value.failure })
    const response = exit.value.success
    const location = response.status >= 300 && response.status < 400 ? response.headers.get("location") : null
    if (location === null || request.redirect === "manual") return response
    if (request.redirect === "error" || redirects >= maxRedirects) {
      throw new TypeError("fetch failed", { cause: new Error("unexpected redirect") })
    }
    const { pathname, search } = new URL(location, request.url)
    const keepsMethod = response.status === 307 || response.status === 308 || wire.method === "GET"
    const next = { ...wire, target: pathname + search }
    return send(request, keepsMethod ? next : { ...next, method: "GET", body: "" }, redirects + 1)
  }

  return {
    emulator,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      return send(request, await wireOf(request), 0)
    },
  }
}
