import { assert, describe, it } from "@effect/vitest"
import { ManagementClient } from "@genauth-effect/client"
import { ConfigProvider, Effect } from "effect"
import { readFileSync } from "node:fs"

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")

describe("the README", () => {
  it.effect("names every variable that layerEnv reads", () =>
    Effect.gen(function* () {
      const names = [...readme.matchAll(/^\| `(GENAUTH_[A-Z_]+)`/gm)].map((match) => match[1] ?? "")
      assert.strictEqual(names.length, 8)
      const values = Object.fromEntries(names.map((name) => [name, "10"]))
      const provider = ConfigProvider.layer(
        ConfigProvider.fromUnknown({ ...values, GENAUTH_BRAND: "authing", GENAUTH_AUTHENTICATION: "token" }),
      )
      const options = yield* ManagementClient.configEnv.pipe(Effect.provide(provider))
      assert.strictEqual(Object.values(options).filter((value) => value !== undefined).length, 8)
    }),
  )
})
