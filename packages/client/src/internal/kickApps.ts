/** Kicks one user out of any number of applications: parts of at most 50, halved where one application spoils a part. */
import * as Operation from "@genauth-effect/protocol/Operation"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { ApiError } from "../ApiError.ts"
import * as KickUsers from "../KickUsers.ts"
import type { Service } from "../ManagementClient.ts"
import type { User } from "../User.ts"
import type { AttemptCount } from "./attemptCount.ts"

/** What came of it. Every application is in `kicked`, `offline` or `refused`. */
export interface Tally {
  /** In the parts they were sent in. */
  readonly kicked: Array<ReadonlyArray<string>>
  /** The answer told that there was no session. */
  readonly offline: Array<ReadonlyArray<string>>
  readonly refused: Array<{ readonly appIds: ReadonlyArray<string>; readonly error: ApiError }>
  readonly requestIds: Array<string>
  attempts: number
}

/** Whether the user does not exist for this pool. */
export const isUserUnknown = (error: ApiError): boolean =>
  error._tag === "UserNotFound" || error._tag === "UserNotInUserPool"

// 2011 and its kin name an application; 2401 says that a session is missing. Which one of several is not told.
const mayBeOneApp = (error: ApiError): boolean =>
  error.category === "application" || error._tag === "SsoSessionNotFound"

const hopelessCategories: ReadonlySet<string> = new Set(["signature", "credentials", "permission", "plan"])

/**
 * Whether the key, its rights or the plan are at fault, so that calls for other users fail the same way. A signature
 * that was used already (1306) says nothing about the next one.
 */
export const isCallerAtFault = (error: ApiError): boolean =>
  !error.isRetryable && hopelessCategories.has(error.category) && error._tag !== "SignatureReplayed"

const isHopeless = (error: ApiError): boolean =>
  isUserUnknown(error) || isCallerAtFault(error) || error._tag === "InvalidRequest"

/** Applications that turned out unknown, with the answer that said so. Shared by the kicks of one run. */
export type UnknownApps = Map<string, ApiError>

// A list with an application of its own on every line must not grow this without bound.
const maxUnknownApps = 1000

/** Kicks, in the order of `appIds`. Ends early where the other calls would fail the same way. */
export const kickApps = (
  client: Service,
  user: User,
  appIds: ReadonlyArray<string>,
  unknownApps: UnknownApps,
  attempts: AttemptCount,
): Effect.Effect<Tally> =>
  Effect.suspend(() => {
    const tally: Tally = { kicked: [], offline: [], refused: [], requestIds: [], attempts: 0 }
    // Taken from the end, so the first part lies last.
    const parts = inParts(sendable(appIds, unknownApps, tally)).toReversed()
    return Effect.whileLoop({
      while: () => parts.length > 0,
      body: () => {
        const part = parts.pop() ?? []
        return attempts.counted(client.kickUsers(KickUsers.forUser(user, part)), (result, count) => {
          tally.attempts += count
          const { requestId } = Result.merge(result)
          if (requestId !== undefined) tally.requestIds.push(requestId)
          if (Result.isSuccess(result)) tally.kicked.push(part)
          else refuse(part, result.failure, parts, unknownApps, tally)
        })
      },
      step: () => undefined,
    }).pipe(Effect.map(() => tally))
  })

// Without those that are known to be unknown.
const sendable = (appIds: ReadonlyArray<string>, unknownApps: UnknownApps, tally: Tally): ReadonlyArray<string> =>
  unknownApps.size === 0
    ? appIds
    : appIds.filter((appId) => {
        const error = unknownApps.get(appId)
        if (error !== undefined) tally.refused.push({ appIds: [appId], error })
        return error === undefined
      })

/** What comes of a part that was refused: an entry of the tally, or two halves in its place. */
const refuse = (
  part: ReadonlyArray<string>,
  error: ApiError,
  parts: Array<ReadonlyArray<string>>,
  unknownApps: UnknownApps,
  tally: Tally,
): void => {
  if (mayBeOneApp(error) && part.length > 1) {
    const half = Math.ceil(part.length / 2)
    parts.push(part.slice(half), part.slice(0, half))
    return
  }
  if (error._tag === "SsoSessionNotFound") {
    tally.offline.push(part)
    return
  }
  tally.refused.push({ appIds: part, error })
  const [only] = part
  if (only !== undefined && error.category === "application" && unknownApps.size < maxUnknownApps) {
    unknownApps.set(only, error)
  }
  if (isHopeless(error))
    tally.refused.push(
      ...parts
        .splice(0)
        .toReversed()
        .map((rest) => ({ appIds: rest, error })),
    )
}

/** Parts of at most 50, in order. */
const inParts = (appIds: ReadonlyArray<string>): Array<ReadonlyArray<string>> => {
  if (appIds.length <= Operation.maxAppIds) return appIds.length === 0 ? [] : [appIds]
  const parts: Array<ReadonlyArray<string>> = []
  for (let from = 0; from < appIds.length; from += Operation.maxAppIds) {
    parts.push(appIds.slice(from, from + Operation.maxAppIds))
  }
  return parts
}
