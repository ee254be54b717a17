/** The check after a kick: asks check-session-status until the user is offline everywhere or time is up. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { type ApiError, DeadlineExceeded } from "../ApiError.ts"
import type { Service } from "../ManagementClient.ts"
import { type NotKicked, NotVerified, StillOnline } from "../Outcome.ts"
import type { User } from "../User.ts"
import { monotonicMillis } from "./monotonic.ts"

/** How to check. */
export interface Policy {
  readonly deadlineMillis: number
  /** Checks at the same time. */
  readonly concurrency: number
}

const firstPause = 200
const longestPause = 2000
// The last question comes so long before the end.
const timeToAnswer = 100

/** The applications in which the user is not known to be offline, by reason; none when all is well. */
export const verify = Effect.fnUntraced(function* (
  client: Service,
  user: User,
  appIds: ReadonlyArray<string>,
  policy: Policy,
): Effect.fn.Return<ReadonlyArray<NotKicked>> {
  const clock = yield* Clock.Clock
  const deadlineAt = monotonicMillis(clock) + policy.deadlineMillis
  const inTime = <A>(call: Effect.Effect<A, ApiError>): Effect.Effect<Result.Result<A, ApiError>> =>
    call.pipe(
      Effect.timeoutOrElse({
        duration: Math.max(0, deadlineAt - monotonicMillis(clock)),
        orElse: () =>
          Effect.fail(
            new DeadlineExceeded({
              deadline: Duration.millis(policy.deadlineMillis),
              message: `the deadline of ${policy.deadlineMillis} ms for the check passed`,
            }),
          ),
      }),
      Effect.result,
    )

  // check-session-status takes the GenAuth user id alone.
  const userId =
    user.type === "user_id"
      ? Result.succeed(user.id)
      : Result.map(yield* inTime(client.getUser({ userId: user.id, userIdType: user.type })), (found) => found.userId)
  if (Result.isFailure(userId)) return [notVerified(appIds, userId.failure)]

  const refused: Array<NotKicked> = []
  let unsure: ReadonlyArray<{ readonly appId: string; readonly error: ApiError | undefined }> = appIds.map((appId) => ({
    appId,
    error: undefined,
  }))
  for (let pause = firstPause; ; pause = Math.min(2 * pause, longestPause)) {
    const checked = yield* Effect.forEach(
      unsure,
      ({ appId }) =>
        Effect.map(inTime(client.checkSessionStatus({ appId, userId: userId.success })), (status) => ({
          appId,
          active: Result.isSuccess(status) && status.success.active,
          error: Result.isFailure(status) ? status.failure : undefined,
        })),
      { concurrency: policy.concurrency },
    )
    for (const { appId, error } of checked) {
      if (error !== undefined && !error.isRetryable) refused.push(notVerified([appId], error))
    }
    unsure = checked.filter(({ active, error }) => active || error?.isRetryable === true)
    if (unsure.length === 0) return refused
    const left = deadlineAt - timeToAnswer - monotonicMillis(clock)
    if (left <= 0) break
    yield* Effect.sleep(Math.min(pause, left))
  }
  const online = unsure.flatMap(({ appId, error }) => (error === undefined ? [appId] : []))
  return [
    ...refused,
    ...unsure.flatMap(({ appId, error }) => (error === undefined ? [] : [notVerified([appId], error)])),
    ...(online.length === 0 ? [] : [stillOnline(online)]),
  ]
})

const notVerified = (appIds: ReadonlyArray<string>, error: ApiError): NotKicked => ({
  appIds,
  error: new NotVerified({
    message: `kicked, but not known to be offline: ${error.message}`,
    isRetryable: error.isRetryable,
    error,
  }),
})

const stillOnline = (appIds: ReadonlyArray<string>): NotKicked => ({
  appIds,
  error: new StillOnline({
    message: `kicked, but still online in ${appIds.length} application${appIds.length === 1 ? "" : "s"}`,
    isRetryable: true,
    appIds,
  }),
})
