/** Kicks of one and of many, against the state of the emulator. */
import { assert, describe, it } from "@effect/vitest"
import { ApiError, Kick, ManagementClient, Outcome, type Progress, User } from "@genauth-effect/client"
import { Emulator, type Seed } from "@genauth-effect/emulator"
import { Clock, Effect, Fiber, Layer, Redacted, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"

const [accessKeyId, accessKeySecret] = ["64c0ffee0000000000000001", "the-secret-of-this-test"]
const appId = (number: number) => `app-${String(number).padStart(3, "0")}`
const userId = (number: number) => `user-${String(number).padStart(5, "0")}`
const numbers = (count: number) => Array.from({ length: count }, (_, number) => number)

/** A pool in which everybody is online everywhere. */
const seedOf = (users: number, apps: number): Seed.Seed => {
  const applications = numbers(apps).map((number) => ({ appId: appId(number), appName: `App ${number}` }))
  return {
    userPool: { id: "pool", accessKeys: [{ accessKeyId, accessKeySecret }] },
    applications,
    users: numbers(users).map((number) => ({
      userId: userId(number),
      email: `user-${number}@example.com`,
      loggedIn: applications.map((application) => application.appId),
    })),
  }
}

const pool = (users: number, apps: number, options?: Partial<ManagementClient.Options>) =>
  ManagementClient.layer({
    host: "http://localhost",
    accessKeyId,
    accessKeySecret: Redacted.make(accessKeySecret),
    ...options,
  }).pipe(Layer.provide(Emulator.layerHttpClient), Layer.provideMerge(Emulator.layer(seedOf(users, apps))))

const isOffline = (number: number) =>
  Effect.map(
    Effect.flatMap(Emulator.Emulator, (emulator) => emulator.onlineApps(userId(number))),
    (online) => online.length === 0,
  )

/** A client whose kicks are answered by a function of the application ids. */
const answering = (
  answer: (appIds: ReadonlyArray<string>) => ApiError.ApiError | undefined,
  others: Partial<ManagementClient.Service> = {},
) => {
  const calls: Array<ReadonlyArray<string>> = []
  const layer = ManagementClient.layerTest({
    kickUsers: ({ appIds }) =>
      Effect.suspend(() => {
        calls.push(appIds)
        const error = answer(appIds)
        return error === undefined
          ? Effect.succeed({ statusCode: 200, message: "", requestId: `r-${calls.length}`, data: { success: true } })
          : Effect.fail(error)
      }),
    ...others,
  })
  return { calls, layer }
}

const online = (active: (asked: number) => boolean) => {
  let asked = 0
  return { checkSessionStatus: () => Effect.sync(() => ({ active: active(asked++) })) }
}

describe("user", () => {
  it.effect("goes out of everything, whatever the number of applications", () =>
    Effect.gen(function* () {
      const outcome = yield* Kick.user(User.email("user-0@example.com"), { apps: "everywhere", verify: true })
      assert.strictEqual(outcome._tag, "Kicked")
      assert.deepStrictEqual(
        outcome.apps,
        numbers(120).map((number) => appId(number)),
      )
      assert.strictEqual(outcome.requestIds.length, 3)
      assert.strictEqual(outcome.attempts, 3)
      assert.isTrue(yield* isOffline(0))
      assert.isFalse(yield* isOffline(1))
    }).pipe(Effect.provide(pool(2, 120))),
  )

  it.effect("is asked for in parts of at most 50, in order and without duplicates", () => {
    const { calls, layer } = answering(() => undefined)
    const apps = numbers(120).map((number) => appId(number))
    return Effect.gen(function* () {
      const outcome = yield* Kick.user(User.userId("u"), { apps: [...apps, ...apps] })
      assert.deepStrictEqual(
        calls.map((part) => part.length),
        [50, 50, 20],
      )
      assert.deepStrictEqual(calls.flat(), apps)
      assert.deepStrictEqual(outcome.requestIds, ["r-1", "r-2", "r-3"])
      assert.strictEqual(outcome.attempts, 3)
    }).pipe(Effect.provide(layer))
  })

  it.effect("is kicked from the known applications, and the unknown ones are named", () =>
    Effect.gen(function* () {
      const known = numbers(60).map((number) => appId(number))
      const apps = [...known.slice(0, 7), "typo", ...known.slice(7), "gone"]
      const outcome = yield* Kick.user(User.userId(userId(0)), { apps })
      assert(outcome._tag === "PartlyKicked")
      assert.deepStrictEqual(outcome.kicked, known)
      assert.deepStrictEqual(
        outcome.notKicked.map(({ appIds, error }) => [appIds, error._tag]),
        [
          [["typo"], "ApplicationNotFound"],
          [["gone"], "ApplicationNotFound"],
        ],
      )
      assert.isTrue(yield* isOffline(0))
    }).pipe(Effect.provide(pool(1, 60))),
  )

  it.effect("that is unknown is NotFound, after one request", () =>
    Effect.gen(function* () {
      const outcome = yield* Kick.user(User.username("nobody"), { apps: "everywhere" })
      assert(outcome._tag === "NotFound")
      assert.strictEqual(outcome.error._tag, "UserNotFound")
      assert.strictEqual(outcome.attempts, 1)
    }).pipe(Effect.provide(pool(1, 120))),
  )

  it.effect("without a session is WasOffline where the answer tells, other applications are still kicked from", () => {
    const { layer } = answering((appIds) =>
      appIds.includes("mobile") ? new ApiError.SsoSessionNotFound({ attempts: 1 }) : undefined,
    )
    return Effect.gen(function* () {
      const alone = yield* Kick.user(User.userId("u"), { apps: ["mobile"] })
      assert.strictEqual(alone._tag, "WasOffline")
      const among = yield* Kick.user(User.userId("u"), { apps: ["web", "mobile", "wiki"] })
      assert.strictEqual(among._tag, "Kicked")
    }).pipe(Effect.provide(layer))
  })

  it.effect("has an outcome for each part: one that fails does not keep back the next", () => {
    const { calls, layer } = answering((appIds) =>
      appIds.includes(appId(0)) ? new ApiError.ServerError({ attempts: 8 }) : undefined,
    )
    return Effect.gen(function* () {
      const outcome = yield* Kick.user(User.userId("u"), { apps: numbers(60).map((number) => appId(number)) })
      assert(outcome._tag === "PartlyKicked")
      assert.strictEqual(calls.length, 2)
      assert.strictEqual(outcome.kicked.length, 10)
      assert.strictEqual(outcome.attempts, 9)
    }).pipe(Effect.provide(layer))
  })

  it.effect("named wrongly is refused before anything is sent", () => {
    const { calls, layer } = answering(() => undefined)
    const wrong = [
      Kick.user(User.userId(""), { apps: ["a"] }),
      Kick.user(User.make("no-colon", "identity"), { apps: ["a"] }),
      Kick.user(User.userId("u"), { apps: [] }),
      Kick.user(User.userId("u"), { apps: ["a", ""] }),
      Kick.user(User.userId("u"), { apps: ["a"], verify: { deadline: 0 } }),
    ]
    return Effect.gen(function* () {
      const fields: Array<string> = []
      for (const kick of wrong) {
        const outcome = yield* kick
        assert(outcome._tag === "Failed" && outcome.error._tag === "InvalidRequest")
        fields.push(outcome.error.field)
      }
      assert.deepStrictEqual(fields, ["userId", "userId", "apps", "apps[1]", "verify.deadline"])
      assert.isEmpty(calls)
    }).pipe(Effect.provide(layer))
  })

  it.effect("is checked until he is offline", () => {
    const { layer } = answering(
      () => undefined,
      online((asked) => asked < 3),
    )
    return Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(Kick.user(User.userId("u"), { apps: ["a"], verify: true }))
      yield* TestClock.adjust("2 seconds")
      const outcome = yield* Fiber.join(fiber)
      assert(outcome._tag === "Kicked")
      assert.isTrue(outcome.verified)
    }).pipe(Effect.provide(layer))
  })

  for (const [offlineAfter, deadline] of [
    [700, 1000],
    [2000, 3000],
    [4500, 5000],
    [9500, 10_000],
    [90, 200],
  ] as const) {
    it.effect(`is asked about until the time is over: offline after ${offlineAfter} ms of ${deadline}`, () => {
      const { layer } = answering(() => undefined, {
        checkSessionStatus: () => Effect.map(Clock.currentTimeMillis, (now) => ({ active: now < offlineAfter })),
      })
      return Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Kick.user(User.userId("u"), { apps: ["a"], verify: { deadline } }))
        yield* TestClock.adjust(deadline)
        assert.strictEqual((yield* Fiber.join(fiber))._tag, "Kicked")
      }).pipe(Effect.provide(layer))
    })
  }

  it.effect("who was deleted on the way is out of what came before", () => {
    const { layer } = answering((appIds) => (appIds.length < 50 ? new ApiError.UserNotFound({}) : undefined))
    return Effect.gen(function* () {
      const outcome = yield* Kick.user(User.userId("u"), { apps: numbers(60).map(appId) })
      assert(outcome._tag === "PartlyKicked")
      assert.strictEqual(outcome.kicked.length, 50)
      assert.deepStrictEqual(
        outcome.notKicked.map(({ appIds, error }) => [appIds.length, error._tag]),
        [[10, "UserNotFound"]],
      )
    }).pipe(Effect.provide(layer))
  })

  it.effect("has an outcome that survives JSON, also where there can be no such user", () =>
    Effect.gen(function* () {
      const codec = Schema.toCodecJson(Outcome.Outcome)
      const outcome = yield* Kick.user(User.userId(""), { apps: ["a"] })
      const encoded = yield* Schema.encodeEffect(codec)(outcome)
      const back = yield* Schema.decodeUnknownEffect(codec)(JSON.parse(JSON.stringify(encoded)))
      assert.deepStrictEqual(back.user, { id: "", type: "user_id" })
    }).pipe(Effect.provide(answering(() => undefined).layer)),
  )

  it.effect("who stays online is not called out", () => {
    const { layer } = answering(() => undefined, {
      checkSessionStatus: ({ appId: asked }) => Effect.succeed({ active: asked === "stuck" }),
    })
    return Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(
        Effect.all([
          Kick.user(User.userId("u"), { apps: ["free", "stuck"], verify: { deadline: "5 seconds" } }),
          Kick.user(User.userId("u"), { apps: ["stuck"], verify: true }),
        ]),
      )
      yield* TestClock.adjust("1 minute")
      const [some, none] = yield* Fiber.join(fiber)
      assert(some._tag === "PartlyKicked")
      assert.deepStrictEqual(some.kicked, ["free"])
      assert.strictEqual(some.notKicked[0]?.error._tag, "StillOnline")
      assert.isAtMost(some.durationMillis, 5000)
      assert(none._tag === "Failed")
      assert.strictEqual(none.error._tag, "StillOnline")
    }).pipe(Effect.provide(layer))
  })

  it.effect("of whom the check cannot tell is not called out either", () => {
    const { layer } = answering(() => undefined, {
      checkSessionStatus: () => Effect.fail(new ApiError.PermissionDenied({})),
      getUser: () => Effect.never,
    })
    return Effect.gen(function* () {
      const refused = yield* Kick.user(User.userId("u"), { apps: ["a"], verify: true })
      assert(refused._tag === "Failed" && refused.error._tag === "NotVerified")
      assert.strictEqual(refused.error.error._tag, "PermissionDenied")
      const fiber = yield* Effect.forkChild(Kick.user(User.email("u@example.com"), { apps: ["a"], verify: true }))
      yield* TestClock.adjust("10 seconds")
      const late = yield* Fiber.join(fiber)
      assert(late._tag === "Failed" && late.error._tag === "NotVerified")
      assert.strictEqual(late.error.error._tag, "DeadlineExceeded")
    }).pipe(Effect.provide(layer))
  })
})

describe("lockOut and letIn", () => {
  it.effect("a lock-out that could not be finished suspends nobody", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const client = yield* ManagementClient.ManagementClient
      for (const options of [
        { apps: [] },
        { apps: ["app-000", ""] },
        { verify: { deadline: Number.NaN } },
        { verify: { concurrency: 0 } },
      ]) {
        const { done, outcome } = yield* Kick.lockOut(User.userId(userId(0)), options)
        assert.isEmpty(done)
        assert.strictEqual(outcome._tag === "Failed" ? outcome.error._tag : outcome._tag, "InvalidRequest")
      }
      assert.isEmpty((yield* emulator.counts).byPath)
      assert.strictEqual((yield* client.getUser({ userId: userId(0) })).status, "Activated")
    }).pipe(Effect.provide(pool(1, 1))),
  )
  it.effect("suspends, kicks, verifies, and can be taken back", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const client = yield* ManagementClient.ManagementClient
      const ada = User.email("user-0@example.com")
      const report = yield* Kick.lockOut(ada)
      assert.deepStrictEqual(report.done, ["suspend", "kick", "verify"])
      assert.strictEqual(report.statusBefore, "Activated")
      assert.deepStrictEqual(report.outcome.user, ada)
      assert.isTrue(yield* isOffline(0))
      assert.isFalse(yield* emulator.logIn(userId(0), appId(0)))
      yield* Kick.letIn(ada)
      assert.isTrue(yield* emulator.logIn(userId(0), appId(0)))
      yield* client.updateUserStatus({ userId: userId(0), status: "Archived" })
      yield* Kick.lockOut(ada)
      assert.strictEqual((yield* client.getUser({ userId: userId(0) })).status, "Archived")
      const error = yield* Effect.flip(Kick.letIn(ada))
      assert.strictEqual(error._tag, "NotSuspended")
    }).pipe(Effect.provide(pool(1, 3))),
  )

  it.effect("says how far it came when a step fails", () => {
    const found = { getUser: () => Effect.succeed({ userId: "u", status: "Activated" }) }
    const denied = answering(() => undefined, {
      ...found,
      updateUserStatus: () => Effect.fail(new ApiError.PermissionDenied({})),
    })
    const broken = answering(() => new ApiError.ServerError({}), {
      ...found,
      updateUserStatus: () => Effect.succeed({ userId: "u", status: "Suspended" }),
    })
    return Effect.gen(function* () {
      const first = yield* Effect.provide(Kick.lockOut(User.userId("u"), { apps: ["a"] }), denied.layer)
      assert.isEmpty(first.done)
      assert.isEmpty(denied.calls)
      assert(first.outcome._tag === "Failed" && first.outcome.error._tag === "PermissionDenied")
      const second = yield* Effect.provide(Kick.lockOut(User.userId("u"), { apps: ["a"] }), broken.layer)
      assert.deepStrictEqual(second.done, ["suspend"])
      assert.strictEqual(second.outcome._tag, "Failed")
    })
  })
})

const targets = (count: number) => Stream.fromIterable(numbers(count).map((number) => User.userId(userId(number))))

describe("all", () => {
  it.effect("has one outcome for each user, and the emulator agrees", () =>
    Effect.gen(function* () {
      const seen: Array<Progress.Progress> = []
      const wanted = Stream.concat(targets(500), Stream.make(User.username("nobody"), User.userId(userId(3))))
      const outcomes = yield* Stream.runCollect(
        Kick.all(wanted, { apps: [appId(0)], total: 502, onProgress: (progress) => seen.push(progress) }),
      )
      assert.strictEqual(outcomes.length, 501)
      assert.strictEqual(new Set(outcomes.map(({ user }) => user.id)).size, 501)
      assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "Kicked").length, 500)
      for (const number of numbers(500)) assert.isTrue(yield* isOffline(number))
      assert.deepInclude(seen.at(-1), { done: 501, kicked: 500, notFound: 1, duplicates: 1, total: 502 })
    }).pipe(Effect.provide(pool(500, 1))),
  )

  it.effect("takes targets for the same by user and applications", () => {
    const { calls, layer } = answering(() => undefined, {
      listAllApplications: Effect.succeed(
        numbers(60).map((number) => ({ appId: appId(number), appName: "", appLogo: "" })),
      ),
    })
    const own = numbers(60).map((number) => `of-a-long-name-${appId(number)}`)
    const user = User.userId("u")
    return Effect.gen(function* () {
      const outcomes = yield* Stream.runCollect(
        Kick.all(
          Stream.make<ReadonlyArray<Kick.Target>>(
            user,
            { ...user, apps: ["a"] },
            { ...user, apps: "everywhere" },
            { ...user, apps: "everywhere" },
            { ...user, apps: own },
            { ...user, apps: [...own] },
          ),
          { apps: ["a"] },
        ),
      )
      assert.deepStrictEqual(
        outcomes.map(({ apps }) => apps.length),
        [1, 60, 60],
      )
      assert.strictEqual(calls.length, 5)
    }).pipe(Effect.provide(layer))
  })

  it.effect("keeps the order on request", () =>
    Effect.gen(function* () {
      const outcomes = yield* Stream.runCollect(Kick.all(targets(100), { apps: [appId(0)], ordered: true }))
      assert.deepStrictEqual(
        outcomes.map(({ user }) => user.id),
        numbers(100).map((number) => userId(number)),
      )
    }).pipe(Effect.provide(pool(100, 1))),
  )

  it.effect("stops where every call would fail, and says why", () =>
    Effect.gen(function* () {
      const outcomes: Array<Outcome.Outcome> = []
      const error = yield* Kick.all(targets(1000), { apps: [appId(0)], concurrency: 4 }).pipe(
        Stream.runForEach((outcome) => Effect.sync(() => outcomes.push(outcome))),
        Effect.flip,
      )
      assert(error._tag === "RunStopped")
      assert.strictEqual(error.error._tag, "SignatureInvalid")
      assert.isAtMost(outcomes.length, 8)
      assert.isAtLeast(outcomes.length, 1)
      assert.isFalse(yield* isOffline(0))
    }).pipe(Effect.provide(pool(1000, 1, { accessKeySecret: Redacted.make("another") }))),
  )

  it.effect("kicks nobody in a dry run, and still finds what is wrong", () =>
    Effect.gen(function* () {
      const wanted = Stream.concat(targets(10), Stream.make(User.make("no-colon", "sync_relation")))
      const outcomes = yield* Stream.runCollect(Kick.all(wanted, { apps: "everywhere", dryRun: true, ordered: true }))
      assert.strictEqual(outcomes.filter(({ _tag }) => _tag === "WouldKick").length, 10)
      assert.strictEqual(outcomes.at(-1)?._tag, "Failed")
      assert.isFalse(yield* isOffline(0))
    }).pipe(Effect.provide(pool(10, 3))),
  )

  it.effect("takes no more from the input than it works on", () => {
    let pulled = 0
    const endless = Stream.fromIterable(
      (function* () {
        for (;;) yield User.userId(userId(pulled++))
      })(),
      { chunkSize: 1 },
    )
    const { layer } = answering(() => undefined)
    return Effect.gen(function* () {
      const outcomes = yield* Stream.runCollect(
        Kick.all(endless, { apps: ["a"], concurrency: 8 }).pipe(Stream.take(100)),
      )
      assert.strictEqual(outcomes.length, 100)
      assert.isAtMost(pulled, 120)
    }).pipe(Effect.provide(layer))
  })

  it.effect("asks once about an application that nobody knows", () => {
    const { calls, layer } = answering((appIds) =>
      appIds.includes("typo") ? new ApiError.ApplicationNotFound({ attempts: 1 }) : undefined,
    )
    return Effect.gen(function* () {
      const outcomes = yield* Stream.runCollect(Kick.all(targets(100), { apps: ["a", "typo"], concurrency: 1 }))
      assert.isTrue(outcomes.every(({ _tag }) => _tag === "PartlyKicked"))
      assert.strictEqual(calls.length, 102)
    }).pipe(Effect.provide(layer))
  })

  it.effect("refuses options that cannot work", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Stream.runDrain(Kick.all(targets(1), { apps: ["a"], concurrency: 0 })))
      assert(error._tag === "InvalidOption")
      assert.strictEqual(error.option, "concurrency")
    }).pipe(Effect.provide(answering(() => undefined).layer)),
  )
})

it.prop("an outcome survives JSON", [Outcome.Outcome], ([outcome]) => {
  const codec = Schema.toCodecJson(Outcome.Outcome)
  const encode = (value: Outcome.Outcome) => JSON.stringify(Schema.encodeSync(codec)(value))
  const back = Schema.decodeUnknownSync(codec)(JSON.parse(encode(outcome)))
  assert.strictEqual(encode(back), encode(outcome))
  if (outcome._tag === "Failed" && back._tag === "Failed") {
    assert.strictEqual(back.error.constructor, outcome.error.constructor)
  }
})
