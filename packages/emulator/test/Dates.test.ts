/** The date of a signature: which forms are read, and what is said of the others. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator } from "@genauth-effect/emulator"
import { Brand } from "@genauth-effect/protocol"
import { codesOf, example, kick } from "./wire.ts"

// A Sunday, the example of RFC 9110.
const now = Date.UTC(1994, 10, 6, 8, 49, 37)

const codesFor = (date: string | undefined, headers: Readonly<Record<string, string>> = {}, at = now) =>
  codesOf(Emulator.makeUnsafe(example), kick({ headers: { date, ...headers } }), at)

describe("read", () => {
  for (const date of [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    String(now),
    `0${now}`,
  ]) {
    it(date, () => assert.deepInclude(codesFor(date), { statusCode: 200 }))
  }
  it("two digits of a year in either century", () => {
    const at = Date.UTC(2023, 10, 14, 22, 13, 20)
    assert.deepInclude(codesFor("Tuesday, 14-Nov-23 22:13:20 GMT", {}, at), { statusCode: 200 })
  })
  for (const date of ["Mon, 07 Nov 1994 08:49:37 GMT", "Monday, 07-Nov-94 08:49:37 GMT", "0", "5", "9".repeat(16)]) {
    it(`${date}, which is too far away`, () => assert.deepInclude(codesFor(date), { apiCode: 1305 }))
  }
})

describe("no date at all, though Date.parse takes many of them", () => {
  for (const date of [
    "hello 1",
    "yesterday at 5",
    "1994-11-06T08:49:37.000Z",
    "1994-11-06T08:49:37Z",
    "1994-11-06",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 +0000",
    "Sun, 06 Nov 1994 09:49:37 GMT+1",
    "sun, 06 nov 1994 08:49:37 gmt",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Mon, 06 Nov 1994 08:49:37 GMT",
    "06 Nov 1994 08:49:37 GMT",
    "Wed, 31 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:49:37 GMT",
    "Monday, 06-Nov-94 08:49:37 GMT",
    "Mon Nov  6 08:49:37 1994",
    "Sun Nov 06 1994 08:49:37 GMT+0000 (Coordinated Universal Time)",
    "November 6, 1994 08:49:37",
    "784111777.5",
    "-784111777000",
    "+784111777000",
    "0x1",
    "1e12",
    "NaN",
    "",
    "9".repeat(400),
  ]) {
    it(date.slice(0, 70), () => assert.deepInclude(codesFor(date), { statusCode: 400, apiCode: 1303 }))
  }
})

describe("the brand's own date header, which the C# SDK sends in place of date", () => {
  const header = `${Brand.profiles.genauth.headerPrefix}date`
  it("is read where there is no date", () => {
    assert.deepInclude(codesFor(undefined, { [header]: String(now) }), { statusCode: 200 })
    assert.deepInclude(codesFor(undefined, { [header]: "soon" }), { apiCode: 1303 })
    assert.deepInclude(codesFor(undefined), { apiCode: 1304 })
  })
  it("and not where there is one", () => {
    assert.deepInclude(codesFor("soon", { [header]: String(now) }), { apiCode: 1303 })
  })
})
