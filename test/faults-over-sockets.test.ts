/** A fifth of the answers is faulty, over real sockets: nobody is lost, nothing is multiplied, no nonce is used twice. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Kick, ManagementClient, Outcome, User } from "@genauth-effect/client"
import { Emulator, EmulatorServer, type Faults, Seed } from "@genauth-effect/emulator"
import { Effect, Layer, Redacted, References, Stream } from "effect"

const users = 2000
const concurrency = 64
const seed = Seed.generate({ users, applications: 3, loggedIn: 3 })
const appIds = seed.applications.map(({ appId }) => appId)
const [key = { accessKeyId: "", accessKeySecret: "" }] = seed.userPool.accessKeys

const script: Faults.Script = {
  seed: 20261124,
  rules: [
    {
      when: { path: "/api/v3/kick-users", probability: 0.2 },
      fault: [
        { kind: "connectionRefused" },
        { kind: "resetBefore" },
        { kind: "resetAfter" },
        { kind: "resetDuring" },
        { kind: "http", status: 500 },
        { kind: "http", status: 502, applied: true },
        { kind: "http", status: 503 },
        { kind: "http", status: 504, applied: true },
        { kind: "http", status: 408 },
        { kind: "http", status: 425 },
        { kind: "statusCode", statusCode: 500 },
        { kind: "statusCode", statusCode: 502 },
        { kind: "statusCode", statusCode: 503, applied: true },
        { kind: "statusCode", statusCode: 601 },
        { kind: "truncatedJson" },
        { kind: "html200", applied: true },
        { kind: "hugeBody" },
        { kind: "silence" },
        { kind: "silence", applied: true },
        { kind: "slowBody", everyMillis: 20, chunkBytes: 1 },
        { kind: "apiCode", apiCode: 1000 },
        { kind: "throttled" },
        { kind: "http", status: 429 },
        { kind: "http", status: 429, retryAfter: { seconds: 1 } },
        { kind: "http", status: 429, retryAfter: { seconds: 1, as: "date" } },
      ],
    },
  ],
}

const serving = Layer.mergeAll(
  NodeHttpClient.layerUndici,
  EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(seed, { faults: script }))),
)

const client = (authentication: ManagementClient.Options["authentication"]) =>
  Effect.flatMap(EmulatorServer.EmulatorServer, ({ url }) =>
    ManagementClient.make({
      host: url,
      authentication,
      accessKeyId: key.accessKeyId,
      accessKeySecret: Redacted.make(key.accessKeySecret),
      timeout: "1 second",
      retry: { base: "20 millis", cap: "200 millis" },
    }),
  )

// A thousand warnings of retries are as it should be here.
const quietly = Effect.provideService(References.MinimumLogLevel, "Error")

const everybodyIsOut = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  assert.strictEqual(yield* emulator.onlineCount, 0)
  const { byPath, replayedNonces } = yield* emulator.counts
  assert.strictEqual(replayedNonces, 0)
  assert.isAtMost(byPath["/api/v3/kick-users"] ?? 0, 1.4 * users)
  const faults = yield* emulator.faults
  assert.isAtLeast(faults[0]?.injected ?? 0, 0.15 * users)
})

it.live("kickUsers, 64 at a time", () =>
  Effect.gen(function* () {
    const { kickUsers } = yield* client("signature")
    yield* Effect.forEach(seed.users, ({ userId }) => kickUsers({ appIds, userId }), { concurrency, discard: true })
    yield* everybodyIsOut
  }).pipe(Effect.provide(serving), quietly),
)

it.live("Kick.all, 64 at a time, with a token", () =>
  Effect.gen(function* () {
    const made = yield* client("token")
    const targets = Stream.fromIterable(seed.users.map(({ userId }) => User.userId(userId)))
    const outcomes = yield* Kick.all(targets, { apps: appIds, concurrency }).pipe(
      Stream.runCollect,
      Effect.provideService(ManagementClient.ManagementClient, made),
    )
    assert.strictEqual(outcomes.filter(Outcome.isOut).length, users)
    yield* everybodyIsOut
  }).pipe(Effect.provide(serving), quietly),
)
