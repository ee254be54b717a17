/** Looks at everything a kick needs, one after the other, and kicks nobody. */
import { type ApiError, LocalErrors, ManagementClient } from "@genauth-effect/client"
import { Brand, Remedy } from "@genauth-effect/protocol"
import * as UndiciHttpClient from "@genauth-effect/undici/UndiciHttpClient"
import * as Clock from "effect/Clock"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Result from "effect/Result"
import * as Dns from "node:dns/promises"
import * as Net from "node:net"
import * as Tls from "node:tls"
import * as Connection from "../Connection.ts"
import { Ended, exitCodes } from "../ExitCode.ts"
import { Json } from "../globalFlags.ts"
import { outputStyle } from "../screen/Screen.ts"
import { systemCodeOf } from "../systemCode.ts"

/** What was found. */
interface Check {
  readonly name: string
  readonly status: "ok" | "failed" | "skipped"
  readonly detail: string
  /** What to do. */
  readonly remedy?: string | undefined
}

const ok = (name: string, detail: string): Check => ({ name, status: "ok", detail })
const failed = (name: string, detail: string, remedy: string): Check => ({ name, status: "failed", detail, remedy })

const bare = (hostname: string): string => hostname.replace(/^\[|\]$/g, "")

const dns = (url: URL): Effect.Effect<Check> =>
  Net.isIP(bare(url.hostname)) !== 0
    ? Effect.succeed(ok("dns", `${url.hostname} is an address`))
    : Effect.tryPromise({ try: () => Dns.lookup(url.hostname, { all: true }), catch: systemCodeOf }).pipe(
        Effect.timeout("10 seconds"),
        Effect.match({
          onSuccess: (found) => ok("dns", `${url.hostname} is ${found.map(({ address }) => address).join(", ")}`),
          onFailure: (error) =>
            failed(
              "dns",
              `${url.hostname}: ${typeof error === "string" ? error : "no answer in time"}`,
              "Check GENAUTH_HOST and the name server of this machine.",
            ),
        }),
      )

const isLoopback = ({ hostname }: URL): boolean => /^(localhost|127\..*|\[::1\])$/.test(hostname)

const noAnswer = new Set(["ECONNREFUSED", "ECONNRESET", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT", "ENOTFOUND"])
const noTls = new Set(["EPROTO", "ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG"])

/** What a connection that failed says, and what to do about it. */
const unconnected = (url: URL, code: string): Check => {
  if (noAnswer.has(code)) {
    return failed(
      "tls",
      `${url.host} does not answer: ${code}`,
      "Check the host and the port in GENAUTH_HOST, and firewalls and proxies on the way.",
    )
  }
  return noTls.has(code)
    ? failed(
        "tls",
        `${url.host} does not speak TLS: ${code}`,
        "Write http:// in GENAUTH_HOST if it is a service on this machine; else name the port that speaks TLS.",
      )
    : failed(
        "tls",
        code,
        "If the host has a CA of its own, name its file in NODE_EXTRA_CA_CERTS. Checks are never switched off.",
      )
}

/** Connects, with what `begin` makes, and tells what `connected` finds. */
const connection = <A extends Net.Socket>(
  url: URL,
  begin: (host: string, defaultPort: string) => A,
  event: "connect" | "secureConnect",
  connected: (socket: A) => Check,
): Effect.Effect<Check> =>
  Effect.callback<Check>((resume) => {
    const socket = begin(bare(url.hostname), url.protocol === "https:" ? "443" : "80")
    const end = (check: Check) => {
      socket.destroy()
      resume(Effect.succeed(check))
    }
    socket.setTimeout(10_000, () => end(unconnected(url, "ETIMEDOUT")))
    socket.once(event, () => end(connected(socket)))
    socket.once("error", (error) => end(unconnected(url, systemCodeOf(error))))
    return Effect.sync(() => socket.destroy())
  })

const tls = (url: URL): Effect.Effect<Check> =>
  url.protocol === "https:"
    ? connection(
        url,
        (host, port) =>
          Tls.connect({ host, port: Number(url.port || port), ...(Net.isIP(host) === 0 ? { servername: host } : {}) }),
        "secureConnect",
        (socket) => {
          const { subject, valid_to } = socket.getPeerCertificate()
          return ok("tls", `${socket.getProtocol() ?? "TLS"}, certificate of ${String(subject?.CN)} until ${valid_to}`)
        },
      )
    : connection(
        url,
        (host, port) => Net.connect({ host, port: Number(url.port || port) }),
        "connect",
        () =>
          isLoopback(url)
            ? ok("tls", `none: ${url.origin} stays on this machine`)
            : failed("tls", `${url.origin} is plain HTTP: whoever listens can read and change calls`, "Use https."),
      )

// Half the tolerance that other services of this kind have; this one publishes none.
const toleratedMillis = 60_000

const silent = failed("clock", "the service does not answer", "Check GENAUTH_HOST and the way there.")

const clock = (url: URL): Effect.Effect<Check, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const asked = yield* Clock.currentTimeMillis
    const answer = yield* HttpClient.get(url)
    const now = yield* Clock.currentTimeMillis
    const server = Date.parse(answer.headers["date"] ?? "")
    if (Number.isNaN(server)) {
      return failed(
        "clock",
        "the answer has no Date header",
        "Check that no proxy takes it off; 1305 cannot be mended.",
      )
    }
    // The header has whole seconds, cut off: half a second is added.
    const offset = server + 500 - (asked + now) / 2
    const seconds = Math.round(Math.abs(offset) / 1000)
    const detail =
      seconds <= 1
        ? "this clock and the service's agree within a second"
        : `this clock is ${seconds} s ${offset < 0 ? "ahead of" : "behind"} the service's`
    return Math.abs(offset) <= toleratedMillis
      ? ok("clock", detail)
      : failed("clock", detail, "Set the clock of this machine (NTP). Signatures are refused otherwise (1305).")
  }).pipe(
    Effect.timeout("10 seconds"),
    Effect.match({
      onSuccess: (check) => check,
      onFailure: () => silent,
    }),
  )

const remedyOf = (error: ApiError.ApiError): string =>
  (error.apiCode === undefined ? undefined : Remedy.ofApiCode(error.apiCode)) ??
  (error.statusCode === undefined ? undefined : Remedy.ofStatusCode(error.statusCode)) ??
  LocalErrors.all.find(({ name }) => name === error._tag)?.remedy ??
  `Look it up: genauth-kick explain ${error._tag}`

// No call of kick-users: that would be a kick. Reading needs the same key, not surely the same right.
const access = Effect.fnUntraced(function* (client: ManagementClient.Service): Effect.fn.Return<ReadonlyArray<Check>> {
  const asked = yield* Effect.result(client.isUserExists({ username: "genauth-kick-doctor" }))
  if (Result.isFailure(asked)) {
    const error = asked.failure
    const isPermission = error.category === "permission"
    const credentials = isPermission
      ? ok("credentials", "the access key is accepted")
      : failed("credentials", error.message, remedyOf(error))
    const permission: Check = isPermission
      ? failed("permission", error.message, remedyOf(error))
      : { name: "permission", status: "skipped", detail: "needs credentials" }
    const needs = isPermission ? "needs permission" : "needs credentials"
    return [credentials, permission, { name: "round trip", status: "skipped", detail: needs }]
  }
  const listed = yield* Effect.result(client.listApplicationSimpleInfo({ page: 1, limit: 1 }))
  const permission = Result.isFailure(listed)
    ? failed("permission", listed.failure.message, remedyOf(listed.failure))
    : ok(
        "permission",
        `may read users and ${listed.success.totalCount} applications; only a kick shows that it may kick`,
      )
  return [ok("credentials", "the access key is accepted"), permission, yield* roundTrip(client)]
})

const roundTrips = 5

const roundTrip = (client: ManagementClient.Service): Effect.Effect<Check> =>
  Effect.gen(function* () {
    const times: Array<number> = []
    for (let trip = 0; trip < roundTrips; trip++) {
      const [duration] = yield* Effect.timed(client.isUserExists({ username: "genauth-kick-doctor" }))
      times.push(Duration.toMillis(duration))
    }
    const sorted = times.toSorted((a, b) => a - b)
    const median = sorted[Math.floor(roundTrips / 2)] ?? 0
    return ok("round trip", `${median.toFixed(1)} ms, median of ${roundTrips}`)
  }).pipe(Effect.catch((error) => Effect.succeed(failed("round trip", error.message, remedyOf(error)))))

const skipped = (names: ReadonlyArray<string>, why: string): ReadonlyArray<Check> =>
  names.map((name) => ({ name, status: "skipped", detail: why }))

const rest = ["dns", "tls", "clock", "credentials", "permission", "round trip"]

const examine = Effect.gen(function* () {
  const found = yield* Effect.result(Connection.options)
  if (Result.isFailure(found)) {
    const { message } = found.failure
    return [
      failed("configuration", message, "See the README for all variables."),
      ...skipped(rest, "needs the configuration"),
    ]
  }
  const options = found.success
  const client = yield* Effect.result(ManagementClient.make({ ...options, retry: false }))
  const baseUrl = ManagementClient.baseUrl(options)
  if (Result.isFailure(client) || Result.isFailure(baseUrl)) {
    const refused = Result.isFailure(client) ? client.failure : Result.isFailure(baseUrl) ? baseUrl.failure : undefined
    return [
      failed("configuration", refused?.message ?? "", "Correct the variable of that name."),
      ...skipped(rest, "needs the configuration"),
    ]
  }
  const profile = Brand.profiles[options.brand ?? "genauth"]
  const url = new URL(baseUrl.success)
  const configuration = ok(
    "configuration",
    `${url.origin}, brand ${profile.brand}, ${options.authentication ?? "signature"}, key ${options.accessKeyId}`,
  )
  const named = yield* dns(url)
  if (named.status === "failed") return [configuration, named, ...skipped(rest.slice(1), "needs dns")]
  const secured = yield* tls(url)
  if (secured.status === "failed")
    return [configuration, named, secured, ...skipped(rest.slice(2), "needs a connection")]
  const timed = yield* clock(url)
  if (timed === silent) return [configuration, named, secured, timed, ...skipped(rest.slice(3), "needs an answer")]
  return [configuration, named, secured, timed, ...(yield* access(client.success))]
})

/** Examines, prints, and ends with the exit code. */
export const doctor = Effect.gen(function* () {
  const checks = yield* Effect.scoped(examine).pipe(Effect.provide(UndiciHttpClient.layer))
  const isWell = checks.every(({ status }) => status === "ok")
  const marks = { ok: ["green", "ok  "], failed: ["red", "FAIL"], skipped: ["dim", "--  "] } as const
  const lines = checks.flatMap(({ detail, name, remedy, status }) => {
    const [style, mark] = marks[status]
    return [
      `${outputStyle(style, mark)}  ${name.padEnd(14)}${detail}`,
      ...(remedy === undefined ? [] : [`${" ".repeat(20)}-> ${remedy}`]),
    ]
  })
  yield* Console.log((yield* Json) ? JSON.stringify({ ok: isWell, checks }) : lines.join("\n"))
  if (!isWell) return yield* new Ended({ exitCode: exitCodes.configuration })
})
