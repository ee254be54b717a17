/** One call, from a checked request to its result: turns, attempts, retries, deadline. The only place that retries. */
import type { Envelope } from "@genauth-effect/protocol/Envelope"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Pull from "effect/Pull"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as Tracer from "effect/Tracer"
import * as ApiError from "../ApiError.ts"
import type { Authorized, Credentials } from "../Credentials.ts"
import type * as RateControl from "../RateControl.ts"
import { backoffMillis, type Policy } from "../Retry.ts"
import type { Exchange } from "./exchange.ts"
import * as Failure from "./failure.ts"
import type { RetryBudget } from "./retryBudget.ts"
import * as Slots from "./slots.ts"
import type { Report, Subject, Telemetry } from "./telemetry.ts"

/** What calls need besides their requests; one for each client. */
export interface Environment {
  readonly exchange: Exchange
  readonly credentials: Credentials
  readonly headers: Readonly<Record<string, string>>
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
export interface Call<A> extends Subject {
  readonly params: object
  /** Path and query. */
  readonly target: string
  /** The JSON text, encoded once for all attempts. */
  readonly body: Uint8Array | undefined
  readonly decode: (envelope: Envelope) => Result.Result<A, Failure.PayloadProblem>
}

/** The end of one attempt. */
export type Attempt<A> =
  | { readonly _tag: "Done"; readonly value: A; readonly requestId: string | undefined }
  | { readonly _tag: "Failed"; readonly failure: Failure.Failure; readonly token: string | undefined }

const failed = (failure: Failure.Failure, token?: string): Attempt<never> => ({ _tag: "Failed", failure, token })

/** Runs a call. */
export const run = <A>(environment: Environment, call: Call<A>): Effect.Effect<A, ApiError.ApiError> =>
  environment.telemetry.observe(call, (clock, report, span) => {
    environment.budget.earn()
    return loop(environment, call, new Progress(environment, clock, report, span))
  })

/** How far one call has come. */
class Progress {
  readonly clock: Clock.Clock
  readonly report: Report
  readonly span: Tracer.Span
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

  constructor(environment: Environment, clock: Clock.Clock, report: Report, span: Tracer.Span) {
    this.clock = clock
    this.report = report
    this.span = span
    this.deadlineAt = clock.currentTimeMillisUnsafe() + environment.deadlineMillis
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
      return Effect.as(
        environment.telemetry.attemptEnded(call, progress.report.attempts, undefined, ended.requestId),
        ended.value,
      )
    }
    const { failure } = ended
    progress.outcomeUnknown ||= failure.outcomeUnknown
    return Effect.andThen(
      environment.telemetry.attemptEnded(call, progress.report.attempts, failure, failure.requestId),
      Effect.flatMap(decide(environment, progress, ended), (wait): Effect.Effect<A, ApiError.ApiError> => {
        if (Option.isNone(wait)) return Effect.fail(failure.error(progress.ending))
        progress.lastTag = failure.tag
        return environment.telemetry
          .retrying(call, progress.span, progress.report.attempts, failure, wait.value)
          .pipe(
            Effect.andThen(wait.value === 0 ? Effect.void : Effect.sleep(wait.value)),
            Effect.andThen(loop(environment, call, progress)),
          )
      }),
    )
  })

const attempt = <A>(environment: Environment, call: Call<A>, progress: Progress): Effect.Effect<Attempt<A>> => {
  const { slots } = environment.rateControl
  if (slots === undefined) return inTurn(environment, call, progress)
  return Effect.suspend(() =>
    Slots.within(
      slots,
      Math.max(0, progress.deadlineAt - progress.clock.currentTimeMillisUnsafe()),
      inTurn(environment, call, progress),
      Effect.sync(() => failed(deadlineExceeded(environment, progress))),
    ),
  )
}

const inTurn = <A>(environment: Environment, call: Call<A>, progress: Progress): Effect.Effect<Attempt<A>> =>
  Effect.suspend(() => {
    const { clock } = progress
    const now = clock.currentTimeMillisUnsafe()
    const turn = environment.rateControl.reserveUnsafe(now)
    if (turn.waitMillis <= 0) return authorizeAndSend(environment, call, progress, turn)
    // A turn that comes too late is given back at once rather than waited for.
    if (now + turn.waitMillis >= progress.deadlineAt) {
      environment.rateControl.cancelUnsafe(now, turn)
      return Effect.succeed(failed(deadlineExceeded(environment, progress)))
    }
    return Effect.sleep(turn.waitMillis).pipe(
      Effect.onInterrupt(() =>
        Effect.sync(() => environment.rateControl.cancelUnsafe(clock.currentTimeMillisUnsafe(), turn)),
      ),
      Effect.andThen(
        Effect.suspend(() =>
          environment.rateControl.isCurrentUnsafe(turn)
            ? authorizeAndSend(environment, call, progress, turn)
            : inTurn(environment, call, progress),
        ),
      ),
    )
  })

const authorizeAndSend = <A>(
  environment: Environment,
  call: Call<A>,
  progress: Progress,
  turn: RateControl.Turn,
): Effect.Effect<Attempt<A>> =>
  Effect.suspend(() => {
    const now = progress.clock.currentTimeMillisUnsafe()
    const remaining = progress.deadlineAt - now
    if (remaining <= 0) return Effect.succeed(failed(deadlineExceeded(environment, progress)))
    return Effect.flatMap(
      environment.credentials.authorize(
        { operation: call.operation, params: call.params, headers: environment.headers },
        now,
        remaining,
      ),
      (authorized): Effect.Effect<Attempt<A>> => {
        if (authorized._tag === "Authorized") return send(environment, call, progress, turn, authorized)
        // A try that ended in asking for a token is one all the same, or it would be repeated without bound.
        progress.report.attempts += 1
        environment.rateControl.cancelUnsafe(progress.clock.currentTimeMillisUnsafe(), turn)
        // Whatever became of that request, this one was not sent.
        return Effect.succeed(failed({ ...authorized.failure, outcomeUnknown: false }))
      },
    )
  })

const send = <A>(
  environment: Environment,
  call: Call<A>,
  progress: Progress,
  turn: RateControl.Turn,
  authorized: Authorized,
): Effect.Effect<Attempt<A>> =>
  Effect.suspend(() => {
    const { clock } = progress
    // Waiting for a token may have taken the rest of the time.
    const remaining = progress.deadlineAt - clock.currentTimeMillisUnsafe()
    if (remaining <= 0) return Effect.succeed(failed(deadlineExceeded(environment, progress)))
    progress.report.attempts += 1
    progress.secrets = progress.secrets.length === 0 ? authorized.secrets : [...progress.secrets, ...authorized.secrets]
    return Effect.map(
      environment.exchange(
        {
          operation: call.operation,
          target: call.target,
          body: call.body,
          headers: authorized.headers,
          secrets: progress.secrets,
        },
        Math.min(environment.timeoutMillis, remaining),
        clock,
      ),
      (incoming): Attempt<A> => {
        const ended =
          incoming._tag === "Failure" ? failed(incoming.failure) : judge(call, incoming.answer, authorized.token)
        const now = clock.currentTimeMillisUnsafe()
        if (ended._tag === "Failed" && ended.failure.isThrottled) {
          environment.rateControl.throttledUnsafe(now, turn, ended.failure.retryAfterMillis)
        } else if (incoming._tag === "Answer") {
          environment.rateControl.acceptedUnsafe(now, turn)
        }
        return ended
      },
    )
  })

const judge = <A>(call: Call<A>, answer: Failure.Answer, token: string | undefined): Attempt<A> => {
  if (!Failure.isSuccess(answer)) return failed(Failure.fromAnswer(answer), token)
  const envelope = Failure.presentable(answer)
  const payload = call.decode(envelope)
  return Result.isSuccess(payload)
    ? { _tag: "Done", value: payload.success, requestId: envelope.requestId }
    : failed(Failure.fromPayload(answer, payload.failure), token)
}

const deadlineExceeded = (environment: Environment, progress: Progress): Failure.Failure =>
  Failure.local(
    "DeadlineExceeded",
    "never",
    false,
    (ending) =>
      new ApiError.DeadlineExceeded({
        ...ending,
        deadline: Duration.millis(environment.deadlineMillis),
        lastError: progress.lastTag,
        message: `the deadline of ${environment.deadlineMillis} ms passed`,
      }),
  )

const stop: Effect.Effect<Option.Option<number>> = Effect.succeedNone
const atOnce = Effect.succeedSome(0)

/** How many milliseconds to wait before the next attempt; none to give up. */
const decide = (
  environment: Environment,
  progress: Progress,
  ended: { readonly failure: Failure.Failure; readonly token: string | undefined },
): Effect.Effect<Option.Option<number>> => {
  const { failure } = ended
  const now = progress.clock.currentTimeMillisUnsafe()
  const mend = () => {
    progress.mended += 1
    return now < progress.deadlineAt ? atOnce : stop
  }
  switch (failure.retry) {
    case "clock":
      if (progress.hasLearnedClock || failure.serverTime === undefined) return stop
      progress.hasLearnedClock = true
      if (!environment.credentials.learnClock(failure.serverTime, now)) return stop
      return mend()
    case "resign":
      if (progress.hasResigned || environment.credentials.authentication !== "signature") return stop
      progress.hasResigned = true
      return mend()
    case "renewToken":
      if (progress.hasRenewedToken || !environment.credentials.renew(ended.token)) return stop
      progress.hasRenewedToken = true
      return mend()
    case "backoff":
      return backOff(environment, progress, failure, now)
    case "never":
      return failure.tag === "SuccessFalse" && environment.policy.successFalse
        ? backOff(environment, progress, failure, now)
        : stop
  }
}

const backOff = (
  environment: Environment,
  progress: Progress,
  failure: Failure.Failure,
  now: number,
): Effect.Effect<Option.Option<number>> => {
  const { budget, policy } = environment
  const tries = progress.report.attempts - progress.mended
  if (tries >= policy.attempts) return stop
  const drawn =
    policy.schedule === undefined
      ? Effect.map(Random.next, (random) => Option.some(backoffMillis(policy, tries, random)))
      : nextOf(policy.schedule, progress, failure, now)
  return Effect.map(
    drawn,
    Option.flatMap((wait) => {
      const atLeast = Math.max(wait, failure.retryAfterMillis ?? 0)
      // A wait that ends behind the deadline can only end in failure: say so now.
      if (now + atLeast >= progress.deadlineAt) return Option.none()
      return failure.isThrottled || budget.spend(now) ? Option.some(atLeast) : Option.none()
    }),
  )
}

const nextOf = (
  schedule: Schedule.Schedule<unknown, ApiError.ApiError>,
  progress: Progress,
  failure: Failure.Failure,
  now: number,
): Effect.Effect<Option.Option<number>> =>
  Effect.gen(function* () {
    progress.step ??= yield* Schedule.toStep(schedule)
    return yield* Pull.matchEffect(progress.step(now, failure.error(progress.ending)), {
      onSuccess: ([, delay]) => Effect.succeedSome(Duration.toMillis(delay)),
      onFailure: () => stop,
      onDone: () => stop,
    })
  })
