import { assert, describe, it } from "@effect/vitest"
import { ApiCode, Classification, Remedy, StatusCode } from "@genauth-effect/protocol"
import { readFileSync } from "node:fs"

/** The statusCodes as they were researched: code, name, meaning, whether it may be repeated, and why. */
const researched = readFileSync(new URL("fixtures/status-codes.tsv", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => line.split("\t"))
  .map(([statusCode = "", name = "", , retryable = "", reason = ""]) => ({
    statusCode: Number(statusCode),
    name,
    retryable,
    reason,
  }))

describe("the apiCode table", () => {
  it("holds all 146 codes of the list, once each, in order", () => {
    assert.strictEqual(ApiCode.all.length, 146)
    const codes = ApiCode.all.map((row) => row.apiCode)
    assert.deepStrictEqual(
      codes,
      [...new Set(codes)].toSorted((a, b) => a - b),
    )
    assert.strictEqual(new Set(ApiCode.all.map((row) => row.name)).size, 146)
  })
  it("says everything about each", () => {
    for (const row of ApiCode.all) {
      assert.match(row.name, /^[A-Z][A-Za-z]+$/)
      assert.isNotEmpty(row.meaning)
      assert.isNotEmpty(Remedy.ofApiCode(row.apiCode))
      assert.isNotEmpty(row.source)
      assert.include(Classification.categories, row.category)
      assert.strictEqual(ApiCode.get(row.apiCode), row)
    }
  })
  it("retries only what the reference says may pass", () => {
    const kinds = (kind: Classification.RetryKind) =>
      ApiCode.all.filter((row) => row.retry === kind).map((row) => row.apiCode)
    assert.deepStrictEqual(kinds("backoff"), [1000])
    assert.deepStrictEqual(kinds("clock"), [1305])
    assert.deepStrictEqual(kinds("resign"), [1306])
    assert.deepStrictEqual(kinds("renewToken"), [2020, 2206, 2207])
  })
  it("does not know a code that is not there", () => assert.isUndefined(ApiCode.get(424_242)))
})

describe("the statusCode table", () => {
  it("holds each code once and says everything about it", () => {
    const codes = StatusCode.all.map((row) => row.statusCode)
    assert.deepStrictEqual(
      codes,
      [...new Set(codes)].toSorted((a, b) => a - b),
    )
    for (const row of StatusCode.all) {
      assert.match(row.name, /^[A-Z][A-Za-z]+Error$/)
      assert.isNotEmpty(row.meaning)
      assert.isNotEmpty(Remedy.ofStatusCode(row.statusCode))
      assert.include(["yes", "maybe", "no"], row.met)
      assert.strictEqual(StatusCode.get(row.statusCode), row)
    }
  })
  it("retries only what the reference says may pass", () => {
    const retried = StatusCode.all.filter((row) => row.retry === "backoff").map((row) => row.statusCode)
    assert.deepStrictEqual(retried, [429, 500, 502, 503, 504, 601])
  })
  it("is the researched list, without success", () => {
    assert.deepStrictEqual(
      StatusCode.all.map((row) => row.statusCode),
      researched.map(({ statusCode }) => statusCode).filter((statusCode) => statusCode !== StatusCode.ok),
    )
    for (const { name, retryable, statusCode } of researched) {
      if (statusCode === StatusCode.ok) continue
      const row = StatusCode.get(statusCode)
      // 504 has no name of the vendor's.
      if (/^\w+$/.test(name)) assert.strictEqual(row?.name, name)
      const kinds: Readonly<Record<string, Classification.RetryKind>> = { no: "never", once: "renewToken" }
      assert.strictEqual(row?.retry, kinds[retryable] ?? "backoff", name)
    }
  })
  it("says whether kick-users can answer it: all but the one that is not expected for a kick", () => {
    for (const { reason, statusCode } of researched) {
      if (statusCode === StatusCode.ok) continue
      const isMet = StatusCode.get(statusCode)?.met !== "no"
      assert.strictEqual(isMet, reason !== "not expected for kick", String(statusCode))
    }
    const surely = StatusCode.all.filter(({ met }) => met === "yes").map(({ statusCode }) => statusCode)
    assert.deepStrictEqual(surely, [400, 401, 403, 404, 429, 499, 500, 502, 503])
  })
})
