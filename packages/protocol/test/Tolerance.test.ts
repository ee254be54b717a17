/** What the types of a signature rule out, and a caller without types sends: as the official SDK signs it. */
import { assert, describe, it } from "@effect/vitest"
import { Signature } from "@genauth-effect/protocol"
import { Arbitrary, Schema } from "effect"
import { createRequire } from "node:module"

interface OfficialSignature {
  readonly buildStringToSign: (method: string, path: string, headers: unknown, params: unknown) => string
}

// A dependency of the tests that cross packages; this one is the protocol's own.
const official: OfficialSignature = createRequire(new URL("../../../test/package.json", import.meta.url))(
  "authing-node-sdk/dist/utils/buildSignature",
)

const path = "/api/v3/kick-users"

/** As a program in JavaScript calls it. */
const ours: (input: {
  readonly method: string
  readonly path: string
  readonly headers: unknown
  readonly params: unknown
  readonly brand: string
}) => string = (input) => Reflect.apply(Signature.stringToSign, undefined, [input])

/** The SDK's ManagementHttpClient: `config.data || {}`, and its header class drops what is undefined or null. */
const theirs = (method: string, headers: object, params: unknown): string => {
  const kept = Object.entries(headers).filter(([, value]) => value !== undefined && value !== null)
  return official.buildStringToSign(method, path, Object.fromEntries(kept), params || {})
}

const signedByBoth = (headers: object, params: unknown) => ({
  ours: ["GET", "POST"].map((method) => ours({ method, path, headers, params, brand: "authing" })),
  theirs: ["GET", "POST"].map((method) => theirs(method, headers, params)),
})
const check = (headers: object, params: unknown): void => {
  const signed = signedByBoth(headers, params)
  assert.deepStrictEqual(signed.ours, signed.theirs)
}

class Named {
  readonly own = 1
  readonly toJSON = () => "named"
}

const weird: ReadonlyArray<readonly [what: string, value: unknown]> = [
  ["undefined", undefined],
  ["null", null],
  ["true", true],
  ["false", false],
  ["zero", 0],
  ["minus zero", -0],
  ["NaN", Number.NaN],
  ["infinity", Number.POSITIVE_INFINITY],
  ["a large number", 1e21],
  ["a bigint", 12n],
  ["no text", ""],
  ["a text", "te xt\t\n"],
  ["a text outside of the BMP", "😀x"],
  ["a lone surrogate", "\ud800"],
  ["an empty list", []],
  ["a list", [1, "a", undefined, null, [true]]],
  ["an object", { b: undefined, a: { c: [undefined] } }],
  ["a date", new Date(0)],
  ["a function", () => 1],
  ["a class", new Named()],
  ["no JSON", { toJSON: () => undefined }],
  ["a map", new Map([["a", 1]])],
]

describe("byte for byte what authing-node-sdk signs", () => {
  for (const [what, value] of weird) {
    it(`${what}, for params, in params and in a header`, () => {
      for (const [headers, params] of [
        [{ date: "d" }, value],
        [{ date: "d" }, { a: value, b: "x" }],
        [{ date: value, "x-authing-lang": value, accept: value }, { a: 1 }],
      ] as const) {
        const signed = signedByBoth(headers, params)
        assert.deepStrictEqual(signed.ours, signed.theirs)
      }
    })
  }
  // Without objects: one with a property `toString` makes the official function throw.
  const HeaderValue = Schema.Union([
    Schema.Undefined,
    Schema.Null,
    Schema.Boolean,
    Schema.BigInt,
    Schema.Finite,
    Schema.String,
    Schema.Array(Schema.Union([Schema.Undefined, Schema.String, Schema.Finite])),
  ])
  const Param = Schema.Union([Schema.Json, HeaderValue])
  const Name = Schema.Union([
    Schema.String,
    Schema.Literals(["date", "x-authing-lang", "x-authing-a", "x-authing-app-id", "__proto__"]),
  ])
  it.prop(
    "any params and any values of headers",
    { headers: Schema.Record(Name, HeaderValue), params: Arbitrary.schema(Param), inside: Param },
    ({ headers, inside, params }) => {
      check(headers, params)
      check(headers, { inside, "0": inside })
    },
    { arbitrary: { runs: 500 } },
  )
})

describe("what the official function throws for", () => {
  it("a header that is undefined or null is not sent, and not signed", () => {
    for (const nothing of [undefined, null]) {
      const headers = { date: nothing, "x-authing-lang": nothing, "x-authing-a": "a" }
      assert.throws(() => official.buildStringToSign("POST", path, headers, {}))
      assert.strictEqual(
        ours({ method: "POST", path, headers, params: {}, brand: "authing" }),
        official.buildStringToSign("POST", path, { "x-authing-a": "a" }, {}),
      )
    }
  })
  it("no headers at all, and values without a text", () => {
    for (const headers of [undefined, null]) {
      assert.strictEqual(ours({ method: "POST", path, headers, params: {}, brand: "authing" }), `POST\n${path}`)
    }
    const silent: unknown = Object.create(null)
    const headers = { date: silent }
    assert.strictEqual(ours({ method: "POST", path, headers, params: {}, brand: "authing" }), `POST\ndate:\n${path}`)
    const params = { a: Symbol("s") }
    assert.strictEqual(
      ours({ method: "POST", path, headers: {}, params, brand: "authing" }),
      `POST\n${path}?a=Symbol(s)`,
    )
  })
})
