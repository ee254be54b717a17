/** No secret, token or signature in anything that can be seen, also when the server sends them back. */
import { assert, describe, it } from "@effect/vitest"
import { ApiError, Credentials, ManagementClient } from "@genauth-effect/client"
import { Brand } from "@genauth-effect/protocol"
import { Arbitrary, Cause, ConfigProvider, Effect, Exit, Layer, Metric, Redacted, Schema } from "effect"
import { inspect } from "node:util"
import { answering } from "./answering.ts"
import * as Collector from "./collector.ts"
import { key, type Received, secret, tokenPath } from "./service.ts"

const jwt = (claims: object) =>
  ["{}", JSON.stringify(claims), "a-token-signature"].map((part) => Buffer.from(part).toString("base64url")).join(".")
const token = jwt({ scoped_userpool_id: "pool-1" })

const json = (body: unknown, init?: ResponseInit) => Response.json(body, init)
const tokenAnswer = () =>
  json({ statusCode: 200, message: "", requestId: "t-1", data: { access_token: token, expires_in: 7200 } })

/** The texts of a request that belong to nobody else. */
const secretsOf = ({ headers }: Received): ReadonlyArray<string> => {
  const authorization = headers["authorization"] ?? ""
  return authorization === "" ? [] : [authorization.slice(Math.max(authorization.lastIndexOf(":"), 6) + 1)]
}

/** Everything a server knows of the request, in one text. */
const echo = (request: Received): string =>
  `you sent ${secretsOf(request).join(" ")} with ${JSON.stringify(request.headers)} and ${request.body} for ${secret}`

const failing =
  (statusCode: number, apiCode?: number) =>
  (request: Received): Response =>
    json({
      statusCode,
      ...(apiCode === undefined ? {} : { apiCode }),
      message: echo(request),
      requestId: echo(request),
      data: { echo: echo(request) },
    })

const page = (status: number) => (request: Received) =>
  new Response(`<html>${echo(request)}</html>`, { status, headers: { "content-type": "text/html" } })

const inHeaders = (status: number, body: string) => (request: Received) => {
  const [first = ""] = secretsOf(request)
  return new Response(body, {
    status,
    headers: {
      "retry-after": first,
      date: first,
      location: `https://x.example/${first}`,
      "x-echo": first,
      "content-type": first,
    },
  })
}

/** Answers of a server that sends back whatever it got. */
const echoes: Readonly<Record<string, (request: Received) => Response | Error>> = {
  "an unknown user": failing(404, 2004),
  "a wrong signature": failing(400, 1300),
  "a clock difference": failing(400, 1305),
  "a used signature": failing(400, 1306),
  "a refused token": failing(401, 2020),
  "a code nobody knows": failing(400, 987_654),
  "a throttle": failing(429),
  "a server fault": failing(500),
  "a status nobody knows": failing(777),
  "success: false": (request) =>
    json({ statusCode: 200, message: echo(request), requestId: echo(request), data: { success: false } }),
  "a success": (request) =>
    json({ statusCode: 200, message: echo(request), requestId: echo(request), data: { success: true } }),
  "a payload of another shape": (request) =>
    json({ statusCode: 200, message: echo(request), requestId: echo(request), data: { success: echo(request) } }),
  "codes that are texts": (request) => json({ statusCode: echo(request), apiCode: echo(request), message: 1 }),
  "an HTML page": page(502),
  "an HTML page under 200": page(200),
  "JSON cut short": (request) => new Response(JSON.stringify({ message: echo(request) }).slice(0, -1)),
  headers: inHeaders(503, ""),
  "headers of a redirect": inHeaders(307, ""),
  "headers of a success": inHeaders(200, '{"statusCode":200,"message":"","data":{"success":true}}'),
  "a broken connection": (request) => Object.assign(new Error(echo(request)), { code: echo(request) }),
  "a broken connection with a code": (request) => Object.assign(new Error(echo(request)), { code: "ECONNRESET" }),
}

const everyWay = (value: unknown): ReadonlyArray<string> => [
  inspect(value, { depth: 16, showHidden: true, getters: true, maxStringLength: null, maxArrayLength: null }),
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner)) ?? "",
  String(value),
]

const everyWayOfExit = (exit: Exit.Exit<unknown, ApiError.ApiError>): ReadonlyArray<string> => {
  const shown = [...everyWay(exit)]
  if (Exit.isSuccess(exit)) return [...shown, ...everyWay(exit.value)]
  shown.push(Cause.pretty(exit.cause), ...everyWay(exit.cause))
  for (const reason of exit.cause.reasons) {
    assert.isTrue(Cause.isFailReason(reason))
    if (!Cause.isFailReason(reason)) continue
    const { error } = reason
    shown.push(...everyWay(error), error.message, error.stack ?? "")
    shown.push(JSON.stringify(Schema.encodeSync(Schema.toCodecJson(ApiError.ApiError))(error)))
  }
  return shown
}

const hides = (shown: ReadonlyArray<string>, secrets: ReadonlyArray<string>, where: string) => {
  for (const text of shown) {
    for (const one of secrets) assert.isFalse(text.includes(one), `${where} shows ${one.slice(0, 8)}…: ${text}`)
  }
}

const calls: Readonly<Record<string, (client: ManagementClient.Service) => Effect.Effect<unknown, ApiError.ApiError>>> =
  {
    kickUsers: (client) => client.kickUsers({ appIds: ["a"], userId: "u" }),
    getUser: (client) => client.getUser({ userId: "u" }),
    updateUserStatus: (client) => client.updateUserStatus({ userId: "u", status: "Suspended" }),
  }

const optionsFor = (authentication: Credentials.Authentication): ManagementClient.Options => ({
  ...key,
  authentication,
  logUserId: true,
  retry: { attempts: 3, base: 0, cap: 0 },
  rateControl: { mode: "unlimited" },
})

const showsNothing = Effect.fnUntraced(function* (
  authentication: Credentials.Authentication,
  answer: (request: Received) => Response | Error,
) {
  for (const [name, call] of Object.entries(calls)) {
    const service = answering(answer)
    const collector = Collector.make()
    const options = optionsFor(authentication)
    yield* Effect.gen(function* () {
      const client = yield* ManagementClient.make(options)
      const exit = yield* Effect.exit(call(client))
      const snapshot = yield* Metric.snapshot
      assert.isNotEmpty(service.received)
      assert.isNotEmpty(collector.spans)
      assert.isNotEmpty(collector.logs)
      assert.isNotEmpty(collector.reports)
      const secrets = [secret, token, ...service.received.flatMap(secretsOf)]
      hides(everyWayOfExit(exit), secrets, `the exit of ${name}`)
      hides(collector.spans.flatMap(everyWay), secrets, "a span")
      for (const span of collector.spans) {
        hides(everyWay([...span.attributes, ...span.events]), secrets, "a span's attributes")
        if (span.status._tag === "Ended") hides(everyWay(span.status.exit), secrets, "a span's exit")
      }
      hides(collector.logs.flatMap(everyWay), secrets, "a log line")
      hides(collector.reports.flatMap(everyWay), secrets, "a report")
      hides(everyWay(snapshot), secrets, "a metric")
      hides([...everyWay(client), ...everyWay(options)], secrets, "the client")
    }).pipe(collector.collect, Effect.provide(service.layer))
  }
})

describe("a server that sends back what it got", () => {
  for (const [name, answer] of Object.entries(echoes)) {
    it.effect(`${name}: nothing of a signature`, () => showsNothing("signature", answer))
    it.effect(`${name}: nothing of a token`, () =>
      showsNothing("token", (request) => (request.url.endsWith(tokenPath) ? tokenAnswer() : answer(request))),
    )
    it.effect(`${name}, asked for a token: nothing of the secret`, () => showsNothing("token", answer))
  }
  it.effect("one that remembers: nothing of the signatures of earlier attempts", () => {
    const remembered: Array<string> = []
    return showsNothing("signature", (request) => {
      remembered.push(...secretsOf(request))
      return json({ statusCode: 503, message: remembered.join(" "), requestId: remembered[0] })
    })
  })
  it.effect("a token that cannot be used", () =>
    Effect.gen(function* () {
      for (const data of [
        { access_token: secret, expires_in: 7200 },
        { access_token: jwt({}), expires_in: 7200 },
        { access_token: token, expires_in: 0 },
        { access_token: token, expires_in: token },
        { access_token: [token], expires_in: 7200 },
      ]) {
        yield* showsNothing("token", () => json({ statusCode: 200, message: "", data }))
      }
    }),
  )
})

// Any text a secret could be, quotes, backslashes and half characters included.
const anySecret = Arbitrary.map(
  Arbitrary.array(
    Arbitrary.schema(
      Schema.Union([
        Schema.Int.check(Schema.isBetween({ minimum: 0x20, maximum: 0x7e })),
        Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffff })),
      ]),
    ),
    { minLength: 12, maxLength: 40 },
  ),
  (units) => String.fromCharCode(...units),
)

const uriEncoded = (text: string): string => {
  try {
    return encodeURIComponent(text)
  } catch {
    // Half a character has no such form.
    return text
  }
}

/** The ways in which a server may write what it got into its own text. */
const writings: Readonly<Record<string, (text: string) => string>> = {
  "as it is": (text) => text,
  "as JSON": (text) => JSON.stringify(text),
  "as a URI": uriEncoded,
}

it.effect.prop(
  "any secret, sent back in any writing",
  {
    accessKeySecret: anySecret,
    writing: Schema.Literals(Object.keys(writings)),
    code: Schema.Literals([200, 404, 500]),
  },
  ({ accessKeySecret, code, writing }) =>
    Effect.gen(function* () {
      const write = writings[writing] ?? String
      for (const authentication of ["signature", "token"] as const) {
        const service = answering((request) => {
          const text = `${write(accessKeySecret)} in ${request.body}: ${secretsOf(request).map(write).join(" ")}`
          return json({ statusCode: code, message: text, requestId: text, data: { success: true } })
        })
        const client = yield* ManagementClient.make({
          ...optionsFor(authentication),
          accessKeySecret: Redacted.make(accessKeySecret),
        }).pipe(Effect.provide(service.layer))
        const exit = yield* Effect.exit(client.kickUsers({ appIds: ["a"], userId: "u" }))
        const shown = Exit.isSuccess(exit)
          ? [exit.value.message, exit.value.requestId ?? ""]
          : exit.cause.reasons
              .filter(Cause.isFailReason)
              .flatMap(({ error }) => [error.message, error.serverMessage ?? "", error.requestId ?? ""])
        assert.isNotEmpty(shown)
        const secrets = [accessKeySecret, ...service.received.flatMap(secretsOf)]
        const forms = secrets.flatMap((one) => [one, JSON.stringify(one).slice(1, -1), uriEncoded(one)])
        hides(shown, forms, writing)
      }
    }),
  { arbitrary: { runs: 200 } },
)

describe("what is public", () => {
  it.effect("options, credentials and layers show no secret", () =>
    Effect.gen(function* () {
      const provider = ConfigProvider.layer(
        ConfigProvider.fromUnknown({ GENAUTH_ACCESS_KEY_ID: key.accessKeyId, GENAUTH_ACCESS_KEY_SECRET: secret }),
      )
      const options = yield* ManagementClient.configEnv.pipe(Effect.provide(provider))
      assert.strictEqual(Redacted.value(options.accessKeySecret), secret)
      const credentials = Credentials.signature(Brand.profiles.genauth, key, {})
      const request = { operation: { name: "o", method: "POST", path: "/" }, params: {} } as const
      const authorized = yield* credentials.authorize(request, 0, undefined)
      assert.isDefined(authorized)
      const service = answering(() => new Response(""))
      const layer = ManagementClient.layer(options).pipe(Layer.provide(service.layer))
      const context = yield* Layer.build(layer)
      for (const value of [options, key, credentials, layer, context, ManagementClient.layerEnv]) {
        hides(everyWay(value), [secret], "a public value")
      }
    }),
  )
  it.effect("a configuration that fails does not tell the rest of it", () =>
    Effect.gen(function* () {
      const provider = ConfigProvider.layer(
        ConfigProvider.fromUnknown({ GENAUTH_ACCESS_KEY_SECRET: secret, GENAUTH_BRAND: "neither" }),
      )
      const exit = yield* Effect.exit(ManagementClient.configEnv.pipe(Effect.provide(provider)))
      assert.isTrue(Exit.isFailure(exit))
      hides([...everyWay(exit), Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""], [secret], "a ConfigError")
    }),
  )
})
