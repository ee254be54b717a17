/** The official Node SDK as a client of the emulator, over HTTP. */
import { assert, it } from "@effect/vitest"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { ManagementClient } from "authing-node-sdk"
import { Effect, Layer } from "effect"

const seed = Seed.example
const appIds = seed.applications.map((application) => application.appId)
const [userId = ""] = seed.users.map((user) => user.userId)
const [key = { accessKeyId: "", accessKeySecret: "" }] = seed.userPool.accessKeys

const server = EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(seed)))

it.live("kicks, and is told of an unknown user and of a wrong secret", () =>
  Effect.gen(function* () {
    const { url } = yield* EmulatorServer.EmulatorServer
    const emulator = yield* Emulator.Emulator
    const sdk = new ManagementClient({ ...key, host: url })
    const kicked = yield* Effect.promise(() => sdk.kickUsers({ appIds, userId }))
    assert.deepInclude(kicked, { statusCode: 200 })
    assert.isEmpty(yield* emulator.onlineApps(userId))
    const unknown = yield* Effect.promise(() => sdk.kickUsers({ appIds, userId: "nobody" }))
    assert.deepInclude(unknown, { statusCode: 404, apiCode: 2004 })
    const stranger = new ManagementClient({ accessKeyId: key.accessKeyId, accessKeySecret: "wrong", host: url })
    const refused = yield* Effect.promise(() => stranger.kickUsers({ appIds, userId }))
    assert.deepInclude(refused, { apiCode: 1300 })
    const listed = yield* Effect.promise(() => sdk.listApplicationSimpleInfo({}))
    assert.deepInclude(listed, { statusCode: 200 })
  }).pipe(Effect.provide(server)),
)
