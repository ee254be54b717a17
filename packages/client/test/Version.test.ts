import { assert, it } from "@effect/vitest"
import { ManagementClient, Version } from "@genauth-effect/client"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { key, kicked, kickPath, make } from "./service.ts"

it.effect("requests name the version of the package", () =>
  Effect.gen(function* () {
    const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8")
    assert.include(manifest, `"version": "${Version.version}"`)
    const service = make({ [kickPath]: [kicked] })
    const client = yield* ManagementClient.make(key).pipe(Effect.provide(service.layer))
    yield* client.kickUsers({ appIds: ["a"], userId: "u" })
    assert.strictEqual(service.received[0]?.headers["x-genauth-sdk-version"], `genauth-effect:${Version.version}`)
  }),
)
