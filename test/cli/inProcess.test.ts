/** The commands in process: what they print and how they end, against an emulator on a socket. */
import { assert, describe, it } from "@effect/vitest"
import { ApiError } from "@genauth-effect/client"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { ApiCode } from "@genauth-effect/protocol"
import { Effect, Layer } from "effect"
import { execFileSync } from "node:child_process"
import { makeFolder } from "./command.ts"
import { kickWith } from "./inProcess.ts"

const seed = Seed.generate({ users: 30, applications: 120, loggedIn: 120 })
const appIds = seed.applications.map(({ appId }) => appId)
const [appId = ""] = appIds
const [ada, lin] = seed.users
const [key = { accessKeyId: "", accessKeySecret: "" }] = seed.userPool.accessKeys

const serving = EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(seed)))

const kick = kickWith(seed)

const only = (lines: ReadonlyArray<string>): unknown => {
  assert.strictEqual(lines.length, 1)
  return JSON.parse(lines[0] ?? "")
}

describe("user", () => {
  it.live("prints the documented JSON of a kick", () =>
    Effect.gen(function* () {
      const { exitCode, lines } = yield* kick(["user", ada?.userId ?? "", "--app", appId, "--json"])
      assert.strictEqual(exitCode, 0)
      const json = only(lines)
      assert.containsSubset(json, {
        outcome: "Kicked",
        user: { id: ada?.userId, type: "user_id" },
        apps: [appId],
        attempts: 1,
      })
      assert.hasAllKeys(json, ["outcome", "user", "apps", "requestIds", "attempts"])
    }).pipe(Effect.provide(serving)),
  )

  it.live("prints the documented JSON of a user who is not there, and ends with 1", () =>
    Effect.gen(function* () {
      const { exitCode, lines } = yield* kick(["user", "nobody", "--type", "username", "--app", appId, "--json"])
      assert.strictEqual(exitCode, 1)
      const json = only(lines)
      assert.containsSubset(json, {
        outcome: "NotFound",
        user: { id: "nobody", type: "username" },
        error: { _tag: "UserNotFound", apiCode: 2004, isRetryable: false },
      })
    }).pipe(Effect.provide(serving)),
  )

  it.live("goes out of everything, is verified and locked out", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const everywhere = yield* kick(["user", lin?.userId ?? "", "--everywhere", "--verify"])
      assert.strictEqual(everywhere.exitCode, 0)
      assert.include(everywhere.lines[0], "120 applications, and check-session-status says offline")
      assert.isEmpty(yield* emulator.onlineApps(lin?.userId ?? ""))
      const locked = yield* kick(["user", ada?.email ?? "", "--type", "email", "--lock-out", "--json"])
      assert.strictEqual(locked.exitCode, 0)
      assert.containsSubset(only(locked.lines), {
        outcome: "Kicked",
        verified: true,
        lockOut: { done: ["suspend", "kick", "verify"], statusBefore: "Activated" },
      })
      assert.strictEqual(yield* emulator.statusOf(ada?.userId ?? ""), "Suspended")
    }).pipe(Effect.provide(serving)),
  )

  it.live("takes 51 applications and more, and names the unknown ones", () =>
    Effect.gen(function* () {
      const args = appIds.slice(0, 51).flatMap((one) => ["--app", one])
      const { exitCode, lines } = yield* kick(["user", ada?.userId ?? "", ...args, "--app", "typo", "--json"])
      assert.strictEqual(exitCode, 1)
      assert.containsSubset(only(lines), {
        outcome: "PartlyKicked",
        kicked: appIds.slice(0, 51),
        notKicked: [{ appIds: ["typo"], error: { _tag: "ApplicationNotFound", apiCode: 2011 } }],
      })
    }).pipe(Effect.provide(serving)),
  )

  it.live("names the applications when all of them are refused", () =>
    Effect.gen(function* () {
      const apps = ["a", "b", "c", "d", "e"].flatMap((one) => ["--app", one])
      const { exitCode, lines } = yield* kick(["user", ada?.userId ?? "", ...apps])
      assert.strictEqual(exitCode, 1)
      assert.match(lines[0] ?? "", /out of a, b, c and 2 more\. .*2011/)
    }).pipe(Effect.provide(serving)),
  )

  for (const [what, args, exitCode, says] of [
    ["no application", ["user", "u"], 2, "--app <id> (any number of times) or --everywhere"],
    ["both ways to say where", ["user", "u", "--app", "a", "--everywhere"], 2, "exclude each other"],
    ["no user", ["user", "--app", "a"], 2, "id"],
    ["an identity without a colon", ["user", "u", "--type", "identity", "--app", "a"], 2, "<extIdpId>:<userIdInIdp>"],
    ["an unknown type", ["user", "u", "--type", "mail", "--app", "a"], 2, "user_id"],
    ["an unknown command", ["kick", "u"], 2, "kick"],
    ["an unknown flag", ["user", "u", "--app", "a", "--secret", "s"], 2, "--secret"],
  ] as const) {
    it.live(`refuses ${what}`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const ended = yield* kick(args)
        assert.strictEqual(ended.exitCode, exitCode)
        assert.include(ended.notes + ended.lines.join("\n"), says)
        assert.isEmpty(yield* emulator.requests)
      }).pipe(Effect.provide(serving)),
    )
  }

  it.live("ends with 3 where the configuration or the key is wrong", () =>
    Effect.gen(function* () {
      const args = ["user", ada?.userId ?? "", "--app", appId, "--json"]
      const wrong = yield* kick(args, { GENAUTH_ACCESS_KEY_SECRET: "another" })
      assert.strictEqual(wrong.exitCode, 3)
      assert.containsSubset(only(wrong.lines), { outcome: "Failed", error: { _tag: "SignatureInvalid" } })
      const brand = yield* kick(args, { GENAUTH_BRAND: "other" })
      assert.strictEqual(brand.exitCode, 3)
      assert.include(brand.notes, "GENAUTH_BRAND")
      assert.containsSubset(only(brand.lines), { error: { _tag: "ConfigurationError" } })
      const host = yield* kick(args, { GENAUTH_HOST: "ftp://example.com" })
      assert.strictEqual(host.exitCode, 3)
      assert.include(host.notes, "GENAUTH_HOST")
    }).pipe(Effect.provide(serving)),
  )

  it.live("reads the key from --env-file and --secret-file", () => {
    const folder = makeFolder()
    const envFile = folder.write(
      "kick.env",
      `GENAUTH_ACCESS_KEY_ID="${key.accessKeyId}"\nGENAUTH_ACCESS_KEY_SECRET=no\n`,
    )
    const secretFile = folder.write("secret", `${key.accessKeySecret} \t\r\n\n`)
    const none = { GENAUTH_ACCESS_KEY_ID: undefined, GENAUTH_ACCESS_KEY_SECRET: undefined }
    const args = ["user", ada?.userId ?? "", "--app", appId, "--env-file", envFile]
    return Effect.gen(function* () {
      assert.strictEqual((yield* kick([...args, "--secret-file", secretFile], none)).exitCode, 0)
      const wrongSecret = yield* kick(args, none)
      assert.strictEqual(wrongSecret.exitCode, 3)
      const environmentFirst = yield* kick(args, { GENAUTH_ACCESS_KEY_ID: undefined })
      assert.strictEqual(environmentFirst.exitCode, 0)
      const noFile = yield* kick([...args, "--secret-file", folder.path("none")], none)
      assert.strictEqual(noFile.exitCode, 3)
      assert.include(noFile.notes, "--secret-file")
      const empty = yield* kick([...args, "--secret-file", folder.write("empty", " \n")])
      assert.strictEqual(empty.exitCode, 3)
      assert.include(empty.notes, "is empty")
    }).pipe(Effect.provide(serving), Effect.ensuring(Effect.sync(folder.remove)))
  })
})

describe("doctor", () => {
  it.live("finds everything well, and kicks nobody", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const before = yield* emulator.onlineCount
      const { exitCode, lines } = yield* kick(["doctor", "--json"])
      assert.strictEqual(exitCode, 0)
      assert.containsSubset(only(lines), {
        ok: true,
        checks: ["configuration", "dns", "tls", "clock", "credentials", "permission", "round trip"].map((name) => ({
          name,
          status: "ok",
        })),
      })
      assert.strictEqual(yield* emulator.onlineCount, before)
      assert.isTrue((yield* emulator.requests).every(({ path }) => !path.includes("kick")))
    }).pipe(Effect.provide(serving)),
  )

  it.live("says what to do about a wrong secret, a clock and a host that is not there", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const secret = yield* kick(["doctor"], { GENAUTH_ACCESS_KEY_SECRET: "another" })
      assert.strictEqual(secret.exitCode, 3)
      assert.match(secret.lines.join("\n"), /FAIL {2}credentials .*1300[\s\S]*-> Check accessKeySecret/)
      yield* emulator.setFaults({ rules: [{ when: {}, fault: { kind: "clockOff", millis: 600_000 } }] })
      const late = yield* kick(["doctor"])
      assert.strictEqual(late.exitCode, 3)
      assert.match(late.lines.join("\n"), /FAIL {2}clock {9}this clock is \d+ s behind/)
      const host = yield* kick(["doctor"], { GENAUTH_HOST: "http://127.0.0.1:1" })
      assert.strictEqual(host.exitCode, 3)
      assert.match(host.lines.join("\n"), /FAIL {2}tls {11}127\.0\.0\.1:1 does not answer: ECONNREFUSED/)
      assert.match(host.lines.join("\n"), /-- {4}clock {9}needs a connection/)
      const none = yield* kick(["doctor"], { GENAUTH_ACCESS_KEY_ID: "" })
      assert.match(none.lines.join("\n"), /FAIL {2}configuration .*GENAUTH_ACCESS_KEY_ID/)
    }).pipe(Effect.provide(serving)),
  )
})

describe("doctor, where only something is wrong,", () => {
  it.live("tells a service without TLS from one with an unknown certificate", () =>
    Effect.gen(function* () {
      const { url } = yield* EmulatorServer.EmulatorServer
      const { exitCode, lines } = yield* kick(["doctor"], { GENAUTH_HOST: url.replace("http:", "https:") })
      assert.strictEqual(exitCode, 3)
      assert.match(lines.join("\n"), /FAIL {2}tls .* does not speak TLS: [\s\S]*-> Write http:\/\//)
      assert.notInclude(lines.join("\n"), "NODE_EXTRA_CA_CERTS")
    }).pipe(Effect.provide(serving)),
  )
  it.live("says that the round trip needs permission, and what to do about a broken connection", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.setFaults({ rules: [{ when: {}, fault: { kind: "apiCode", apiCode: 1001, statusCode: 403 } }] })
      const denied = yield* kick(["doctor"])
      assert.match(
        denied.lines.join("\n"),
        /ok {4}credentials[\s\S]*FAIL {2}permission[\s\S]*round trip {4}needs permission/,
      )
      yield* emulator.setFaults({
        rules: [{ when: { path: "/api/v3/is-user-exists" }, fault: { kind: "resetBefore" } }],
      })
      const broken = yield* kick(["doctor"])
      assert.match(broken.lines.join("\n"), /-> Look at `code`\. ECONNREFUSED/)
    }).pipe(Effect.provide(serving)),
  )
})

describe("explain", () => {
  it.live("knows every apiCode of the list by its number", () =>
    Effect.gen(function* () {
      for (const { apiCode, meaning } of ApiCode.all) {
        const { exitCode, lines } = yield* kick(["explain", String(apiCode), "--json"])
        assert.strictEqual(exitCode, 0)
        assert.include(JSON.stringify(only(lines)), JSON.stringify(meaning))
      }
    }).pipe(Effect.provide(serving)),
  )
  it.live("knows the tags, and says so of what it does not know", () =>
    Effect.gen(function* () {
      const throttled = yield* kick(["explain", "ThrottleError"])
      assert.include(throttled.lines[0], "statusCode 429")
      const local = yield* kick(["explain", "DeadlineExceeded"])
      assert.include(local.lines[0], "outcomeUnknown")
      for (const tag of [
        ...ApiError.ApiError.members.map((member) => member.fields._tag.schema.literal),
        "StillOnline",
        "NotVerified",
        "RunStopped",
        "NotSuspended",
        "InvalidOption",
        "BadLine",
        "UsageError",
        "ConfigurationError",
        "ReportFailed",
      ]) {
        const { exitCode, lines } = yield* kick(["explain", tag])
        assert.strictEqual(exitCode, 0, tag)
        assert.match(lines[0] ?? "", /what to do {2}\S/)
      }
      const unknown = yield* kick(["explain", "99999"])
      assert.strictEqual(unknown.exitCode, 2)
      assert.include(unknown.notes, "UnexpectedApiCode")
    }).pipe(Effect.provide(serving)),
  )
})

it.live("prints completions for four shells, with every command, the global flags, and files", () =>
  Effect.gen(function* () {
    for (const shell of ["bash", "zsh", "fish", "powershell"]) {
      const { exitCode, lines } = yield* kick(["completions", shell])
      assert.strictEqual(exitCode, 0)
      const script = lines.join("\n")
      for (const word of ["bulk", "completions", "json", "env-file", "secret-file", "log-level", "help"]) {
        assert.include(script, word, shell)
      }
    }
  }).pipe(Effect.provide(serving)),
)

it.live.skipIf(process.platform === "win32")("the completions of bash complete them", () =>
  Effect.gen(function* () {
    const folder = makeFolder()
    folder.write("leavers.csv", "")
    const { lines } = yield* kick(["completions", "bash"])
    const complete = (...words: ReadonlyArray<string>) => {
      const script = [
        lines.join("\n"),
        `COMP_WORDS=(genauth-kick ${words.map((word) => `'${word}'`).join(" ")})`,
        `COMP_CWORD=${words.length}`,
        'COMP_LINE="${COMP_WORDS[*]}"',
        `_genauth_kick genauth-kick '${words.at(-1)}' ''`,
        'printf "%s\\n" "${COMPREPLY[@]}"',
      ].join("\n")
      return execFileSync("bash", ["--norc", "-c", script], { cwd: folder.path("."), encoding: "utf8" }).split("\n")
    }
    assert.include(complete("com"), "completions")
    assert.include(complete("bulk", "--env"), "--env-file")
    assert.include(complete("bulk", "leav"), "leavers.csv")
    assert.include(complete("bulk", "--report", "leav"), "leavers.csv")
    folder.remove()
  }).pipe(Effect.provide(serving)),
)
