/**
 * Kicks as operators mean them: one user out of any number of applications or out of everything, checked afterwards;
 * suspended first where he must not come back; thousands of users as a stream. How it ended is a value, an `Outcome`.
 *
 * ```ts
 * const outcome = yield* Kick.user(User.email("ada@example.com"), { apps: "everywhere", verify: true })
 * ```
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { ApiError, InvalidRequest } from "./ApiError.ts"
import * as CallReport from "./CallReport.ts"
import * as AttemptCount from "./internal/attemptCount.ts"
import { userIdRemedies, validator } from "./internal/invalidRequest.ts"
import * as KickApps from "./internal/kickApps.ts"
import { monotonicMillis } from "./internal/monotonic.ts"
import { optionMillis } from "./internal/optionMillis.ts"
import * as RecentTargets from "./internal/recentTargets.ts"
import * as Stopper from "./internal/stopper.ts"
import * as Verification from "./internal/verification.ts"
import * as Workers from "./internal/workers.ts"
import { InvalidOption } from "./InvalidOption.ts"
import { userIdIssue, UserIdType } from "./KickUsers.ts"
import { ManagementClient, type Service } from "./ManagementClient.ts"
import { isOfVerification } from "./Outcome.ts"
import type { Failed, KickError, NotKicked, Outcome } from "./Outcome.ts"
import * as Progress from "./Progress.ts"
import type { User } from "./User.ts"

/** Application ids, any number of them, or all the applications of the pool. */
export type Apps = ReadonlyArray<string> | "everywhere"

/** How to check that a user is offline. */
export interface VerifyOptions {
  /**
   * How long to ask until the user is offline everywhere.
   * @default "10 seconds"
   */
  readonly deadline?: Duration.Input | undefined
  /**
   * Applications asked about at the same time.
   * @default 8
   */
  readonly concurrency?: number | undefined
}

/** Options of {@link user}. */
export interface Options {
  /**
   * Split into calls of at most 50, in the order given; duplicates are removed. `"everywhere"` lists all applications
   * of the pool first, see `ManagementClient.listAllApplications`.
   */
  readonly apps: Apps
  /**
   * Whether to ask check-session-status afterwards, for every application. Applications in which the user is not known
   * to be offline then count as not kicked.
   * @default false
   */
  readonly verify?: boolean | VerifyOptions | undefined
  /**
   * Checks the request and kicks nobody. Only `"everywhere"` still asks for the list of applications.
   * @default false
   */
  readonly dryRun?: boolean | undefined
}

interface Plan {
  /** As they were given. */
  readonly apps: Apps
  /** Each once, or what is wrong with them. */
  readonly checkedApps: Result.Result<Apps, InvalidRequest>
  readonly verify: Verification.Policy | undefined
  readonly dryRun: boolean
  readonly unknownApps: KickApps.UnknownApps
  readonly attempts: AttemptCount.AttemptCount
}

const verifyPolicy = Effect.fnUntraced(function* (
  verify: Options["verify"],
): Effect.fn.Return<Verification.Policy | undefined, InvalidOption> {
  if (verify === undefined || verify === false) return undefined
  const options = verify === true ? {} : verify
  return {
    deadlineMillis: yield* optionMillis("verify.deadline", options.deadline ?? "10 seconds", false),
    concurrency: yield* wholeNumber("verify.concurrency", options.concurrency ?? 8),
  }
})

const wholeNumber = (option: string, value: number): Effect.Effect<number, InvalidOption> =>
  Number.isInteger(value) && value >= 1
    ? Effect.succeed(value)
    : Effect.fail(new InvalidOption({ option, remedy: "a whole number, 1 or more" }))

const checkUser = validator(
  Schema.Struct({ userId: Schema.NonEmptyString, userIdType: UserIdType }).check(
    Schema.makeFilter(({ userId, userIdType }) => userIdIssue(userId, userIdType)),
  ),
  userIdRemedies,
)

const remedyOfApps = 'at least one application id, or "everywhere"'

const checkList = validator(Schema.Struct({ apps: Schema.Array(Schema.NonEmptyString) }), {
  apps: remedyOfApps,
  "apps[]": "a non-empty text",
})

const noApps = (apps: Apps) =>
  new InvalidRequest(
    apps === "everywhere"
      ? {
          field: "apps",
          remedy: "name the application ids: the pool has none, or the access key may not list them",
          message: "apps is invalid: the pool's list of applications is empty",
        }
      : {
          field: "apps",
          remedy: remedyOfApps,
          message: `apps is invalid: ${remedyOfApps}`,
        },
  )

const checkApps = (apps: Apps): Result.Result<Apps, InvalidRequest> => {
  if (apps === "everywhere") return Result.succeed(apps)
  const checked = checkList({ apps })
  if (Result.isFailure(checked)) return Result.fail(checked.failure)
  return apps.length === 0 ? Result.fail(noApps(apps)) : Result.succeed([...new Set(checked.success.apps)])
}

/** The checked applications, or what is wrong with the kick as far as that can be known before anything is sent. */
const checkKick = (
  target: User,
  checkedApps: Result.Result<Apps, InvalidRequest>,
): Result.Result<Apps, InvalidRequest> => {
  const user = checkUser({ userId: target.id, userIdType: target.type })
  return Result.isFailure(user) ? Result.fail(user.failure) : checkedApps
}

const run = (client: Service, target: User, plan: Plan): Effect.Effect<Outcome> =>
  Effect.clockWith((clock) => {
    const startedAt = monotonicMillis(clock)
    const fields: Fields = (tag, apps, tally) => ({
      _tag: tag,
      user: { id: target.id, type: target.type },
      apps,
      requestIds: tally?.requestIds ?? [],
      attempts: tally?.attempts ?? 0,
      durationMillis: Math.round(monotonicMillis(clock) - startedAt),
    })
    const unsent = (error: ApiError, apps: ReadonlyArray<string>): Effect.Effect<Outcome> =>
      Effect.succeed({ ...fields("Failed", apps), error })
    const kickOutOf = (apps: ReadonlyArray<string>): Effect.Effect<Outcome> => {
      if (apps.length === 0) return unsent(noApps(plan.apps), apps)
      if (plan.dryRun) return Effect.succeed(fields("WouldKick", apps))
      return Effect.flatMap(KickApps.kickApps(client, target, apps, plan.unknownApps, plan.attempts), (tally) =>
        settled(client, target, plan, apps, tally, fields),
      )
    }
    const checked = checkKick(target, plan.checkedApps)
    if (Result.isFailure(checked)) return unsent(checked.failure, plan.apps === "everywhere" ? [] : plan.apps)
    return checked.success === "everywhere"
      ? Effect.matchEffect(client.listAllApplications, {
          onFailure: (error) => unsent(error, []),
          onSuccess: (all) => kickOutOf(all.map(({ appId }) => appId)),
        })
      : kickOutOf(checked.success)
  })

// What all outcomes have. Copies of it take a fraction of the time of records that are put together anew.
type Fields = <Tag extends Outcome["_tag"]>(
  tag: Tag,
  apps: ReadonlyArray<string>,
  tally?: KickApps.Tally,
) => { readonly _tag: Tag } & Pick<Outcome, "user" | "apps" | "requestIds" | "attempts" | "durationMillis">

const settled = (
  client: Service,
  target: User,
  plan: Plan,
  apps: ReadonlyArray<string>,
  tally: KickApps.Tally,
  fields: Fields,
): Effect.Effect<Outcome> => {
  const unknownUser = tally.refused.find(({ error }) => KickApps.isUserUnknown(error))
  // One who was deleted on the way was kicked out of what came before.
  if (unknownUser !== undefined && tally.kicked.length === 0) {
    return Effect.succeed({ ...fields("NotFound", apps, tally), error: unknownUser.error })
  }
  const kickedTag = tally.kicked.length === 0 ? "WasOffline" : "Kicked"
  if (tally.refused.length === 0 && plan.verify === undefined) {
    return Effect.succeed({ ...fields(kickedTag, apps, tally), verified: false })
  }
  const confirmed = new Set([...tally.kicked, ...tally.offline].flat())
  const verified =
    plan.verify === undefined || confirmed.size === 0
      ? Effect.succeed([])
      : Verification.verify(client, target, [...confirmed], plan.verify)
  return Effect.map(verified, (unverified): Outcome => {
    for (const { appIds } of unverified) for (const appId of appIds) confirmed.delete(appId)
    const notKicked: ReadonlyArray<NotKicked> = [...tally.refused, ...unverified]
    const [first] = notKicked
    if (first === undefined) return { ...fields(kickedTag, apps, tally), verified: true }
    if (confirmed.size === 0) return { ...fields("Failed", apps, tally), error: worst(notKicked, first) }
    const kicked = apps.filter((appId) => confirmed.has(appId))
    return { ...fields("PartlyKicked", apps, tally), kicked, notKicked }
  })
}

// Where several reasons stand, the one that a repeat may mend tells more than an unknown application beside it.
const worst = (notKicked: ReadonlyArray<NotKicked>, first: NotKicked): KickError =>
  (notKicked.find(({ error }) => error.isRetryable) ?? first).error

const refused = (target: User, apps: Apps, error: InvalidRequest): Failed => ({
  _tag: "Failed",
  user: { id: target.id, type: target.type },
  apps: apps === "everywhere" ? [] : apps,
  requestIds: [],
  attempts: 0,
  durationMillis: 0,
  error,
})

const ofOption = ({ message, option, remedy }: InvalidOption): InvalidRequest =>
  new InvalidRequest({ field: option, remedy, message })

/**
 * Kicks one user out of any number of applications. If one unknown application spoils a call (2011), the part is
 * halved until the known ones are kicked from and the unknown ones named. A part that failed does not keep the next one
 * from being sent, unless the user, the access key or the plan is at fault.
 */
export const user = (target: User, options: Options): Effect.Effect<Outcome, never, ManagementClient> =>
  Effect.flatMap(ManagementClient, (client) => userWith(client, target, options))

const userWith = (client: Service, target: User, options: Options): Effect.Effect<Outcome> =>
  Effect.matchEffect(verifyPolicy(options.verify), {
    onFailure: (wrong) => Effect.succeed<Outcome>(refused(target, options.apps, ofOption(wrong))),
    onSuccess: (verify) =>
      Effect.flatMap(CallReport.CurrentObserver, (outer) => {
        const attempts = AttemptCount.make(outer)
        return Effect.provideService(
          run(client, target, {
            apps: options.apps,
            checkedApps: checkApps(options.apps),
            verify,
            dryRun: options.dryRun ?? false,
            unknownApps: new Map(),
            attempts,
          }),
          CallReport.CurrentObserver,
          attempts.observer,
        )
      }),
  })

/** The steps of {@link lockOut}, in their order. */
export const lockOutSteps = ["suspend", "kick", "verify"] as const

/** One of {@link lockOutSteps}. */
export type LockOutStep = (typeof lockOutSteps)[number]

/** How far a lock-out came. */
export interface LockOut {
  /** The steps that were done, in their order; all three when the user is locked out. */
  readonly done: ReadonlyArray<LockOutStep>
  /** The user's status before, where it could be read: what a later {@link letIn} should give back. */
  readonly statusBefore: string | undefined
  /** `Failed` or `NotFound` with the error of the step that failed. */
  readonly outcome: Outcome
}

/** Options of {@link lockOut}. */
export interface LockOutOptions {
  /** @default "everywhere" */
  readonly apps?: Apps | undefined
  readonly verify?: VerifyOptions | undefined
}

/**
 * Suspends the user, so that he cannot log in again, kicks him out everywhere and checks that he is offline. Stops at
 * the step that fails and says so; nothing is undone. A user who is not Activated keeps his status: he is not let in
 * by it already (undocumented for Deactivated; only Suspended and Activated are written here).
 */
export const lockOut = (target: User, options?: LockOutOptions): Effect.Effect<LockOut, never, ManagementClient> =>
  Effect.gen(function* () {
    const client = yield* ManagementClient
    const clock = yield* Clock.Clock
    const startedAt = monotonicMillis(clock)
    const apps = options?.apps ?? "everywhere"
    const stopped = (error: ApiError, statusBefore: string | undefined): LockOut => ({
      done: [],
      statusBefore,
      outcome: {
        _tag: KickApps.isUserUnknown(error) ? "NotFound" : "Failed",
        user: { id: target.id, type: target.type },
        apps: apps === "everywhere" ? [] : apps,
        requestIds: error.requestId === undefined ? [] : [error.requestId],
        attempts: 0,
        durationMillis: Math.round(monotonicMillis(clock) - startedAt),
        error,
      },
    })
    // A call that could not be finished must not begin by suspending.
    const wrong = yield* Effect.match(verifyPolicy(options?.verify), {
      onFailure: ofOption,
      onSuccess: () => undefined,
    })
    const checked = checkKick(target, checkApps(apps))
    const problem = wrong ?? (Result.isFailure(checked) ? checked.failure : undefined)
    if (problem !== undefined) {
      return { done: [], statusBefore: undefined, outcome: refused(target, apps, problem) }
    }
    const found = yield* Effect.result(client.getUser({ userId: target.id, userIdType: target.type }))
    if (Result.isFailure(found)) return stopped(found.failure, undefined)
    const statusBefore = found.success.status ?? undefined
    // The status of a user who has left must survive: letIn would otherwise reinstate him.
    if (statusBefore === undefined || statusBefore === "Activated") {
      const suspended = yield* Effect.result(
        client.updateUserStatus({ userId: found.success.userId, status: "Suspended" }),
      )
      if (Result.isFailure(suspended)) return stopped(suspended.failure, statusBefore)
    }
    // The one who was suspended, even if the e-mail address has come to be another's since.
    const same: User = { id: found.success.userId, type: "user_id" }
    const kick = yield* userWith(client, same, { apps, verify: options?.verify ?? true })
    const outcome: Outcome = { ...kick, user: { id: target.id, type: target.type } }
    const isDone = outcome._tag === "Kicked" || outcome._tag === "WasOffline"
    const isKicked = isDone || wasKicked(outcome)
    const done: ReadonlyArray<LockOutStep> = isDone ? lockOutSteps : isKicked ? ["suspend", "kick"] : ["suspend"]
    return { done, statusBefore, outcome }
  })

// Every application was kicked from, though the check did not come out well.
const wasKicked = (outcome: Outcome): boolean =>
  outcome._tag === "PartlyKicked"
    ? outcome.notKicked.every(({ error }) => isOfVerification(error))
    : outcome._tag === "Failed" && isOfVerification(outcome.error)

/** {@link letIn} found a status that is no suspension, and left it as it is. */
export class NotSuspended extends Schema.TaggedError<NotSuspended>()("NotSuspended", {
  message: Schema.String,
  status: Schema.String,
}) {}

/**
 * Takes back the suspension of {@link lockOut}: a Suspended user becomes Activated, an Activated one stays so. Any
 * other status is left alone and is a {@link NotSuspended}: who has resigned or is archived is not reinstated by this.
 */
export const letIn = (target: User): Effect.Effect<void, ApiError | NotSuspended, ManagementClient> =>
  Effect.gen(function* () {
    const client = yield* ManagementClient
    const { status, userId } = yield* client.getUser({ userId: target.id, userIdType: target.type })
    if (status === "Activated") return
    if (status !== undefined && status !== null && status !== "Suspended") {
      return yield* new NotSuspended({
        status,
        message: `the user is ${status}, not Suspended, and was left as he is; change the status in the console`,
      })
    }
    yield* client.updateUserStatus({ userId, status: "Activated" })
  })

/** One user of a stream, with applications of his own where they differ from the others'. */
export interface Target extends User {
  readonly apps?: Apps | undefined
}

/** Options of {@link all}. */
export interface AllOptions {
  /** For targets without `apps` of their own. */
  readonly apps?: Apps | undefined
  /** As in {@link Options}. */
  readonly verify?: boolean | VerifyOptions | undefined
  /** As in {@link Options}. */
  readonly dryRun?: boolean | undefined
  /**
   * Users handled at the same time. The client's rate control paces their requests.
   * @default 32
   */
  readonly concurrency?: number | undefined
  /**
   * Whether outcomes come in the order of the targets, rather than as soon as they are known.
   * @default false
   */
  readonly ordered?: boolean | undefined
  /**
   * A target, the user and his applications, is handled once within this many different ones. One that comes back later
   * is kicked again, harmlessly, and so is one whose id has more than 1,000 characters.
   * @default 100000
   */
  readonly duplicateWindow?: number | undefined
  /** How many targets there are, for `Progress.etaMillis`. */
  readonly total?: number | undefined
  /** Called after every outcome and every duplicate, in the fiber that handles it. It must not throw. */
  readonly onProgress?: ((progress: Progress.Progress) => void) | undefined
}

/**
 * The run was given up: `error` would have met every other user too (wrong key, missing right, plan). Targets whose
 * outcome was not emitted were not touched.
 */
export class RunStopped extends Schema.TaggedError<RunStopped>()("RunStopped", {
  message: Schema.String,
  error: ApiError,
}) {}

const mostLists = 1000

// What makes a target the same as another. A number stands for a list of applications of its own, which may be long.
const keys = (usual: Apps): ((target: Target) => string) => {
  const numbers = new Map<string, number>()
  const usualList = JSON.stringify(usual)
  return ({ apps, id, type }) => {
    const list = apps === undefined || apps === usual ? usualList : JSON.stringify(apps)
    if (list === usualList) return `${type} ${id}`
    if (!numbers.has(list) && numbers.size < mostLists) numbers.set(list, numbers.size)
    return JSON.stringify([type, id, numbers.get(list) ?? apps])
  }
}

/**
 * Kicks any number of users: a stream of targets in, a stream of outcomes out. Every target has one outcome; one that
 * failed never ends the stream. It ends early, with {@link RunStopped}, on errors that doom every call. Memory does
 * not grow with the input.
 */
export const all = <E, R>(
  targets: Stream.Stream<Target, E, R>,
  options: AllOptions,
): Stream.Stream<Outcome, E | InvalidOption | RunStopped, R | ManagementClient> =>
  runAll(targets, options, ({ outcome }) => outcome)

/** A target and its outcome. */
export interface Settled<T extends Target> {
  readonly target: T
  readonly outcome: Outcome
}

/** Options of {@link allWithTarget}. */
export interface AllWithTargetOptions<T extends Target, E, R> extends AllOptions {
  /**
   * Run before the outcome is emitted and before another target takes its place: where a receipt is written, so that
   * never more than `concurrency` targets are kicked and not yet on record. A failure of it ends the run.
   */
  readonly onOutcome?: ((settled: Settled<T>) => Effect.Effect<void, E, R>) | undefined
}

/** {@link all}, with each outcome beside the target it belongs to: a line of a file, a message of a queue. */
export const allWithTarget = <T extends Target, E, R, E2 = never, R2 = never>(
  targets: Stream.Stream<T, E, R>,
  options: AllWithTargetOptions<T, E2, R2>,
): Stream.Stream<Settled<T>, E | E2 | InvalidOption | RunStopped, R | R2 | ManagementClient> =>
  runAll(targets, options, (settled) => settled)

const runAll = <T extends Target, E, R, E2, R2, A>(
  targets: Stream.Stream<T, E, R>,
  options: AllWithTargetOptions<T, E2, R2>,
  emitted: (settled: Settled<T>) => A,
): Stream.Stream<A, E | E2 | InvalidOption | RunStopped, R | R2 | ManagementClient> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const client = yield* ManagementClient
      const clock = yield* Clock.Clock
      const verify = yield* verifyPolicy(options.verify)
      const concurrency = yield* wholeNumber("concurrency", options.concurrency ?? 32)
      const window = yield* wholeNumber("duplicateWindow", options.duplicateWindow ?? 100_000)
      const apps = options.apps ?? []
      const recent = RecentTargets.make(window)
      const keyOf = keys(apps)
      const counter = Progress.make(monotonicMillis(clock), options.total)
      const progressed = () => options.onProgress?.(counter.snapshot(monotonicMillis(clock)))
      const stop = Stopper.make()
      const outer = yield* CallReport.CurrentObserver
      const attempts = AttemptCount.make(outer)
      const plan: Plan = {
        apps,
        checkedApps: checkApps(apps),
        verify,
        dryRun: options.dryRun ?? false,
        unknownApps: new Map(),
        attempts,
      }
      const planOf = ({ apps }: T): Plan =>
        apps === undefined ? plan : { ...plan, apps, checkedApps: checkApps(apps) }
      const isNew = (target: T): boolean => {
        if (recent.isNew(keyOf(target))) return true
        counter.countDuplicate()
        progressed()
        return false
      }
      return Workers.results(
        // What comes before is not of this run.
        Stream.provideService(targets, CallReport.CurrentObserver, outer),
        {
          concurrency,
          ordered: options.ordered === true,
          stopped: () => {
            const error = stop.reason()
            return error && new RunStopped({ error, message: `the run was stopped: ${error.message}` })
          },
          isWanted: isNew,
          handle: (target): Effect.Effect<A, E2, R2> => {
            const ended = (settled: Settled<T>): A => {
              stop.look(settled.outcome)
              counter.count(settled.outcome, monotonicMillis(clock))
              progressed()
              return emitted(settled)
            }
            const { onOutcome } = options
            const outcome = run(client, target, planOf(target))
            return onOutcome === undefined
              ? Effect.map(outcome, (outcome) => ended({ target, outcome }))
              : Effect.flatMap(outcome, (outcome) => {
                  const settled = { target, outcome }
                  return Effect.map(onOutcome(settled), () => ended(settled))
                })
          },
          context: Context.make(CallReport.CurrentObserver, attempts.observer),
        },
      )
    }),
  )
