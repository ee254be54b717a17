/** Our string to sign and the official SDK's own function, on requests that nobody wrote down. */
import { assert, describe, it } from "@effect/vitest"
import { Signature } from "@genauth-effect/protocol"
import { Arbitrary, Schema } from "effect"
import { createRequire } from "node:module"

interface OfficialSignature {
  readonly buildStringToSign: (method: string, path: string, headers: object, params: object) => string
  readonly buildAuthorization: (accessKeyId: string, accessKeySecret: string, stringToSign: string) => string
}

const official: OfficialSignature = createRequire(import.meta.url)("authing-node-sdk/dist/utils/buildSignature")

// Any UTF-16 text, lone surrogates and control characters included, which Schema.String alone seldom draws.
const Utf16 = Arbitrary.map(
  Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffff }))), {
    maxLength: 12,
  }),
  (units) => String.fromCharCode(...units),
)
const Value = Schema.Union([Schema.Json, Schema.Undefined, Schema.Boolean, Schema.Finite, Schema.String])
const Params = Schema.Record(Schema.String, Value)
const Method = Schema.Literals(["GET", "POST"])

describe("byte for byte what authing-node-sdk signs", () => {
  it.prop(
    "any params, headers and key",
    { method: Method, params: Params, text: Utf16, key: Utf16, tenant: Utf16, secret: Utf16 },
    ({ key, method, params, secret, tenant, text }) => {
      const headers = {
        "content-type": "application/json",
        "x-authing-app-id": ` ${tenant} `,
        "x-authing-lang": "en-US",
        "x-genauth-lang": "not signed",
        date: "Tue, 14 Nov 2023 22:13:20 GMT",
      }
      const request = { ...params, [key]: text, nested: { list: [text, undefined], none: undefined } }
      const path = "/api/v3/kick-users"
      const expected = official.buildStringToSign(method, path, headers, request)
      const input = { method, path, headers, params: request, brand: "authing" } as const
      assert.strictEqual(Signature.stringToSign(input), expected)
      const accessKeyId = "64c0ffee0000000000000001"
      assert.strictEqual(
        Signature.authorization({ ...input, accessKeyId, accessKeySecret: secret }),
        official.buildAuthorization(accessKeyId, secret, expected),
      )
    },
    { arbitrary: { runs: 500 } },
  )
  it("objects without a single value", () => {
    for (const params of [{}, { a: undefined }, { a: null }, { a: "" }, { a: undefined, b: undefined }, { a: [] }]) {
      const expected = official.buildStringToSign("POST", "/p", {}, params)
      assert.strictEqual(
        Signature.stringToSign({ method: "POST", path: "/p", headers: {}, params, brand: "authing" }),
        expected,
      )
    }
  })
})
