/** Two ways to test without a cloud: the emulator, which has state, and a double of single methods. */
import { assert, it } from "@effect/vitest"
import { ApiError, ManagementClient } from "@genauth-effect/client"
import { Emulator } from "@genauth-effect/emulator"
import { Effect } from "effect"
import { emulated, offboard } from "./04_test_your_own_code.ts"

const lin = "6319a1504f3aaaaf214dd5b2"
const mail = "62188e71c0de000000000001"

it.effect("a leaver is offline and stays out", () =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    assert.isNotEmpty(yield* emulator.onlineApps(lin))
    assert.isEmpty(yield* offboard("lin@example.com"))
    assert.isEmpty(yield* emulator.onlineApps(lin))
    assert.isFalse(yield* emulator.logIn(lin, mail))
  }).pipe(Effect.provide(emulated)),
)

// kickUsers is not implemented: calling it would end the test.
const withoutTheRight = ManagementClient.layerTest({
  getUser: () => Effect.succeed({ userId: lin }),
  updateUserStatus: () => Effect.fail(new ApiError.PermissionDenied({})),
})

it.effect("who cannot be suspended is not kicked either", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(offboard("lin@example.com"))
    assert.strictEqual(error._tag, "PermissionDenied")
  }).pipe(Effect.provide(withoutTheRight)),
)
