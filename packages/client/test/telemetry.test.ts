/** What can be seen of calls: spans, metrics, reports and log lines, none of which names the user. */
import { assert, describe, it } from "@effect/vitest"
import { type ApiError, Circuit, KickUsers, ManagementClient, Metrics, type Retry, User } from "@genauth-effect/client"
import { Effect, Fiber, Metric, Option, Redacted, References, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { answering } from "./answering.ts"
import * as Collector from "./collector.ts"
import { json, key, kicked, kickPath, make, type Reply, reset, secret, silence } from "./service.ts"

const person = "lin@example.com"
const request = KickUsers.forUser(User.email(person), ["app-1", "app-2"])
/** Waits that are not drawn, so that two runs are alike. */
const steady: Retry.Options = { schedule: Schedule.spaced("1 second") }
const unknownUser = json({ statusCode: 404, apiCode: 2004, message: person, requestId: "r-2" })

/** Runs calls of kick-users against a script, and hands out what was seen. */
const watch = <A, E>(
  replies: ReadonlyArray<Reply>,
  use: (client: ManagementClient.Service) => Effect.Effect<A, E>,
  options?: Partial<ManagementClient.Options>,
) => {
  const service = make({ [kickPath]: replies })
  const collector = Collector.make()
  return Effect.gen(function* () {
    const client = yield* ManagementClient.make({ ...key, ...options })
    const fiber = yield* Effect.forkChild(Effect.exit(use(client)))
    yield* TestClock.adjust("2 minutes")
    yield* Fiber.join(fiber)
    const snapshot = yield* Metric.snapshot
    return { ...collector, snapshot, received: service.received }
  }).pipe(collector.collect, Effect.provide(service.layer))
}

describe("spans", () => {
  it.effect("one for a call, however often it was sent, with safe attributes and no others", () =>
    Effect.gen(function* () {
      const seen = yield* watch([reset, json({ statusCode: 503, message: "" }), kicked], (client) =>
        client.kickUsers(request),
      )
      assert.strictEqual(seen.received.length, 3)
      assert.strictEqual(seen.spans.length, 1)
      const [span] = seen.spans
      assert.strictEqual(span?.name, "ManagementClient.kickUsers")
      assert.strictEqual(span?.kind, "client")
      assert.strictEqual(span?.status._tag, "Ended")
      assert.deepStrictEqual(Object.fromEntries(span?.attributes ?? []), {
        "genauth.app_count": 2,
        "genauth.user_id_type": "email",
        "genauth.outcome": "ok",
        "genauth.attempts": 3,
        "genauth.request_id": "r-1",
        "genauth.status_code": 200,
      })
      assert.deepStrictEqual(
        span?.events.map(([name, , attributes]) => [name, attributes["attempt"], attributes["outcome"]]),
        [
          ["retry", 1, "TransportFailed"],
          ["retry", 2, "ServiceUnavailableError"],
        ],
      )
    }),
  )
  it.effect("a failure has its codes", () =>
    Effect.gen(function* () {
      const { spans } = yield* watch([unknownUser], (client) => client.kickUsers(request))
      assert.deepStrictEqual(Object.fromEntries(spans[0]?.attributes ?? []), {
        "genauth.app_count": 2,
        "genauth.user_id_type": "email",
        "genauth.outcome": "UserNotFound",
        "genauth.attempts": 1,
        "genauth.request_id": "r-2",
        "genauth.status_code": 404,
        "genauth.api_code": 2004,
      })
    }),
  )
  it.effect("every operation has its own, below the caller's, and none names the user", () =>
    Effect.gen(function* () {
      const service = answering(() => Response.json({ statusCode: 404, apiCode: 2004, message: "" }))
      const collector = Collector.make()
      const calls: Readonly<
        Record<string, (client: ManagementClient.Service) => Effect.Effect<unknown, ApiError.ApiError>>
      > = {
        kickUsers: (client) => client.kickUsers({ appIds: ["app-1"], userId: person }),
        kickPublicAccounts: (client) => client.kickPublicAccounts({ appIds: ["app-1"], userId: person }),
        checkSessionStatus: (client) => client.checkSessionStatus({ appId: "app-1", userId: person }),
        listApplicationSimpleInfo: (client) => client.listApplicationSimpleInfo({ keywords: person }),
        getUserLoggedInApps: (client) => client.getUserLoggedInApps({ userId: person }),
        listApplicationActiveUsers: (client) => client.listApplicationActiveUsers({ appId: "app-1" }),
        isUserExists: (client) => client.isUserExists({ email: person }),
        getUser: (client) => client.getUser({ userId: person }),
        updateUser: (client) => client.updateUserStatus({ userId: person, status: "Suspended" }),
      }
      yield* Effect.gen(function* () {
        const client = yield* ManagementClient.make(key)
        for (const call of Object.values(calls)) yield* Effect.exit(call(client))
      }).pipe(Effect.withSpan("offboarding"), collector.collect, Effect.provide(service.layer))
      const [parent, ...spans] = collector.spans
      assert.deepStrictEqual(
        spans.map((span) => span.name),
        Object.keys(calls).map((name) => `ManagementClient.${name}`),
      )
      for (const span of spans) {
        assert.strictEqual(Option.getOrUndefined(span.parent)?.spanId, parent?.spanId)
        assert.notInclude(JSON.stringify([...span.attributes]), person)
        assert.notInclude(JSON.stringify([...span.attributes]), "app-1")
      }
    }),
  )
  it.effect("none where tracing is disabled, and all else is seen as before", () =>
    Effect.gen(function* () {
      const replies = [reset, json({ statusCode: 503, message: "" }), kicked, unknownUser]
      const use = (client: ManagementClient.Service) =>
        Effect.andThen(client.kickUsers(request), Effect.exit(client.kickUsers(request)))
      const traced = yield* watch(replies, use, { retry: steady })
      const untraced = yield* watch(replies, (client) => Effect.withTracerEnabled(use(client), false), {
        retry: steady,
      })
      assert.strictEqual(traced.spans.length, 2)
      assert.isEmpty(untraced.spans)
      assert.strictEqual(untraced.received.length, 4)
      assert.deepStrictEqual(untraced.reports, traced.reports)
      assert.deepStrictEqual(
        untraced.logs.map(({ annotations, message }) => [message, annotations]),
        traced.logs.map(({ annotations, message }) => [message, annotations]),
      )
      assert.deepStrictEqual(
        untraced.snapshot.map(({ attributes, id, state }) => [id, attributes, state]),
        traced.snapshot.map(({ attributes, id, state }) => [id, attributes, state]),
      )
    }),
  )
  it.effect("a request that is invalid has one too, though nothing was sent", () =>
    Effect.gen(function* () {
      const seen = yield* watch([kicked], (client) => client.kickUsers({ appIds: [], userId: person }))
      assert.isEmpty(seen.received)
      assert.deepStrictEqual(
        seen.spans.map(({ attributes }) => Object.fromEntries(attributes)),
        [{ "genauth.outcome": "InvalidRequest", "genauth.attempts": 0 }],
      )
      assert.deepStrictEqual(
        seen.reports.map(({ attempts, outcome }) => [outcome, attempts]),
        [["InvalidRequest", 0]],
      )
    }),
  )
})

describe("metrics", () => {
  it.effect("count calls and attempts by outcome, and time calls with their waits", () =>
    Effect.gen(function* () {
      const slow = Effect.delay(kicked, "300 millis")
      const seen = yield* watch([slow, unknownUser, reset, slow, silence], (client) => {
        const kick = Effect.exit(client.kickUsers(request))
        return Effect.all([kick, kick, kick, Effect.timeoutOption(kick, "1 second")])
      })
      const valueOf = <I, S>(metric: Metric.Metric<I, S>, outcome: string) =>
        Metric.value(Metrics.withOutcome(metric, "kickUsers", outcome)).pipe(seen.collect)
      assert.strictEqual((yield* valueOf(Metrics.calls, "ok")).count, 2)
      assert.strictEqual((yield* valueOf(Metrics.calls, "UserNotFound")).count, 1)
      assert.strictEqual((yield* valueOf(Metrics.calls, "interrupted")).count, 1)
      assert.strictEqual((yield* valueOf(Metrics.attempts, "ok")).count, 2)
      assert.strictEqual((yield* valueOf(Metrics.attempts, "TransportFailed")).count, 1)
      assert.strictEqual((yield* valueOf(Metrics.attempts, "UserNotFound")).count, 1)
      const ok = yield* valueOf(Metrics.duration, "ok")
      assert.strictEqual(ok.count, 2)
      assert.strictEqual(ok.min, 300)
      assert.isAtLeast(ok.max, 300)
      assert.strictEqual((yield* valueOf(Metrics.duration, "interrupted")).max, 1000)
    }),
  )
  it.effect("are labelled with operation and outcome alone", () =>
    Effect.gen(function* () {
      const { snapshot } = yield* watch([kicked, unknownUser], (client) =>
        Effect.all([client.kickUsers(request), Effect.exit(client.kickUsers(request))]),
      )
      assert.isNotEmpty(snapshot)
      for (const metric of snapshot) {
        assert.match(metric.id, /^genauth_/)
        const labels = metric.attributes ?? {}
        assert.deepStrictEqual(Object.keys(labels).sort(), ["operation", "outcome"])
        assert.include(["ok", "UserNotFound"], labels["outcome"])
      }
    }),
  )
})

describe("reports", () => {
  it.effect("one for each call as it ends, with its receipt", () =>
    Effect.gen(function* () {
      const { reports } = yield* watch([kicked, unknownUser, silence], (client) => {
        const kick = Effect.exit(client.kickUsers(request))
        return Effect.all([kick, kick, Effect.timeoutOption(kick, "1 second")])
      })
      assert.deepStrictEqual(
        reports.map(({ attempts, operation, outcome, requestId }) => [operation, outcome, attempts, requestId]),
        [
          ["kickUsers", "ok", 1, "r-1"],
          ["kickUsers", "UserNotFound", 1, "r-2"],
          ["kickUsers", "interrupted", 1, undefined],
        ],
      )
      assert.strictEqual(reports[1]?.error?._tag, "UserNotFound")
      assert.strictEqual(reports[2]?.durationMillis, 1000)
    }),
  )
})

describe("log lines", () => {
  const threeAttempts = [reset, json({ statusCode: 503, message: person, requestId: "r-3" }), kicked]
  it.effect("debug for an attempt, warning for a retry, nothing else, and no user", () =>
    Effect.gen(function* () {
      const { logs } = yield* watch(threeAttempts, (client) => client.kickUsers(request))
      assert.deepStrictEqual(
        logs.map(({ annotations, level, message }) => [level, message, annotations["attempt"], annotations["outcome"]]),
        [
          ["DEBUG", "attempt ended", 1, "TransportFailed"],
          ["WARN", "retrying", 1, "TransportFailed"],
          ["DEBUG", "attempt ended", 2, "ServiceUnavailableError"],
          ["WARN", "retrying", 2, "ServiceUnavailableError"],
          ["DEBUG", "attempt ended", 3, "ok"],
        ],
      )
      assert.deepInclude(logs[2]?.annotations, { operation: "kickUsers", statusCode: 503, requestId: "r-3" })
      assert.isNumber(logs[1]?.annotations["delayMillis"])
      assert.notInclude(JSON.stringify(logs), person)
      assert.notInclude(JSON.stringify(logs), secret)
    }),
  )
  it.effect("are one for each request that left, also for one that was broken off", () =>
    Effect.gen(function* () {
      const circuitBreaker = Circuit.make({ failures: 2 })
      const away = json({ statusCode: 503, message: "" })
      const opened = yield* watch([away], (client) => client.kickUsers(request), { circuitBreaker })
      assert.strictEqual(opened.received.length, 2)
      const attempts = (logs: typeof opened.logs) =>
        logs.filter(({ level }) => level === "DEBUG").map(({ annotations }) => annotations["outcome"])
      assert.deepStrictEqual(attempts(opened.logs), ["ServiceUnavailableError", "ServiceUnavailableError"])
      const left = yield* watch([silence], (client) => Effect.timeoutOption(client.kickUsers(request), "1 second"))
      assert.deepStrictEqual(attempts(left.logs), ["interrupted"])
      const late = yield* watch([silence], (client) => Effect.exit(client.kickUsers(request)), { deadline: "1 second" })
      assert.deepStrictEqual(attempts(late.logs), ["DeadlineExceeded"])
    }),
  )
  it.effect("name the user where the app asked for it, and even then no span does", () =>
    Effect.gen(function* () {
      const { logs, spans } = yield* watch(threeAttempts, (client) => client.kickUsers(request), { logUserId: true })
      assert.strictEqual(logs.length, 5)
      for (const line of logs) assert.strictEqual(line.annotations["userId"], person)
      assert.notInclude(
        JSON.stringify(spans.map((span) => [[...span.attributes], span.events.map((e) => e[2])])),
        person,
      )
    }),
  )
  it.effect("a success is silent at the default level", () =>
    Effect.gen(function* () {
      const { logs } = yield* watch([kicked], (client) =>
        client.kickUsers(request).pipe(Effect.provideService(References.MinimumLogLevel, "Info")),
      )
      assert.isEmpty(logs)
    }),
  )
  it.effect("clear text over a network is warned of, on loopback it is not", () =>
    Effect.gen(function* () {
      const warned = yield* watch([kicked], (client) => client.kickUsers(request), { host: "http://id.example.com" })
      assert.deepStrictEqual(
        warned.logs.map((line) => line.level),
        ["WARN", "DEBUG"],
      )
      const quiet = yield* watch([kicked], (client) => client.kickUsers(request), { host: "http://127.0.0.1:8080" })
      assert.deepStrictEqual(
        quiet.logs.map((line) => line.level),
        ["DEBUG"],
      )
    }),
  )
})

it.effect("two clients with other hosts and keys live side by side", () =>
  Effect.gen(function* () {
    const service = answering(() =>
      Response.json({ statusCode: 200, message: "", requestId: "r-1", data: { success: true } }),
    )
    yield* Effect.gen(function* () {
      const one = yield* ManagementClient.make({ ...key, host: "one.example.com" })
      const accessKeySecret = Redacted.make("another")
      const two = yield* ManagementClient.make({
        accessKeyId: "other",
        accessKeySecret,
        host: "two.example.com",
        brand: "authing",
      })
      yield* Effect.all([one.kickUsers(request), two.kickUsers(request), one.kickUsers(request)])
    }).pipe(Effect.provide(service.layer))
    assert.deepStrictEqual(
      service.received.map(({ headers, url }) => [new URL(url).host, headers["authorization"]?.split(":")[0]]),
      [
        ["one.example.com", `GenAuth ${key.accessKeyId}`],
        ["two.example.com", "authing other"],
        ["one.example.com", `GenAuth ${key.accessKeyId}`],
      ],
    )
  }),
)
