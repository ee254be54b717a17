/** The HttpClient layer: whatever a request holds its body in, the emulator reads it. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator } from "@genauth-effect/emulator"
import { Effect, Layer, Stream } from "effect"
import { HttpBody, HttpClient, HttpClientRequest } from "effect/http"
import { example, kick, userId } from "./wire.ts"

const emulated = Emulator.layerHttpClient.pipe(Layer.provideMerge(Emulator.layer(example)))

describe("a body", () => {
  const { body: text, headers, target } = kick()
  const bytes = new TextEncoder().encode(text)
  const bodies: Readonly<Record<string, HttpBody.HttpBody>> = {
    "as bytes": HttpBody.uint8Array(bytes, "application/json"),
    "as a text": HttpBody.raw(text, { contentType: "application/json" }),
    "as a blob": HttpBody.raw(new Blob([text]), { contentType: "application/json" }),
    "as a stream": HttpBody.stream(Stream.make(bytes.slice(0, 10), bytes.slice(10)), "application/json"),
  }
  for (const [how, body] of Object.entries(bodies)) {
    it.effect(how, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const request = HttpClientRequest.post(`http://emulated${target}`, { headers, body })
        const response = yield* HttpClient.execute(request)
        assert.deepInclude(yield* response.json, { statusCode: 200 })
        assert.isEmpty(yield* emulator.onlineApps(userId))
        const [received] = yield* emulator.requests
        assert.strictEqual(received?.body, text)
      }).pipe(Effect.provide(emulated)),
    )
  }
  it.effect("as a form, which no operation takes", () =>
    Effect.gen(function* () {
      const form = new FormData()
      form.set("userId", userId)
      const request = HttpClientRequest.post(`http://emulated${target}`, { headers, body: HttpBody.formData(form) })
      assert.deepInclude(yield* (yield* HttpClient.execute(request)).json, { statusCode: 400 })
      const [received] = yield* (yield* Emulator.Emulator).requests
      assert.include(received?.body, userId)
    }).pipe(Effect.provide(emulated)),
  )
})
