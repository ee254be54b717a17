/** How runs end, what they say then, and that it is so. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { Effect, Layer } from "effect"
import { execFile, spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { afterAll, beforeAll } from "vitest"
import { build, bundle, makeFolder, run, start, startInTerminal } from "./command.ts"
import { asked, ended, printed } from "./running.ts"
import { variablesFor } from "./variablesFor.ts"

beforeAll(build)

const folder = makeFolder()
afterAll(folder.remove)

const seed = Seed.generate({ users: 3, applications: 2, loggedIn: 2 })
const [a = "", b = ""] = seed.users.map(({ userId }) => userId)
const [appId = "", otherAppId = ""] = seed.applications.map((application) => application.appId)

const serving = EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(seed)))

const variables = variablesFor(seed)

const bulk = Effect.fnUntraced(function* (...args: ReadonlyArray<string>) {
  const environment = yield* variables
  return yield* Effect.promise(() => run(["bulk", ...args], environment))
})

const kicksHeld = {
  rules: [{ when: { path: "/api/v3/kick-users" }, fault: { kind: "http", status: 503 } }],
} as const

describe("the command to go on with", () => {
  for (const [what, args] of [
    ["has --resume before the end of the flags", []],
    ["has --resume once", ["--resume=true"]],
    ["has --resume on where it was off", ["--resume", "no"]],
    ["has --resume in the place of its negation", ["--no-resume"]],
  ] as const) {
    it.live(`${what}, and works`, () =>
      Effect.gen(function* () {
        const list = folder.write("unknown.txt", "nobody\n")
        const report = folder.path(`failed${args.join("")}.ndjson`)
        const first = yield* bulk("--app", appId, "--yes", ...args, "--report", report, "--", list)
        assert.strictEqual(first.exitCode, 1, first.stderr)
        const printedCommand = /To try those again who failed: (.*)/.exec(first.stderr)?.[1] ?? ""
        assert.match(printedCommand, /^genauth-kick bulk [^]* -- \S+$/)
        assert.lengthOf(printedCommand.match(/ --resume(?= )/g) ?? [], 1)
        const script = `genauth-kick() { '${process.execPath}' '${bundle}' "$@"; }\n${printedCommand}`
        const env = { PATH: process.env["PATH"], ...(yield* variables) }
        const again = yield* Effect.promise(
          () =>
            new Promise<string>((resolve) =>
              execFile("bash", ["--norc", "-c", script], { env }, (_, stdout) => resolve(stdout)),
            ),
        )
        assert.include(again, "1 not found")
      }).pipe(Effect.provide(serving)),
    )
  }
})

describe("a run whose report cannot be written", () => {
  it.live.skipIf(!existsSync("/dev/full"))("does not say that nobody was in the input, but who may be kicked", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const list = folder.write("kicked.txt", `${a}\n`)
      const { exitCode, stderr, stdout } = yield* bulk(list, "--everywhere", "--report", "/dev/full")
      assert.strictEqual(exitCode, 1)
      assert.isEmpty(yield* emulator.onlineApps(a))
      assert.include(stdout, "Nobody on record.")
      assert.include(stderr, "Up to 1 user may have been kicked and is not on record.")
    }).pipe(Effect.provide(serving)),
  )
})

describe("a signal", () => {
  it.live("ends NDJSON with a document that says so", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.setFaults(kicksHeld)
      const list = folder.write("held.txt", `${a}\n`)
      const running = start(["bulk", list, "--everywhere", "--json"], yield* variables)
      yield* asked("kick-users")
      running.child.kill("SIGINT")
      yield* printed(running, "Finishing what is in flight")
      yield* emulator.setFaults({ rules: [] })
      const { exitCode, stdout } = yield* ended(running)
      assert.strictEqual(exitCode, 130)
      const lines = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
      assert.lengthOf(lines, 2)
      assert.strictEqual(lines[0].outcome, "Kicked")
      assert.strictEqual(lines[1].error._tag, "Interrupted")
    }).pipe(Effect.provide(serving)),
  )

  it.live.skipIf(process.platform !== "linux")("at the question does so as well", () =>
    Effect.gen(function* () {
      const list = folder.write("two.txt", `${a}\n${b}\n`)
      const running = startInTerminal(["bulk", list, "--everywhere", "--json"], yield* variables)
      yield* printed(running, "[y/N]")
      running.child.stdin.write("\u0003")
      const { exitCode, stdout } = yield* ended(running)
      assert.strictEqual(exitCode, 130)
      assert.strictEqual(JSON.parse(stdout.trim().split("\n").at(-1) ?? "").error._tag, "Interrupted")
    }).pipe(Effect.provide(serving)),
  )

  it.live("that comes twice ends at once, also where nobody reads the output any more", () =>
    Effect.gen(function* () {
      // More than pipes hold, in the first line already.
      const list = folder.write("long.txt", `${"x".repeat(500_000)}\n${a}\n`)
      const report = folder.path("long.ndjson")
      const child = spawn(
        process.execPath,
        [bundle, "bulk", list, "--everywhere", "--yes", "--json", "--concurrency", "1", "--report", report],
        { env: { PATH: process.env["PATH"], ...(yield* variables) }, stdio: ["ignore", "pipe", "pipe"] },
      )
      const exited = new Promise<number | null>((resolve) => child.once("exit", resolve))
      const noted = new Promise((resolve) => child.stderr.on("data", resolve))
      yield* Effect.promise(async () => {
        while (!existsSync(report) || !readFileSync(report, "utf8").endsWith("\n")) {
          await new Promise((resolve) => setImmediate(resolve))
        }
        child.kill("SIGINT")
        await noted
        child.kill("SIGINT")
        assert.strictEqual(await exited, 130)
        assert.isFalse(existsSync(`${report}.lock`))
      }).pipe(Effect.ensuring(Effect.sync(() => child.kill("SIGKILL"))))
    }).pipe(Effect.provide(serving)),
  )

  it.live.skipIf(process.platform !== "linux")("ends a list that is typed on the terminal", () =>
    Effect.gen(function* () {
      const running = startInTerminal(["bulk", "/dev/tty", "--everywhere", "--yes", "--json"], yield* variables)
      running.child.stdin.write(`${a}\n`)
      yield* printed(running, '"outcome":"Kicked"')
      running.child.stdin.write("\u0003")
      const { exitCode, stdout } = yield* ended(running).pipe(
        Effect.ensuring(Effect.sync(() => running.child.kill("SIGKILL"))),
      )
      assert.strictEqual(exitCode, 130)
      assert.include(stdout, "Interrupted.")
    }).pipe(Effect.provide(serving)),
  )
})

describe("a resumed run", () => {
  const line = (id: string, apps: ReadonlyArray<string>) =>
    `${JSON.stringify({ outcome: "Kicked", user: { id, type: "user_id" }, apps, requestIds: [], attempts: 1 })}\n`
  const report = () => folder.write("partly.ndjson", line(a, [appId]) + line(b, [otherAppId]))

  it.live("counts who is done in all that is wanted, as the summary does", () =>
    Effect.gen(function* () {
      const list = folder.write("both.txt", `${a}\n${b}\n`)
      const { stderr, stdout } = yield* bulk(list, "--app", appId, "--yes", "--report", report(), "--resume")
      assert.include(stderr, "1 user is done in the report and is skipped.")
      assert.include(stdout, "1 done before")
    }).pipe(Effect.provide(serving)),
  )

  it.live("tells nobody's number where each line wants something else", () =>
    Effect.gen(function* () {
      const list = folder.write("apps.csv", `userId,apps\n${a},${otherAppId}\n${b},${otherAppId}\n`)
      const { stderr, stdout } = yield* bulk(list, "--app-column", "apps", "--yes", "--report", report(), "--resume")
      assert.include(stderr, "Who is done in the report, in all the applications of his line, is skipped.")
      assert.include(stdout, "1 done before")
    }).pipe(Effect.provide(serving)),
  )
})
