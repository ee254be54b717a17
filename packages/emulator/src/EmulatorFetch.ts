/** The emulator as a standard fetch function, for programs without Effect. */
import { answerHeaders, makeUnsafe, type Options, type Service } from "./Emulator.ts"
import type { Seed } from "./Seed.ts"

/** An emulator and the function that reaches it, on the clock of the machine. */
export interface Fetching {
  readonly fetch: (request: Request) => Promise<Response>
  readonly emulator: Service
}

/** Makes an emulator of the seed's pool. */
export const make = (seed: Seed, options?: Options): Fetching => {
  const emulator = makeUnsafe(seed, options)
  return {
    emulator,
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url)
      const body = await request.text()
      const now = Date.now()
      const headers = Object.fromEntries(request.headers)
      const text = emulator.answer({ method: request.method, target: pathname + search, headers, body }, now)
      return new Response(text, { headers: answerHeaders(now) })
    },
  }
}
