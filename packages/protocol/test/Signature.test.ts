import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { createHash, createHmac } from "node:crypto"
import { readFileSync } from "node:fs"
import { Brand, Signature } from "@genauth-effect/protocol"

interface Vector {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly body?: object
  readonly query?: object
  readonly stringToSign: string
  readonly stringToSignSha256: string
  readonly authorization: string
}

// The vectors were made by running the official SDKs; `{"$undefined": true}` stands for a JavaScript undefined.
const undefinedMark = '{"$undefined":true}'
const revive = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(revive)
  if (typeof value !== "object" || value === null) return value
  if (JSON.stringify(value) === undefinedMark) return undefined
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revive(inner)]))
}

const vectors: Record<Brand.Brand, ReadonlyArray<Vector>> = JSON.parse(
  readFileSync(new URL("fixtures/signature-vectors.json", import.meta.url), "utf8"),
)

for (const brand of Brand.brands) {
  describe(`the official vectors of ${brand}`, () => {
    for (const vector of vectors[brand]) {
      const input = { ...vector, brand, params: Object(revive(vector.body ?? vector.query)) }
      it(vector.name, async () => {
        const text = Signature.stringToSign(input)
        assert.strictEqual(text, vector.stringToSign)
        assert.strictEqual(createHash("sha256").update(text, "utf8").digest("hex"), vector.stringToSignSha256)
        assert.strictEqual(Signature.authorization(input), vector.authorization)
        assert.strictEqual(await Signature.authorizationWebCrypto(input), vector.authorization)
      })
    }
  })
}

describe("HMAC-SHA1 is what node:crypto makes of the same key and text", () => {
  const Length = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))
  // One byte, two, three and four, and half a character, at lengths around a block of 64 bytes and around 16 KiB.
  const text = (maximum: number) =>
    Arbitrary.map(
      Arbitrary.schema(Schema.Tuple([Schema.Literals(["k", "é", "汉", "😀", "\ud800"]), Length(maximum), Length(3)])),
      ([unit, length, more]) => unit.repeat(length) + "x".repeat(more),
    )
  it.prop(
    "of any length",
    [text(70), text(6000)],
    ([accessKeySecret, value]) => {
      const input = { method: "POST", path: "/p", headers: {}, params: { value }, brand: "genauth" } as const
      const signature = createHmac("sha1", accessKeySecret)
        .update(Signature.stringToSign(input), "utf8")
        .digest("base64")
      assert.strictEqual(
        Signature.authorization({ ...input, accessKeyId: "id", accessKeySecret }),
        `${Brand.profiles.genauth.scheme} id:${signature}`,
      )
    },
    { arbitrary: { runs: 500 } },
  )
})
