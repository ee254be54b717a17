import { assert, describe, it } from "@effect/vitest"
import { EmulatorFetch, Seed } from "@genauth-effect/emulator"
import { Brand, Operation, Signature } from "@genauth-effect/protocol"

const seed = Seed.example
const appIds = seed.applications.map((application) => application.appId)
const [userId = ""] = seed.users.map((user) => user.userId)
const [key = { accessKeyId: "", accessKeySecret: "" }] = seed.userPool.accessKeys
const profile = Brand.profiles.genauth

let nonce = 0
const signed = (
  params: object,
  changes: Readonly<Record<string, string | undefined>> = {},
  body = JSON.stringify(params),
) => {
  nonce += 1
  const wanted: Record<string, string | undefined> = {
    [profile.signatureNonceHeader]: `nonce-${nonce}`,
    [profile.signatureMethodHeader]: Signature.method,
    [profile.signatureVersionHeader]: Signature.version,
    date: new Date().toUTCString(),
    ...changes,
  }
  const headers = Object.fromEntries(
    Object.entries(wanted).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  const { method, path } = Operation.kickUsers
  const authorization = Signature.authorization({ method, path, headers, params, brand: "genauth", ...key })
  return new Request(`http://localhost${path}`, { method, headers: { authorization, ...headers }, body })
}

const codesOf = async (requests: ReadonlyArray<Request>) => {
  const { fetch } = EmulatorFetch.make(seed)
  const codes: Array<unknown> = []
  for (const request of requests) {
    const answer = await (await fetch(request)).json()
    codes.push(answer.apiCode ?? answer.statusCode)
  }
  return { codes }
}

describe("checks what the service is documented to check", () => {
  const params = { appIds, userId }
  const later = new Date(Date.now() + 3_600_000)
  const cases: ReadonlyArray<readonly [code: number, what: string, request: () => Request]> = [
    [200, "a signed kick", () => signed(params)],
    [200, "a date in Unix milliseconds", () => signed(params, { date: String(Date.now()) })],
    [1300, "a body other than the signed one", () => signed(params, {}, JSON.stringify({ ...params, userId: "x" }))],
    [1301, "another method", () => signed(params, { [profile.signatureMethodHeader]: "HMAC-SHA256" })],
    [1302, "another version", () => signed(params, { [profile.signatureVersionHeader]: "2.0" })],
    [1303, "a date that is none", () => signed(params, { date: "soon" })],
    [1304, "no date", () => signed(params, { date: undefined })],
    [1305, "a clock an hour ahead", () => signed(params, { date: later.toUTCString() })],
    [2020, "an unknown token", () => signed(params, { authorization: "Bearer x" })],
    [2004, "an unknown user", () => signed({ ...params, userId: "nobody" })],
    [2011, "an unknown application", () => signed({ appIds: [...appIds, "x"], userId })],
    [400, "no application", () => signed({ appIds: [], userId })],
    [400, "51 applications", () => signed({ appIds: Array.from({ length: 51 }, () => "x"), userId })],
    [400, "no JSON", () => signed(params, {}, "{")],
  ]
  for (const [code, what, request] of cases) {
    it(`${code}: ${what}`, async () => {
      const { codes } = await codesOf([request()])
      assert.deepStrictEqual(codes, [code])
    })
  }
  it("1306: a nonce that was used", async () => {
    const request = signed(params)
    const { codes } = await codesOf([request.clone(), request])
    assert.deepStrictEqual(codes, [200, 1306])
  })
})
