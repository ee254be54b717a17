/** What holds for every value, not only for those somebody thought of. */
import { assert, describe, it } from "@effect/vitest"
import {
  ApiError,
  Applications,
  KickUsers,
  type Credentials,
  ManagementClient,
  Sessions,
  User,
  Users,
} from "@genauth-effect/client"
import { Brand, Signature } from "@genauth-effect/protocol"
import { Arbitrary, Cause, Duration, Effect, Equal, Exit, Redacted, Result, Schema } from "effect"
import { answering } from "./answering.ts"
import { key, type Received, tokenPath } from "./service.ts"

const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

// JSON knows neither undefined nor -0, and to the DTOs null is absent.
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, inner: unknown) => (inner === null ? undefined : inner)))

const roundTrips = (
  name: string,
  schema: Schema.Codec<unknown, unknown>,
  values: Arbitrary.Arbitrary<unknown> = Arbitrary.schema(schema),
) => {
  const codec = Schema.toCodecJson(schema)
  const encode = Schema.encodeSync(codec)
  const decode = Schema.decodeUnknownSync(codec)
  it.prop(
    name,
    [values],
    ([value]) => {
      const json = parsed(encode(value))
      const back = decode(json)
      assert.deepStrictEqual(parsed(encode(back)), json)
      assert.deepStrictEqual(plain(back), plain(value))
      assert.isTrue(Schema.is(schema)(back))
    },
    { arbitrary: { runs: 100 } },
  )
}

describe("round trip through JSON", () => {
  roundTrips("UserIdType", KickUsers.UserIdType)
  roundTrips("KickUsersOptionsDto", KickUsers.KickUsersOptionsDto)
  roundTrips("KickUsersDto", KickUsers.KickUsersDto)
  roundTrips("IsSuccessDto", KickUsers.IsSuccessDto)
  roundTrips("IsSuccessRespDto", KickUsers.IsSuccessRespDto)
  roundTrips("User", User.User)
  roundTrips("CheckSessionStatusDto", Sessions.CheckSessionStatusDto)
  roundTrips("SessionStatusDto", Sessions.SessionStatusDto)
  roundTrips("GetUserLoggedInAppsDto", Sessions.GetUserLoggedInAppsDto)
  roundTrips("UserLoggedInAppDto", Sessions.UserLoggedInAppDto)
  roundTrips("ListApplicationActiveUsersDto", Sessions.ListApplicationActiveUsersDto)
  roundTrips("ListApplicationSimpleInfoDto", Applications.ListApplicationSimpleInfoDto)
  roundTrips("ApplicationSimpleInfoDto", Applications.ApplicationSimpleInfoDto)
  roundTrips("ApplicationSimpleInfoListDto", Applications.ApplicationSimpleInfoListDto)
  roundTrips("UserDto", Users.UserDto)
  roundTrips("UserListDto", Users.UserListDto)
  roundTrips("GetUserDto", Users.GetUserDto)
  roundTrips(
    "IsUserExistsDto",
    Users.IsUserExistsDto,
    Arbitrary.map(
      Arbitrary.schema(
        Schema.Tuple([Schema.Literals(["username", "email", "phone", "externalId"]), Schema.NonEmptyString]),
      ),
      ([attribute, value]) => ({ [attribute]: value }),
    ),
  )
  roundTrips("IsUserExistsRespDto", Users.IsUserExistsRespDto)
  roundTrips("UpdateUserStatusDto", Users.UpdateUserStatusDto)
})

// The client's durations are whole milliseconds; finer ones are rounded to what a JSON number holds.
const comparable = (value: unknown): unknown => (Duration.isDuration(value) ? Duration.toMillis(value) : value)

describe("every error survives JSON", () => {
  for (const member of ApiError.ApiError.members) {
    const schema: Schema.Codec<ApiError.ApiError, unknown> = member
    const codec = Schema.toCodecJson(schema)
    const encode = Schema.encodeSync(codec)
    const decode = Schema.decodeUnknownSync(codec)
    it.prop(
      member.fields._tag.schema.literal,
      [schema],
      ([error]) => {
        const back = decode(parsed(encode(error)))
        assert.isTrue(back instanceof member)
        assert.strictEqual(String(back), String(error))
        for (const field of Object.keys(member.fields)) {
          const [was, is] = [comparable(Reflect.get(error, field)), comparable(Reflect.get(back, field))]
          assert.isTrue(was === is || Equal.equals(was, is), field)
        }
      },
      { arbitrary: { runs: 30 } },
    )
  }
})

describe("what is sent is what was asked for, and it is what was signed", () => {
  const sent = Effect.fnUntraced(function* (
    brand: Brand.Brand,
    call: (client: ManagementClient.Service) => Effect.Effect<unknown, ApiError.ApiError>,
  ) {
    const service = answering(() => Response.json({ statusCode: 404, message: "" }))
    const client = yield* ManagementClient.make({ ...key, brand, retry: false }).pipe(Effect.provide(service.layer))
    yield* Effect.exit(call(client))
    const [request] = service.received
    assert.strictEqual(service.received.length, 1)
    return request ?? { method: "", url: "", headers: {}, body: "" }
  })
  const assertSigned = (brand: Brand.Brand, { headers, method, url }: Received, params: object) => {
    const path = new URL(url).pathname
    const accessKeySecret = Redacted.value(key.accessKeySecret)
    const input = { method, path, headers, params, brand, accessKeyId: key.accessKeyId, accessKeySecret }
    assert.strictEqual(headers["authorization"], Signature.authorization(input))
  }
  // A URL cannot hold half a character; it becomes U+FFFD there, and in what is signed.
  const inUrl = (value: unknown) => String(value).replaceAll(/\p{Surrogate}/gu, "\ufffd")
  const brand = Schema.Literals(Brand.brands)
  const options = { arbitrary: { runs: 200 } }
  it.effect.prop(
    "any kick, as a body",
    [brand, KickUsers.KickUsersDto],
    ([brand, dto]) =>
      Effect.gen(function* () {
        const request = yield* sent(brand, (client) => client.kickUsers(dto))
        const params = JSON.parse(request.body)
        assert.deepStrictEqual(params, parsed(dto))
        assertSigned(brand, request, params)
      }),
    options,
  )
  it.effect.prop(
    "any page of applications, as a query",
    [brand, Applications.ListApplicationSimpleInfoDto],
    ([brand, dto]) =>
      Effect.gen(function* () {
        const request = yield* sent(brand, (client) => client.listApplicationSimpleInfo(dto))
        const params = Object.fromEntries(new URL(request.url).searchParams)
        const expected = Object.entries(dto).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, inUrl(value)]],
        )
        assert.deepStrictEqual(params, Object.fromEntries(expected))
        assert.strictEqual(request.body, "")
        assertSigned(brand, request, params)
      }),
    options,
  )
  it.effect.prop(
    "any user, as a query",
    [brand, Users.GetUserDto],
    ([brand, dto]) =>
      Effect.gen(function* () {
        const request = yield* sent(brand, (client) => client.getUser(dto))
        const params = Object.fromEntries(new URL(request.url).searchParams)
        assert.strictEqual(params["userId"], inUrl(dto.userId))
        assertSigned(brand, request, params)
      }),
    options,
  )
})

const Byte = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))

describe("a list of applications that resembles one from before", () => {
  // Few different ids, so that lists repeat, begin alike and differ late; one is empty, one too long to be remembered.
  const AppId = Schema.Literals([
    "a",
    "b",
    "c",
    "",
    "long".repeat(4096),
    ...Array.from({ length: 80 }, (_, at) => `n${at}`),
  ])
  const Lists = Arbitrary.array(
    Arbitrary.map(
      Arbitrary.schema(Schema.Struct({ first: AppId, rest: Schema.Array(AppId), times: Byte })),
      (drawn) => [...Array.from({ length: drawn.times % 60 }, () => "a"), drawn.first, ...drawn.rest],
    ),
    { maxLength: 100 },
  )
  it.effect.prop(
    "is sent and refused by what it holds itself",
    [Lists],
    ([lists]) =>
      Effect.gen(function* () {
        const service = answering(() => Response.json({ statusCode: 200, message: "", data: { success: true } }))
        const client = yield* ManagementClient.make({ ...key, retry: false }).pipe(Effect.provide(service.layer))
        // The caller's own list, which he goes on using: the same object with other ids.
        const appIds: Array<string> = []
        for (const list of [...lists, ...lists.toReversed()]) {
          appIds.splice(0, appIds.length, ...list)
          const sentBefore = service.received.length
          const result = yield* Effect.result(client.kickUsers({ appIds, userId: "u" }))
          if (Schema.is(KickUsers.KickUsersDto)({ appIds: list, userId: "u" })) {
            assert.isTrue(Result.isSuccess(result))
            assert.deepStrictEqual(JSON.parse(service.received[sentBefore]?.body ?? ""), { appIds: list, userId: "u" })
          } else {
            const field = list.includes("") ? `appIds[${list.indexOf("")}]` : "appIds"
            assert.strictEqual(Result.isFailure(result) && "field" in result.failure && result.failure.field, field)
            assert.strictEqual(service.received.length, sentBefore)
          }
        }
      }),
    { arbitrary: { runs: 60 } },
  )
})

const Status = Schema.Union([
  Schema.Literals([200, 201, 204, 301, 307, 400, 401, 403, 404, 408, 413, 425, 429, 499, 500, 502, 503, 504, 599]),
  Schema.Int.check(Schema.isBetween({ minimum: 200, maximum: 599 })),
])
const HeaderText = Schema.Literals([
  "",
  "0",
  "-1",
  "1e9",
  "NaN",
  "99999999999999999999",
  "Tue, 14 Nov 2023 22:13:20 GMT",
  "never",
  "gzip",
  "application/json",
  "application/problem+json; charset=utf-8",
  "text/html",
  "text/plain;charset=UTF-8",
  ";",
  "\u00e9",
])
const OddHeaders = Schema.Record(
  Schema.Literals(["content-type", "retry-after", "date", "location", "x-request-id", "content-length"]),
  HeaderText,
)
// What a field of an envelope may turn out to be.
const Odd = Schema.Union([
  Schema.Json,
  Schema.Literals([200, 0, -1, 404, 429, 500, 1305, 1306, 2004, 2020, 20001, 2.5, 1e300]),
  Schema.Literals(["200", "2004", "", " 200 ", "0x7d4", "success"]),
])
const OddData = Schema.Union([
  Odd,
  Schema.Struct({ success: Odd }),
  Schema.Struct({ success: Schema.Boolean }),
  Schema.Struct({ access_token: Odd, expires_in: Odd }),
  Schema.Struct({ totalCount: Odd, list: Odd }),
])
const OddEnvelope = Schema.Struct({
  statusCode: Schema.Union([Schema.Literal(200), Odd]),
  apiCode: Schema.optionalKey(Odd),
  message: Schema.optionalKey(Odd),
  requestId: Schema.optionalKey(Odd),
  uniqueId: Schema.optionalKey(Odd),
  code: Schema.optionalKey(Odd),
  data: Schema.optionalKey(OddData),
})
const success = '{"statusCode":200,"message":"ok","requestId":"r-1","data":{"success":true}}'

const bytes = Arbitrary.map(Arbitrary.array(Arbitrary.schema(Byte), { maxLength: 200 }), (all) => Uint8Array.from(all))
const envelope = Arbitrary.map(Arbitrary.schema(OddEnvelope), (value) => JSON.stringify(value))
// A good answer with a few characters lost, doubled or replaced.
const mutated = Arbitrary.map(
  Arbitrary.array(
    Arbitrary.schema(
      Schema.Tuple([
        Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: success.length })),
        Schema.Literals(["", "0", '"', "{", "}", "[", ",", ":", "\\", "\u0000", "\ud800", "false", "null", " "]),
        Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3 })),
      ]),
    ),
    { minLength: 1, maxLength: 3 },
  ),
  (edits) => edits.reduce((text, [at, put, lost]) => text.slice(0, at) + put + text.slice(at + lost), success),
)

const jwt = (claims: object) =>
  ["{}", JSON.stringify(claims), "s"].map((part) => Buffer.from(part).toString("base64url")).join(".")
const goodToken = () =>
  Response.json({
    statusCode: 200,
    message: "",
    data: { access_token: jwt({ scoped_userpool_id: "pool-1" }), expires_in: 7200 },
  })

const nullBody = new Set([204, 205, 304])

interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: Uint8Array<ArrayBuffer> | string
}

const responseOf = ({ body, headers, status }: Answer) =>
  new Response(nullBody.has(status) ? null : body, { status, headers })

const calls: ReadonlyArray<(client: ManagementClient.Service) => Effect.Effect<unknown, ApiError.ApiError>> = [
  (client) => client.kickUsers({ appIds: ["a"], userId: "u" }),
  (client) => client.kickPublicAccounts({ appIds: ["a"], userId: "u" }),
  (client) => client.checkSessionStatus({ appId: "a", userId: "u" }),
  (client) => client.listApplicationSimpleInfo({}),
  (client) => client.getUserLoggedInApps({ userId: "u" }),
  (client) => client.listApplicationActiveUsers({ appId: "a" }),
  (client) => client.isUserExists({ username: "u" }),
  (client) => client.getUser({ userId: "u" }),
  (client) => client.updateUserStatus({ userId: "u", status: "Suspended" }),
]

/** Whether a text says that a kick succeeded, read in the plainest way there is. */
const saysSuccess = (text: string): boolean => {
  const json: unknown = JSON.parse(text)
  if (typeof json !== "object" || json === null) return false
  const field = (name: string): unknown => Reflect.get(json, name)
  const data = field("data")
  if (field("statusCode") === 200) {
    return typeof data === "object" && data !== null && Reflect.get(data, "success") === true
  }
  // The first kick answers: {code: 200, data: true}, or without data.
  return field("code") === 200 && (data === true || data === undefined)
}

const endsWell = Effect.fnUntraced(function* (answer: Answer) {
  for (const authentication of ["signature", "token"] satisfies ReadonlyArray<Credentials.Authentication>) {
    for (const isTokenBroken of authentication === "token" ? [false, true] : [false]) {
      const service = answering(({ url }) =>
        url.endsWith(tokenPath) && !isTokenBroken ? goodToken() : responseOf(answer),
      )
      const client = yield* ManagementClient.make({
        ...key,
        authentication,
        retry: false,
        rateControl: { mode: "unlimited" },
      }).pipe(Effect.provide(service.layer))
      for (const [number, call] of calls.entries()) {
        const exit = yield* Effect.exit(call(client))
        if (Exit.isFailure(exit)) {
          assert.isTrue(exit.cause.reasons.every(Cause.isFailReason), Cause.pretty(exit.cause))
          const error = exit.cause.reasons.find(Cause.isFailReason)?.error
          assert.isTrue(ApiError.isApiError(error))
          if (error === undefined) continue
          assert.isAtLeast(error.attempts, 1)
          assert.strictEqual(typeof JSON.stringify(error), "string")
        } else if (number < 2) {
          assert.isTrue(answer.status >= 200 && answer.status < 300, `HTTP ${answer.status}`)
          const text = typeof answer.body === "string" ? answer.body : new TextDecoder().decode(answer.body)
          assert.isTrue(saysSuccess(text), text)
        }
      }
    }
  }
})

describe("any answer ends in a typed error or a true success", () => {
  const header = Arbitrary.schema(OddHeaders)
  const status = Arbitrary.schema(Status)
  const options = { arbitrary: { runs: 150 } }
  it.effect.prop("any bytes", { body: bytes, headers: header, status }, endsWell, options)
  it.effect.prop("an envelope of anything", { body: envelope, headers: header, status }, endsWell, options)
  it.effect.prop(
    "an envelope of anything, under HTTP 200",
    [envelope],
    ([body]) => endsWell({ body, headers: { "content-type": "application/json" }, status: 200 }),
    options,
  )
  it.effect.prop(
    "a success with a few characters changed",
    [mutated],
    ([body]) => endsWell({ body, headers: { "content-type": "application/json" }, status: 200 }),
    options,
  )
})
