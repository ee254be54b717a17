/** Takes note of every request and counts. */
import * as Brand from "@genauth-effect/protocol/Brand"
import * as Operation from "@genauth-effect/protocol/Operation"
import type { WireRequest } from "../Emulator.ts"
import type { Kind } from "../Faults.ts"
import { type Answered, type Counts, maxKeptBody, type Received } from "../Received.ts"
import * as Recent from "./recent.ts"
import * as Redact from "./redact.ts"

// Secrets are taken out when someone looks: most requests are never looked at.
interface Entry {
  readonly number: number
  readonly receivedAt: number
  readonly request: WireRequest
  readonly faults: ReadonlyArray<Kind>
  readonly isApplied: boolean
  readonly answer: Answered | undefined
}

/** The signature nonce of a request, whatever its brand. */
export const nonceOf = (request: WireRequest): string | undefined => {
  for (const brand of Brand.brands) {
    const nonce = request.headers[Brand.profiles[brand].signatureNonceHeader]
    if (nonce !== undefined) return nonce
  }
  return undefined
}

/** Path and query. */
export const splitTarget = (target: string): readonly [path: string, query: string] => {
  const mark = target.indexOf("?")
  return mark < 0 ? [target, ""] : [target.slice(0, mark), target.slice(mark + 1)]
}

const show = (entry: Entry): Received => {
  const { request, ...rest } = entry
  const [path, query] = splitTarget(request.target)
  return {
    ...rest,
    method: request.method,
    path,
    query: Redact.query(query),
    headers: Redact.headers(request.headers),
    body: Redact.body(request.body),
    nonce: nonceOf(request),
  }
}

// Ten thousand bodies of a MiB each would fill the memory. A slice alone would hold on to the whole text: it is copied.
const shorten = (entry: Entry): Entry => {
  const { body } = entry.request
  if (body.length <= maxKeptBody) return entry
  const beginning = new TextDecoder().decode(new TextEncoder().encode(body.slice(0, maxKeptBody)))
  return { ...entry, request: { ...entry.request, body: beginning } }
}

const paths: ReadonlySet<string> = new Set(Operation.all.map((operation) => operation.path))

const tally = () => {
  const counts = new Map<string, number>()
  return {
    add: (key: string | number): void => {
      counts.set(String(key), (counts.get(String(key)) ?? 0) + 1)
    },
    all: (): Readonly<Record<string, number>> => Object.fromEntries(counts),
  }
}

/** An empty journal that keeps up to `limit` requests. */
export const make = (limit: number) => {
  const kept = Recent.make<Entry>(limit)
  const byPath = tally()
  const byHttpStatus = tally()
  const byStatusCode = tally()
  const byApiCode = tally()
  const faults = tally()
  let requests = 0
  let applied = 0
  let unanswered = 0
  let throttled = 0
  let replayedNonces = 0
  return {
    /** The number of the request that arrives now. */
    next: (): number => {
      requests += 1
      return requests
    },
    add: (entry: Entry): void => {
      kept.push(shorten(entry))
      const [path] = splitTarget(entry.request.target)
      byPath.add(paths.has(path) ? path : "other")
      for (const kind of entry.faults) faults.add(kind)
      if (entry.isApplied) applied += 1
      if (entry.answer === undefined) {
        unanswered += 1
        return
      }
      const { apiCode, httpStatus, statusCode } = entry.answer
      byHttpStatus.add(httpStatus)
      if (statusCode !== undefined) byStatusCode.add(statusCode)
      if (apiCode !== undefined) byApiCode.add(apiCode)
    },
    addThrottled: (): void => {
      throttled += 1
    },
    addReplayedNonce: (): void => {
      replayedNonces += 1
    },
    requests: (): ReadonlyArray<Received> => kept.all().map(show),
    forget: (): void => kept.clear(),
    counts: (kickEvents: number): Counts => ({
      requests,
      applied,
      byPath: byPath.all(),
      byHttpStatus: byHttpStatus.all(),
      byStatusCode: byStatusCode.all(),
      byApiCode: byApiCode.all(),
      unanswered,
      faults: faults.all(),
      throttled,
      replayedNonces,
      kickEvents,
    }),
  }
}
