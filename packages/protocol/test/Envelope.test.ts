import { assert, describe, it } from "@effect/vitest"
import { Envelope, StatusCode } from "@genauth-effect/protocol"
import { Arbitrary, Schema } from "effect"

const read = (value: unknown) => Envelope.fromText(JSON.stringify(value))

const envelope = (value: unknown): Envelope.Envelope => {
  const reading = read(value)
  if (reading._tag === "Envelope") return reading
  throw new Error(`unreadable: ${reading.reason}`)
}

const reason = (text: string): string => {
  const reading = Envelope.fromText(text)
  return reading._tag === "Unreadable" ? reading.reason : "readable"
}

describe("the variants that samples and servers show", () => {
  it("V3 of today", () => {
    const success = envelope({ statusCode: 200, message: "ok", requestId: "r", data: { success: true } })
    assert.deepStrictEqual(success, {
      _tag: "Envelope",
      statusCode: 200,
      apiCode: undefined,
      message: "ok",
      requestId: "r",
      data: { success: true },
    })
    assert.isTrue(Envelope.success(success))
    const failure = envelope({ statusCode: 404, apiCode: 2004, message: "用户不存在", requestId: "r" })
    assert.strictEqual(failure.apiCode, 2004)
    assert.isUndefined(Envelope.success(failure))
  })
  it("placeholders 20001 and 0 mean nothing", () => {
    for (const apiCode of [20001, 0, "20001", "0"]) {
      const read = envelope({ statusCode: 200, apiCode, message: "", data: { success: true } })
      assert.isUndefined(read.apiCode)
      assert.isTrue(Envelope.success(read))
    }
  })
  it("V2: uniqueId, apiCode as a string, data null", () => {
    const read = envelope({ uniqueId: "u", statusCode: 499, apiCode: "2011", message: "应用不存在", data: null })
    assert.strictEqual(read.apiCode, 2011)
    assert.strictEqual(read.requestId, "u")
    assert.isUndefined(read.data)
  })
  it("apicode in lower case", () => {
    assert.strictEqual(envelope({ statusCode: 404, apicode: 2004 }).apiCode, 2004)
  })
  it("the first kick answers", () => {
    assert.isTrue(Envelope.success(envelope({ code: 200, data: true, message: "" })))
    assert.isTrue(Envelope.success(envelope({ code: 200, message: "" })))
    assert.strictEqual(envelope({ code: 404, message: "" }).statusCode, 404)
    assert.isUndefined(Envelope.success(envelope({ code: 200, data: false, message: "" })))
  })
  it("their failures, with null or nothing for data", () => {
    for (const rest of [{ data: null }, {}, { data: false }]) {
      const read = envelope({ code: 499, message: "x", ...rest })
      assert.deepInclude(read, { statusCode: 499, apiCode: undefined, message: "x" })
      assert.isUndefined(Envelope.success(read))
    }
    assert.strictEqual(envelope({ code: "404", message: "", data: null }).statusCode, 404)
  })
  it("a byte order mark in front", () => {
    const text = `\ufeff${JSON.stringify({ statusCode: 200, data: { success: true } })}`
    const read = Envelope.fromText(text)
    assert.isTrue(read._tag === "Envelope" && Envelope.success(read))
    assert.strictEqual(reason("\ufeff"), "empty body")
    assert.strictEqual(reason("\ufeff<html>"), "HTML instead of JSON")
    assert.strictEqual(reason("\ufeff\ufeff{}"), "not JSON")
    assert.strictEqual(reason('\ufeff{"statusCode":500,"statusCode":200}'), "a key stands twice")
  })
  it("success: false is a success envelope that says no", () => {
    assert.isFalse(Envelope.success(envelope({ statusCode: 200, data: { success: false } })))
  })
  it("a failure may spell its statusCode as a string, a success may not", () => {
    assert.strictEqual(envelope({ statusCode: "404", apiCode: 2004 }).statusCode, 404)
    assert.strictEqual(reason('{"statusCode":"200","data":{"success":true}}'), "statusCode 200 as a string")
  })
})

describe("what is no envelope", () => {
  const cases: ReadonlyArray<readonly [text: string, reason: string]> = [
    ["", "empty body"],
    [" \n", "empty body"],
    ["<!doctype html><html>", "HTML instead of JSON"],
    ['{"statusCode":200', "not JSON"],
    ["null", "not an object"],
    ["[1]", "not an object"],
    ["200", "not an object"],
    ["{}", "no statusCode"],
    ['{"statusCode":null}', "no statusCode"],
    ['{"code":200,"data":{"success":true}}', "no statusCode"],
    ['{"code":499,"data":{"success":true}}', "no statusCode"],
    ['{"code":200,"data":null}', "no statusCode"],
    ['{"code":"200","data":null}', "no statusCode"],
    ['{"code":"200","data":true}', "statusCode 200 as a string"],
    ['{"code":"ok","data":null}', "statusCode is not a whole number"],
    ['{"statusCode":null,"code":200,"data":true}', "no statusCode"],
    ['{"statusCode":200.5}', "statusCode is not a whole number"],
    ['{"statusCode":"ok"}', "statusCode is not a whole number"],
    ['{"statusCode":1e400}', "statusCode is not a whole number"],
    ['{"statusCode":{}}', "statusCode is not a whole number"],
    ['{"statusCode":500,"statusCode":200,"data":{"success":true}}', "a key stands twice"],
    ['{"statusCode":500,"status\\u0043ode":200,"data":{"success":true}}', "a key stands twice"],
    ['{"statusCode":200,"data":{"success":false,"success":true}}', "a key stands twice"],
    ['{"__proto__":{"statusCode":200,"data":{"success":true}}}', "a __proto__ key"],
    ['{"statusCode":200,"data":{"__proto__":{"success":true}}}', "a __proto__ key"],
  ]
  for (const [text, expected] of cases) {
    it(`${expected}: ${text.slice(0, 60)}`, () => assert.strictEqual(reason(text), expected))
  }
  it("an array of objects may repeat keys between them", () => {
    assert.strictEqual(reason('{"statusCode":200,"data":[{"a":1,"b":"}{,\\""},{"a":2,"b":[{"a":1}]}]}'), "readable")
  })
  it("a polluted Object.prototype is not read as a field", () => {
    Object.defineProperty(Object.prototype, "success", { value: true, configurable: true })
    try {
      assert.isUndefined(Envelope.success(envelope({ statusCode: 200, data: {} })))
    } finally {
      Reflect.deleteProperty(Object.prototype, "success")
    }
  })
})

describe("never throws", () => {
  it.prop("any JSON value", [Schema.Json], ([value]) => {
    const reading = Envelope.fromJson(value)
    assert.include(["Envelope", "Unreadable"], reading._tag)
    assert.deepStrictEqual(Envelope.fromText(JSON.stringify(value))._tag, reading._tag)
  })
  it.prop("any text", [Schema.String], ([text]) => {
    assert.include(["Envelope", "Unreadable"], Envelope.fromText(text)._tag)
  })
  it.prop("any status and payload", [Schema.Int, Arbitrary.schema(Schema.Json)], ([statusCode, data]) => {
    const reading = read({ statusCode, data })
    if (reading._tag === "Envelope") {
      assert.strictEqual(reading.statusCode, statusCode)
      if (Envelope.success(reading) === true && statusCode === StatusCode.ok)
        assert.propertyVal(Object(data), "success", true)
    }
  })
  it("any cut of a success is no success", () => {
    const text = JSON.stringify({ statusCode: 200, message: "ok", requestId: "r", data: { success: true } })
    for (let length = 0; length < text.length; length++) {
      assert.strictEqual(Envelope.fromText(text.slice(0, length))._tag, "Unreadable")
    }
  })
})
