/** One call, from a checked request to its result: turns, attempts, retries, deadline. The only place that retries. */
import type { Envelope } from "@genauth-effect/protocol/Envelope"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Pull from "effect/Pull"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Tracer from "effect/Tracer"
import * as ApiError from "../ApiError.ts"
import type { Authorized, Credentials } from "../Credentials.ts"
import type * as RateControl from "../RateControl.ts"
import { backoffMillis, type Policy } from "../Retry.ts"
import type { Exchange, Incoming } from "./exchange.ts"
import * as Failure from "./failure.ts"
import type { Fetched, Token } from "./managementToken.ts"
import { monotonicMillis } from "./monotonic.ts"
import type { RetryBudget } from "./retryBudget.ts"
import * as Slots from "./slots.ts"
import type { Report, Subject, Telemetry } from "./telemetry.ts"
import * as TimeLimit from "./timeLimit.ts"
import type { Written } from "./written.ts"

/** What calls need besides their requests; one for each client. */
export interface Environment {
  readonly exchange: Exchange
  readonly credentials: Credentials
  readonly policy: Policy
  readonly budget: RetryBudget
  readonly rateControl: RateControl.Service
  readonly guard: Guard
  readonly telemetry: Telemetry
  readonly timeoutMillis: number
  readonly deadlineMillis: number
}

/** Runs an attempt behind the circuit breaker, where there is one. */
export type Guard = <A>(attempt: Effect.Effect<Attempt<A>>) => Effect.Effect<Attempt<A>>

/** A checked request and how its answer is read. */
export interface Call<A> extends Subject, Written {
  readonly decode: (envelope: Envelope) => Result.Result<A, Failure.PayloadProblem>
}

/** The end of one attempt. */
export type Attempt<A> =
  | { readonly _tag: "Done"; readonly value: A; readonly requestId: string | undefined }
  | { readonly _tag: "Failed"; readonly failure: Failure.Failure; readonly token: string | undefined }

/** An attempt that failed, with the token it was authorized with. */
export const failed = (failure: Failure.Failure, token?: string): Attempt<never> => ({ _tag: "Failed", failure, token })

/** Runs a call. */
export const run = <A>(environment: Environment, call: Call<A>): Effect.Effect<A, ApiError.ApiError> =>
  environment.telemetry.observe(call, (fiber, report, span) => {
    environment.budget.earn()
    return loop(environment, call, new Progress(environment, fiber, report, span))
  })

/** How far one call has come. */
class Progress {
  readonly fiber: Fiber.Fiber<unknown, unknown>
  readonly clock: Clock.Clock
  readonly report: Report
  readonly span: Tracer.Span | undefined
  readonly deadlineAt: number
  outcomeUnknown = false
  lastTag: string | undefined
  /** Attempts that mended a clock, a signature or a token; they come on top of the policy's. */
  mended = 0
  hasLearnedClock = false
  hasResigned = false
  hasRenewedToken = false
  step: ScheduleStep | undefined
  /** What all attempts so far were authorized with: a server may remember, and send back an earlier one's. */
  secrets: ReadonlyArray<string> = []

  constructor(environment: Environment, fiber: Fiber.Fiber<unknown, unknown>, report: Report, span?: Tracer.Span) {
    this.fiber = fiber
    this.clock = fiber.getRef(Clock.Clock)
    this.report = report
    this.span = span
    this.deadlineAt = this.now + environment.deadlineMillis
  }

  /** On the clock that only grows, like {@link deadlineAt}. */
  get now(): number {
    return monotonicMillis(this.clock)
  }

  get remaining(): number {
    return this.deadlineAt - this.now
  }

  get ending(): Failure.Ending {
    return { attempts: this.report.attempts, outcomeUnknown: this.outcomeUnknown }
  }
}

type ScheduleStep = (now: number, error: ApiError.ApiError) => Pull.Pull<[unknown, Duration.Duration], never, unknown>

const loop = <A>(environment: Environment, call: Call<A>, progress: Progress): Effect.Effect<A, ApiError.ApiError> =>
  Effect.flatMap(environment.guard(attempt(environment, call, progress)), (ended) => {
    if (ended._tag === "Done") {
      progress.report.requestId = ended.requestId
      return Effect.succeed(ended.value)
    }
    const { failure } = ended
    progress.outcomeUnknown ||= failure.outcomeUnknown
    return Effect.flatMap(decide(environment, progress, ended), (wait): Effect.Effect<A, ApiError.ApiError> => {
      if (wait === undefined) return Effect.fail(failure.error(progress.ending))
      progress.lastTag = failure.tag
      return environment.telemetry
        .retrying(call, progress.span, progress.report.attempts, failure, wait)
        .pipe(
          Effect.andThen(wait === 0 ? Effect.void : Effect.sleep(wait)),
          Effect.andThen(loop(environment, call, progress)),
        )
    })
  })

const attempt = <A>(environment: Environment, call: Call<A>, progress: Progress): Effect.Effect<Attempt<A>> =>
  Effect.suspend(() => {
    const { slots } = environment.rateControl
    return slots === undefined
      ? prepared(environment, call, progress)
      : Slots.within(
          slots,
          progress.remaining,
          Effect.suspend(() => prepared(environment, call, progress)),
          Effect.sync(() => failed(deadlineExceeded(environment, progress, false))),
        )
  })

/** With a token at hand, where one is needed: waiting for it must not use up a turn. */
const prepared = <A>(environment: Environment, call: Call<A>, progress: Progress): Effect.Effect<Attempt<A>> => {
  const preparing = environment.credentials.prepare(progress.clock.currentTimeMillisUnsafe())
  if (preparing === undefined) return inTurn(environment, call, progress, undefined)
  const tooLate = (): Fetched => ({ _tag: "Failure", failure: deadlineExceeded(environment, progress, false) })
  return TimeLimit.orElse(preparing, progress.remaining, Effect.sync(tooLate)).pipe(
    Effect.flatMap((fetched): Effect.Effect<Attempt<A>> => {
      if (fetched._tag === "Token") return inTurn(environment, call, progress, fetched.token)
      // A try that ended in asking for a token is one all the same, or it would be repeated without bound. Whatever
      // became of that request, this one was not sent.
      progress.report.attempts += 1
      const ended = failed({ ...fetched.failure, outcomeUnknown: false })
      return Effect.as(attemptEndedUnsafe(environment, call, progress, ended), ended)
    }),
  )
}

const inTurn = <A>(
  environment: Environment,
  call: Call<A>,
  progress: Progress,
  fetched: Token | undefined,
): Effect.Effect<Attempt<A>> => {
  const { rateControl } = environment
  const turn = rateControl.takeTurnUnsafe(progress.now)
  const goOrWait = (): Effect.Effect<Attempt<A>> => {
    const { now } = progress
    const millis = rateControl.waitMillisUnsafe(now, turn)
    if (millis <= 0) return authorizeAndSend(environment, call, progress, turn, fetched)
    // A turn that comes too late is given back rather than waited for: at once where the pace is fixed, and in the last
    // half second where it is learned, since it may grow until then.
    if (now + millis >= progress.deadlineAt) {
      rateControl.giveBackUnsafe(turn)
      return Effect.succeed(failed(deadlineExceeded(environment, progress, false)))
    }
    return Effect.sleep(millis).pipe(
      Effect.onInterrupt(() => Effect.sync(() => rateControl.giveBackUnsafe(turn))),
      Effect.flatMap(goOrWait),
    )
  }
  return goOrWait()
}

const authorizeAndSend = <A>(
  environment: Environment,
  call: Call<A>,
  progress: Progress,
  turn: RateControl.Turn,
  fetched: Token | undefined,
): Effect.Effect<Attempt<A>> =>
  Effect.flatMap(
    environment.credentials.authorize(call, progress.clock.currentTimeMillisUnsafe(), fetched),
    (authorized): Effect.Effect<Attempt<A>> => {
      if (authorized !== undefined) return send(environment, call, progress, turn, authorized)
      // The token was refused while the turn was waited for.
      environment.rateControl.giveBackUnsafe(turn)
      return prepared(environment, call, progress)
    },
  )

const send = <A>(
  environment: Environment,
  call: Call<A>,
  progress: Progress,
  turn: RateControl.Turn,
  authorized: Authorized,
): Effect.Effect<Attempt<A>> => {
  const { clock, remaining } = progress
  if (remaining <= 0) {
    environment.rateControl.giveBackUnsafe(turn)
    return Effect.succeed(failed(deadlineExceeded(environment, progress, false)))
  }
  progress.report.attempts += 1
  progress.secrets = progress.secrets.length === 0 ? authorized.secrets : [...progress.secrets, ...authorized.secrets]
  const isLast = remaining < environment.timeoutMillis
  return environment.exchange(call, authorized.headers, progress.secrets, clock, isLast ? remaining : undefined).pipe(
    Effect.onInterrupt(() => attemptEndedUnsafe(environment, call, progress)),
    Effect.flatMap((incoming) => {
      const ended = judge(environment, call, progress, incoming, authorized, isLast)
      const { now } = progress
      if (ended._tag === "Failed" && ended.failure.isThrottled) {
        environment.rateControl.throttledUnsafe(now, turn, ended.failure.retryAfterMillis)
      } else if (incoming._tag === "Answer") {
        environment.rateControl.acceptedUnsafe(now, turn)
      }
      return Effect.as(attemptEndedUnsafe(environment, call, progress, ended), ended)
    }),
  )
}

// Without an end it was interrupted.
const attemptEndedUnsafe = <A>(
  { telemetry }: Environment,
  call: Call<A>,
  { fiber, report }: Progress,
  ended?: Attempt<A>,
): Effect.Effect<void> => {
  if (ended === undefined) return telemetry.attemptEndedUnsafe(fiber, call, report.attempts, "interrupted")
  return ended._tag === "Done"
    ? telemetry.attemptEndedUnsafe(fiber, call, report.attempts, "ok", ended)
    : telemetry.attemptEndedUnsafe(fiber, call, report.attempts, ended.failure.tag, ended.failure)
}

const judge = <A>(
  environment: Environment,
  call: Call<A>,
  progress: Progress,
  incoming: Incoming,
  { token }: Authorized,
  isLast: boolean,
): Attempt<A> => {
  if (incoming._tag === "Failure") {
    const isTooLate = isLast && incoming.failure.tag === "RequestTimedOut"
    return failed(isTooLate ? deadlineExceeded(environment, progress, true) : incoming.failure)
  }
  const { answer } = incoming
  if (!Failure.isSuccess(answer)) return failed(Failure.fromAnswer(answer), token)
  const envelope = Failure.presentable(answer)
  const payload = call.decode(envelope)
  return Result.isSuccess(payload)
    ? { _tag: "Done", value: payload.success, requestId: envelope.requestId }
    : failed(Failure.fromPayload(answer, payload.failure), token)
}

const deadlineExceeded = (environment: Environment, progress: Progress, outcomeUnknown: boolean): Failure.Failure =>
  Failure.local(
    "DeadlineExceeded",
    "never",
    outcomeUnknown,
    (ending) =>
      new ApiError.DeadlineExceeded({
        ...ending,
        deadline: Duration.millis(environment.deadlineMillis),
        lastError: progress.lastTag,
        message: `the deadline of ${environment.deadlineMillis} ms passed`,
      }),
  )

/** How many milliseconds to wait before the next attempt; `undefined` to give up. */
type Wait = Effect.Effect<number | undefined>

const stop: Wait = Effect.undefined

const decide = (
  environment: Environment,
  progress: Progress,
  ended: { readonly failure: Failure.Failure; readonly token: string | undefined },
): Wait => {
  const { failure } = ended
  const { now } = progress
  // A gateway's 503 is one whatever stands in its body.
  const otherwise = () => (failure.isTransient ? backOff(environment, progress, failure, now) : stop)
  // What was learned is kept for later calls even where this one is not repeated.
  const mend = () => {
    progress.mended += 1
    return environment.policy.mends && now < progress.deadlineAt ? Effect.succeed(0) : stop
  }
  switch (failure.retry) {
    case "clock":
      if (progress.hasLearnedClock || failure.serverTime === undefined) return otherwise()
      progress.hasLearnedClock = true
      return environment.credentials.learnClock(failure.serverTime, progress.clock.currentTimeMillisUnsafe())
        ? mend()
        : otherwise()
    case "resign":
      if (progress.hasResigned || environment.credentials.authentication !== "signature") return otherwise()
      progress.hasResigned = true
      return mend()
    case "renewToken":
      if (progress.hasRenewedToken || !environment.credentials.renew(ended.token)) return otherwise()
      progress.hasRenewedToken = true
      return mend()
    case "backoff":
      return backOff(environment, progress, failure, now)
    case "never":
      return failure.tag === "SuccessFalse" && environment.policy.successFalse
        ? backOff(environment, progress, failure, now)
        : otherwise()
  }
}

const backOff = (environment: Environment, progress: Progress, failure: Failure.Failure, now: number): Wait => {
  const { budget, policy, rateControl } = environment
  const tries = progress.report.attempts - progress.mended
  if (tries >= policy.attempts) return stop
  const drawn =
    policy.schedule === undefined
      ? Effect.map(Random.next, (random) => backoffMillis(policy, tries, random))
      : nextOf(policy.schedule, progress, failure)
  return Effect.map(drawn, (wait) => {
    if (wait === undefined) return undefined
    const atLeast = Math.max(wait, failure.retryAfterMillis ?? 0)
    // A wait that ends behind the deadline can only end in failure: say so now.
    if (now + atLeast >= progress.deadlineAt) return undefined
    // A pace that is learned from refusals is a bound of its own.
    return (failure.isThrottled && rateControl.isLearned) || budget.spend(now) ? atLeast : undefined
  })
}

const nextOf = (
  schedule: Schedule.Schedule<unknown, ApiError.ApiError>,
  progress: Progress,
  failure: Failure.Failure,
): Wait =>
  Effect.gen(function* () {
    progress.step ??= yield* Schedule.toStep(schedule)
    return yield* Pull.matchEffect(
      progress.step(progress.clock.currentTimeMillisUnsafe(), failure.error(progress.ending)),
      {
        onSuccess: ([, delay]) => Effect.succeed(Duration.toMillis(delay)),
        onFailure: () => stop,
        onDone: () => stop,
      },
    )
  })
