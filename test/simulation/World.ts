/** Runs a scenario against the emulator, in virtual time, and writes down everything that can be held against it. */
import {
  type ApiError,
  CallReport,
  Circuit,
  KickUsers,
  ManagementClient,
  RateControl,
  User,
} from "@genauth-effect/client"
import { Emulator } from "@genauth-effect/emulator"
import { Cause, Context, Effect, Exit, Fiber, Layer, Random, Redacted, References, Schedule, Scope } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { type Call, type Client, powerlessKey, type Retry, type Scenario } from "./Scenario.ts"
import * as VirtualTime from "./VirtualTime.ts"

/** One request as it went over the wire. */
export interface WireRequest {
  readonly client: number
  /** The call it was sent for. */
  readonly call: number | undefined
  readonly path: string
  readonly startedAt: number
  /** When its head was answered, or it failed, or was aborted; `undefined` if it never ended. */
  readonly endedAt: number | undefined
  readonly nonce: string | undefined
  readonly faults: ReadonlyArray<string>
  /** Whether the service carried it out. */
  readonly isApplied: boolean
  readonly apiCode: number | undefined
  readonly statusCode: number | undefined
  readonly httpStatus: number | undefined
  readonly requestId: string | undefined
}

/** How a call ended. */
export type Result =
  | { readonly _tag: "Success"; readonly requestId: string | undefined }
  | { readonly _tag: "Failure"; readonly error: ApiError.ApiError }
  | { readonly _tag: "Interrupted" }
  | { readonly _tag: "Defect"; readonly text: string }

/** A call that ended. */
export interface Ended {
  readonly startedAt: number
  readonly endedAt: number
  readonly result: Result
  /** Where the user was online as the call ended, of the applications it was about. */
  readonly onlineIn: ReadonlyArray<string>
  /** The requests that the client says it sent. */
  readonly reportedAttempts: number | undefined
}

/** A run, written down. */
export interface Story {
  readonly scenario: Scenario
  /** `undefined` for a call that did not end. */
  readonly calls: ReadonlyArray<Ended | undefined>
  readonly requests: ReadonlyArray<WireRequest>
  /** `userId appId`, of each login. */
  readonly onlineBefore: ReadonlySet<string>
  readonly onlineAfter: ReadonlySet<string>
  readonly endedAt: number
  /** What was still there after the clients were closed. */
  readonly left: { readonly fibers: number; readonly sleeps: number; readonly requests: number }
}

/** A way to break the client, to see whether it is found out. */
export interface Sabotage {
  readonly options?: (options: ManagementClient.Options) => ManagementClient.Options
  readonly http?: (client: HttpClient.HttpClient) => HttpClient.HttpClient
  readonly service?: (service: ManagementClient.Service) => ManagementClient.Service
}

const CurrentCall = Context.Reference<number | undefined>("test/simulation/CurrentCall", {
  defaultValue: () => undefined,
})

const numberHeader = "x-simulated-request"

interface Sent {
  readonly client: number
  readonly call: number | undefined
  readonly startedAt: number
  endedAt: number | undefined
}

// Between the client and the wire: who sends what when, and when it ends.
const observe = (client: number, sent: Array<Sent>, time: VirtualTime.VirtualTime) => (http: HttpClient.HttpClient) =>
  http.pipe(
    HttpClient.transform((effect, request) => {
      const one = sent[Number(request.headers[numberHeader])]
      return Effect.ensuring(
        time.rightly(effect),
        Effect.sync(() => {
          if (one !== undefined) one.endedAt = time.now()
        }),
      )
    }),
    HttpClient.mapRequestEffect((request) =>
      Effect.map(Effect.service(CurrentCall), (call) => {
        sent.push({ client, call, startedAt: time.now(), endedAt: undefined })
        return HttpClientRequest.setHeader(request, numberHeader, String(sent.length - 1))
      }),
    ),
  )

const retryOptions = (retry: Retry): ManagementClient.Options["retry"] => {
  switch (retry.type) {
    case "none":
      return false
    case "schedule": {
      const schedule = Schedule.spaced(retry.everyMillis).pipe(Schedule.upTo({ times: retry.times }))
      return { schedule, budget: retry.budget === "none" ? false : retry.budget }
    }
    case "policy":
      return {
        attempts: retry.attempts,
        base: retry.baseMillis,
        cap: retry.capMillis,
        successFalse: retry.successFalse,
        budget: retry.budget === "none" ? false : retry.budget,
      }
  }
}

const optionsOf = (scenario: Scenario, client: Client): ManagementClient.Options => {
  const [first = powerlessKey] = scenario.pool.userPool.accessKeys
  const key = client.managesUsers ? first : powerlessKey
  return {
    accessKeyId: key.accessKeyId,
    accessKeySecret: Redacted.make(client.secret === "right" ? key.accessKeySecret : "wrong"),
    host: "http://localhost",
    brand: client.brand,
    authentication: client.authentication,
    timeout: client.timeoutMillis,
    deadline: client.deadlineMillis,
    retry: retryOptions(client.retry),
    rateControl: typeof client.rateControl === "string" ? undefined : client.rateControl,
    circuitBreaker:
      client.circuitBreaker &&
      Circuit.make({ failures: client.circuitBreaker.failures, openFor: client.circuitBreaker.openForMillis }),
  }
}

const requestOf = (call: Call): KickUsers.KickUsersDto =>
  KickUsers.forUser(User.make(call.userId, call.userIdType), call.appIds)

const resultOf = (exit: Exit.Exit<KickUsers.IsSuccessRespDto, ApiError.ApiError>): Result => {
  if (Exit.isSuccess(exit)) return { _tag: "Success", requestId: exit.value.requestId }
  const failure = exit.cause.reasons.find(Cause.isFailReason)
  if (failure !== undefined) return { _tag: "Failure", error: failure.error }
  return Cause.hasInterruptsOnly(exit.cause)
    ? { _tag: "Interrupted" }
    : { _tag: "Defect", text: Cause.pretty(exit.cause) }
}

const loginsOf = (emulator: Emulator.Service): Effect.Effect<ReadonlySet<string>> =>
  Effect.map(emulator.online, (logins) => new Set(logins.map(({ appId, userId }) => `${userId} ${appId}`)))

const perform = Effect.fnUntraced(function* (
  scenario: Scenario,
  sabotage: Sabotage,
  time: VirtualTime.VirtualTime,
  sent: Array<Sent>,
  ended: Map<number, Ended>,
  scope: Scope.Scope,
) {
  const emulator = yield* Emulator.Emulator
  const shared = yield* RateControl.make(scenario.sharedRateControl)
  const services = yield* Effect.forEach(scenario.clients, (client, index) => {
    const options = optionsOf(scenario, client)
    const watched = observe(index, sent, time)
    const transformClient = (http: HttpClient.HttpClient) => (sabotage.http ?? ((same) => same))(watched(http))
    const made = ManagementClient.make((sabotage.options ?? ((same) => same))({ ...options, transformClient }))
    return Effect.gen(function* () {
      const own = yield* Scope.fork(scope)
      const service = yield* Effect.provideService(
        client.rateControl === "shared" ? Effect.provideService(made, RateControl.RateControl, shared) : made,
        Scope.Scope,
        own,
      )
      if (client.closesAtMillis !== undefined) {
        yield* Effect.forkChild(Effect.delay(Scope.close(own, Exit.void), client.closesAtMillis))
      }
      return (sabotage.service ?? ((same) => same))(service)
    })
  })

  for (const { atMillis, clockStepMillis, faults, limit } of scenario.phases) {
    const begin = Effect.gen(function* () {
      time.setWallBy(clockStepMillis)
      yield* emulator.setFaults(faults)
      yield* emulator.setLimit(limit)
    })
    yield* atMillis === 0 ? begin : Effect.forkChild(Effect.delay(begin, atMillis))
  }

  const run = Effect.fnUntraced(function* (call: Call, index: number) {
    const service = services[call.client]
    if (service === undefined) return
    if (call.startMillis > 0) yield* Effect.sleep(call.startMillis)
    let reportedAttempts: number | undefined
    const startedAt = time.now()
    const kick = service[call.operation](requestOf(call)).pipe(
      Effect.provideService(CurrentCall, index),
      Effect.provideService(CallReport.CurrentObserver, (report) => {
        reportedAttempts = report.attempts
      }),
      Effect.onExit((exit) =>
        Effect.map(call.target === undefined ? Effect.succeed([]) : emulator.onlineApps(call.target), (online) => {
          ended.set(index, {
            startedAt,
            endedAt: time.now(),
            result: resultOf(exit),
            onlineIn: online.filter((appId) => call.appIds.includes(appId)),
            reportedAttempts,
          })
        }),
      ),
    )
    const fiber = yield* Effect.forkChild(kick)
    if (call.interruptAfterMillis !== undefined) {
      yield* Effect.forkChild(Effect.delay(Fiber.interrupt(fiber), call.interruptAfterMillis))
    }
    const exit = yield* Fiber.await(fiber)
    // Interrupted before it began.
    if (!ended.has(index)) {
      const result = resultOf(exit)
      ended.set(index, { startedAt, endedAt: time.now(), result, onlineIn: [], reportedAttempts: undefined })
    }
  })
  const calls = yield* Effect.forEach(scenario.calls, (call, index) => Effect.forkChild(run(call, index)))
  return yield* Fiber.awaitAll(calls)
})

// Nothing a scenario draws lasts longer; whoever is still at it has no end.
const horizonMillis = 150_000
const maxSteps = 100_000

/** Runs a scenario. */
export const run = (scenario: Scenario, sabotage: Sabotage = {}): Effect.Effect<Story> =>
  VirtualTime.run((time) =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const onlineBefore = yield* loginsOf(emulator)
      const sent: Array<Sent> = []
      const ended = new Map<number, Ended>()
      const scope = yield* Scope.make()
      const performance = yield* Effect.forkChild(
        perform(scenario, sabotage, time, sent, ended, scope).pipe(
          Effect.provide(Emulator.layerHttpClient),
          Random.withSeed(scenario.seed),
          time.provide,
          Effect.provideService(References.MinimumLogLevel, "None"),
          Effect.orDie,
        ),
      )
      yield* time.settle
      for (let step = 0; step < maxSteps && performance.pollUnsafe() === undefined; step += 1) {
        if (!(yield* time.jump(horizonMillis))) break
        yield* time.settle
      }
      const outcome = performance.pollUnsafe()
      yield* Effect.forkChild(Fiber.interrupt(performance))
      yield* time.settle
      if (outcome !== undefined && Exit.isFailure(outcome)) return yield* Effect.failCause(outcome.cause)
      yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* time.settle
      const received = yield* emulator.requests
      return {
        scenario,
        calls: scenario.calls.map((_, index) => ended.get(index)),
        requests: received.map((one): WireRequest => {
          const by = sent[Number(one.headers[numberHeader])]
          return {
            client: by?.client ?? -1,
            call: by?.call,
            path: one.path,
            startedAt: one.receivedAt,
            endedAt: by?.endedAt,
            nonce: one.nonce,
            faults: one.faults,
            isApplied: one.isApplied,
            apiCode: one.answer?.apiCode,
            statusCode: one.answer?.statusCode,
            httpStatus: one.answer?.httpStatus,
            requestId: one.answer?.requestId,
          }
        }),
        onlineBefore,
        onlineAfter: yield* loginsOf(emulator),
        endedAt: time.now(),
        left: {
          fibers: time.fibers(),
          sleeps: time.sleeping(),
          requests: sent.filter(({ endedAt }) => endedAt === undefined).length,
        },
      }
    }).pipe(Effect.provide(Layer.fresh(Emulator.layer(scenario.pool, scenario.emulator)))),
  )
