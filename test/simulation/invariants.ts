/** What must be true of every run, whatever was drawn. Pure: a story in, what is wrong with it out. */
import type { RateControl } from "@genauth-effect/client"
import { Operation } from "@genauth-effect/protocol"
import { Duration } from "effect"
import type { Call, Client, Retry } from "./Scenario.ts"
import type { Ended, Story, WireRequest } from "./World.ts"

/** The promises, by name. */
export const names = [
  "every call ends within its deadline",
  "success means that the user is offline",
  "success has the receipt of a request that was carried out",
  "a definite failure changed nothing",
  "an outcome is unknown only if something was sent",
  "an invalid request is not sent",
  "each attempt has a new nonce",
  "attempts stay within the policy",
  "retries stay within the budget",
  "attempts are counted truly",
  "a call that may be repeated is not given up early",
  "a deadline is one only when it is near",
  "nothing is sent for a call that has ended",
  "nothing is left running",
  "one token request at a time",
  "nobody else is kicked",
  "no defect",
] as const

/** The name of a promise. */
export type Name = (typeof names)[number]

/** A broken promise. */
export interface Violation {
  readonly name: Name
  readonly detail: string
}

// The client promises one extra attempt each for a clock difference, a used signature and a refused token; none where
// nothing is to be repeated.
const maxMends = ({ authentication, retry }: Client, sent: ReadonlyArray<WireRequest>): number => {
  if (retry.type === "none") return 0
  // What a raw answer says is not written down; those with a foreign envelope may say any of it.
  const isAnswered = (isMended: (request: WireRequest) => boolean): number =>
    sent.some((request) => isMended(request) || request.faults.includes("raw")) ? 1 : 0
  return authentication === "token"
    ? isAnswered(
        ({ apiCode, httpStatus, statusCode }) =>
          statusCode === 401 || httpStatus === 401 || [2020, 2206, 2207].includes(apiCode ?? 0),
      )
    : isAnswered(({ apiCode }) => apiCode === 1305) + isAnswered(({ apiCode }) => apiCode === 1306)
}

const maxTries = (retry: Retry): number => {
  switch (retry.type) {
    case "none":
      return 1
    case "schedule":
      return retry.times + 1
    case "policy":
      return retry.attempts
  }
}

const isToken = (request: WireRequest): boolean => request.path === Operation.getManagementToken.path

const isThrottled = ({ apiCode, httpStatus, statusCode }: WireRequest): boolean =>
  statusCode === 429 || httpStatus === 429 || apiCode === 1000

interface Subject {
  readonly index: number
  readonly call: Call
  readonly client: Client
  readonly ended: Ended | undefined
  /** Whether it is known from the beginning when its turn comes. */
  readonly mayFixTurns: boolean
  /** Without those for a token, which several calls share. */
  readonly sent: ReadonlyArray<WireRequest>
}

// A turn is asked about every half second: whoever has less left and a longer wait ahead gives it back.
const nearMillis = 500

const ofCall = ({ call, client, ended, index, mayFixTurns, sent }: Subject): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const broken = (name: Name, detail: string) => found.push({ name, detail: `call ${index}: ${detail}` })
  if (ended === undefined) {
    broken("every call ends within its deadline", "has not ended")
    return found
  }
  const { endedAt, onlineIn, reportedAttempts, result, startedAt } = ended
  if (endedAt - startedAt > client.deadlineMillis) {
    broken("every call ends within its deadline", `took ${endedAt - startedAt} of ${client.deadlineMillis} ms`)
  }
  if (result._tag === "Defect") broken("no defect", result.text)
  if (call.isInvalid && (sent.length > 0 || (result._tag === "Failure" && result.error._tag !== "InvalidRequest"))) {
    broken("an invalid request is not sent", `${sent.length} requests`)
  }
  const allowed = maxTries(client.retry) + maxMends(client, sent)
  if (sent.length > allowed) broken("attempts stay within the policy", `${sent.length} of ${allowed}`)
  for (const { endedAt: answeredAt, startedAt: sentAt } of sent) {
    if (sentAt > endedAt || answeredAt === undefined || answeredAt > endedAt) {
      broken("nothing is sent for a call that has ended", `sent at ${sentAt}, ended at ${endedAt}`)
    }
  }
  if (result._tag === "Success") {
    if (onlineIn.length > 0) broken("success means that the user is offline", `still online in ${onlineIn.join(" ")}`)
    if (!sent.some(({ isApplied, requestId }) => isApplied && requestId === result.requestId)) {
      broken("success has the receipt of a request that was carried out", String(result.requestId))
    }
  }
  if (result._tag === "Failure") {
    const { error } = result
    if (!error.outcomeUnknown && sent.some(({ isApplied }) => isApplied)) {
      broken("a definite failure changed nothing", `${error._tag}, yet a request was carried out`)
    }
    if (error.outcomeUnknown && sent.length === 0) {
      broken("an outcome is unknown only if something was sent", error._tag)
    }
    if (isGivenUpEarly(client, ended, error, sent.at(-1))) {
      broken("a call that may be repeated is not given up early", `${error._tag} after ${error.attempts} attempts`)
    }
    if (error._tag === "DeadlineExceeded" && !mayFixTurns && endedAt - startedAt < client.deadlineMillis - nearMillis) {
      broken("a deadline is one only when it is near", `after ${endedAt - startedAt} of ${client.deadlineMillis} ms`)
    }
    // Where a token could not be had, trying to get one counts as an attempt too.
    const counted = client.authentication === "token" ? sent.length <= error.attempts : sent.length === error.attempts
    if (!counted) broken("attempts are counted truly", `${error.attempts} in the error, ${sent.length} sent`)
  }
  if (reportedAttempts !== undefined && client.authentication === "signature" && reportedAttempts !== sent.length) {
    broken("attempts are counted truly", `${reportedAttempts} in the report, ${sent.length} sent`)
  }
  return found
}

// Only where nothing else may end a call: no budget, no breaker, no wait that is too long for what is left.
const isGivenUpEarly = (
  client: Client,
  { endedAt, startedAt }: Ended,
  error: Extract<Ended["result"], { readonly _tag: "Failure" }>["error"],
  last: WireRequest | undefined,
): boolean => {
  const { retry } = client
  if (retry.type !== "policy" || retry.budget !== "none" || client.circuitBreaker !== undefined) return false
  if (error._tag === "DeadlineExceeded" || error._tag === "CircuitOpen" || error._tag === "TokenUnusable") return false
  // The wire is asked, not only the client: a gateway's status may be repeated whatever stands under it.
  const mayBeRepeated = error.isRetryable || (error.httpStatus === last?.httpStatus && isTransient(last))
  const leftMillis = client.deadlineMillis - (endedAt - startedAt)
  const askedMillis = error.retryAfter === undefined ? 0 : Duration.toMillis(error.retryAfter)
  return mayBeRepeated && error.attempts < retry.attempts && leftMillis > retry.capMillis + askedMillis
}

const isTransient = (request: WireRequest | undefined): boolean =>
  request?.httpStatus !== undefined && (request.httpStatus >= 500 || [408, 425, 429].includes(request.httpStatus))

const controlOf = ({ scenario }: Story, { rateControl }: Client): RateControl.Options =>
  rateControl === "shared" ? scenario.sharedRateControl : rateControl === "own" ? { mode: "adaptive" } : rateControl

const isLearned = (story: Story, client: Client): boolean => controlOf(story, client).mode === "adaptive"

const budgetViolations = (story: Story, client: Client, index: number): ReadonlyArray<Violation> => {
  const { retry } = client
  if (retry.type === "none" || retry.budget === "none") return []
  const { perSecond, ratio, reserve } = retry.budget
  const kicks = story.requests.filter((request) => request.client === index && !isToken(request))
  const calls = new Set(kicks.map(({ call }) => call)).size
  // Refusals for rate are not charged where the pace is learned from them; neither is what mends a call.
  const uncharged =
    calls * (1 + maxMends(client, kicks)) + (isLearned(story, client) ? kicks.filter(isThrottled).length : 0)
  const earned = ratio * story.scenario.calls.filter((call) => call.client === index).length
  const allowed = uncharged + reserve + earned + (perSecond * story.endedAt) / 1000
  return kicks.length <= allowed
    ? []
    : [{ name: "retries stay within the budget", detail: `client ${index}: ${kicks.length} sent, ${allowed} allowed` }]
}

const tokenViolations = (story: Story, index: number): ReadonlyArray<Violation> => {
  let endsAt = Number.NEGATIVE_INFINITY
  for (const { endedAt, startedAt } of story.requests.filter((one) => one.client === index && isToken(one))) {
    if (startedAt < endsAt) return [{ name: "one token request at a time", detail: `client ${index} at ${startedAt}` }]
    endsAt = endedAt ?? Number.POSITIVE_INFINITY
  }
  return []
}

const nonceViolations = (story: Story): ReadonlyArray<Violation> => {
  const nonces = story.requests.flatMap(({ nonce }) => (nonce === undefined ? [] : [nonce]))
  const repeated = nonces.length - new Set(nonces).size
  return repeated === 0 ? [] : [{ name: "each attempt has a new nonce", detail: `${repeated} nonces came twice` }]
}

// Only what a request that was carried out asked for may have changed.
const stateViolations = (story: Story): ReadonlyArray<Violation> => {
  const expected = new Set(story.onlineBefore)
  for (const { call: number, isApplied, path } of story.requests) {
    const call = isApplied && number !== undefined ? story.scenario.calls[number] : undefined
    if (call === undefined || path === Operation.getManagementToken.path) continue
    for (const appId of call.appIds) expected.delete(`${call.target} ${appId}`)
  }
  const isSame =
    expected.size === story.onlineAfter.size && [...expected].every((login) => story.onlineAfter.has(login))
  return isSame
    ? []
    : [{ name: "nobody else is kicked", detail: `${story.onlineAfter.size} logins, expected ${expected.size}` }]
}

const leftViolations = ({ left }: Story): ReadonlyArray<Violation> =>
  left.fibers === 0 && left.sleeps === 0 && left.requests === 0
    ? []
    : [{ name: "nothing is left running", detail: JSON.stringify(left) }]

/** Everything that is wrong with a story. */
export const violations = (story: Story): ReadonlyArray<Violation> => {
  const { calls, clients } = story.scenario
  return [
    ...calls.flatMap((call, index) => {
      const client = clients[call.client]
      if (client === undefined) return []
      const sent = story.requests.filter((request) => request.call === index && !isToken(request))
      const mayFixTurns = controlOf(story, client).mode === "fixed"
      return ofCall({ index, call, client, ended: story.calls[index], mayFixTurns, sent })
    }),
    ...clients.flatMap((client, index) => [
      ...budgetViolations(story, client, index),
      ...tokenViolations(story, index),
    ]),
    ...nonceViolations(story),
    ...stateViolations(story),
    ...leftViolations(story),
  ]
}
