/** Lists and reports of bulk runs, in process: what is taken, what is refused, and what is left untouched. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { Effect, Fiber, Layer } from "effect"
import { existsSync, linkSync, readFileSync, symlinkSync, unlinkSync } from "node:fs"
import { afterAll } from "vitest"
import { makeFolder } from "./command.ts"
import { kickWith } from "./inProcess.ts"

const folder = makeFolder()
afterAll(folder.remove)

const seed = Seed.generate({ users: 30, applications: 3, loggedIn: 3 })
const appIds = seed.applications.map(({ appId }) => appId)
const [appId = ""] = appIds
const [a = "", b = "", c = ""] = seed.users.map(({ userId }) => userId)

const serving = EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(seed)))
const kick = kickWith(seed)
const bulk = (...args: ReadonlyArray<string>) => kick(["bulk", ...args])

const outcomes = (lines: ReadonlyArray<string>) =>
  lines
    .map((line) => JSON.parse(line))
    .map(({ line, outcome, user }) => [line, outcome, user?.id])
    .toSorted((one, other) => Number(one[0]) - Number(other[0]))

describe("a list", () => {
  it.live("of one user asks nobody, whatever its header and its bad lines", () =>
    Effect.gen(function* () {
      const file = folder.write("one.csv", `id,note\n${a},x\n,nobody\n`)
      assert.strictEqual((yield* bulk(file, "--app", appId)).exitCode, 1)
      const two = yield* bulk(folder.write("two.csv", `id\n${a}\n${b}\n`), "--app", appId)
      assert.strictEqual(two.exitCode, 2)
      assert.include(two.notes, "up to 2 users out of 1 application?")
    }).pipe(Effect.provide(serving)),
  )

  it.live("is refused for its header before anything is asked or opened, with --json too", () =>
    Effect.gen(function* () {
      const file = folder.write("header.csv", "name,mail\nx,y\nz,y\n")
      const report = folder.path("header.ndjson")
      const { exitCode, lines, notes } = yield* bulk(file, "--app", appId, "--report", report, "--json")
      assert.strictEqual(exitCode, 2)
      assert.notInclude(notes, "Kick up to")
      assert.deepInclude(JSON.parse(lines[0] ?? "").error, { _tag: "UsageError" })
      assert.isFalse(existsSync(report))
    }).pipe(Effect.provide(serving)),
  )

  it.live("of lines has no columns", () =>
    Effect.gen(function* () {
      for (const flag of ["--user-column", "--type-column", "--app-column"]) {
        const apps = flag === "--app-column" ? [] : ["--app", appId]
        const { exitCode, notes } = yield* bulk(folder.write("list.txt", `${a}\n`), flag, "x", ...apps)
        assert.strictEqual(exitCode, 2)
        assert.include(notes, `${flag} needs columns`)
        assert.include(notes, "--format csv")
      }
    }).pipe(Effect.provide(serving)),
  )

  it.live("as NDJSON falls through to the next name, and drops no application", () =>
    Effect.gen(function* () {
      const file = folder.write(
        "list.ndjson",
        `{"userId":null,"id":"${a}","apps":["${appId}"]}\n{"id":"${b}","apps":["${appId}",{"id":"app-2"}]}\n`,
      )
      const { exitCode, lines } = yield* bulk(file, "--app-column", "apps", "--yes", "--json")
      assert.strictEqual(exitCode, 1)
      assert.deepStrictEqual(outcomes(lines), [
        [1, "Kicked", a],
        [2, "Failed", undefined],
      ])
      const emulator = yield* Emulator.Emulator
      assert.strictEqual((yield* emulator.onlineApps(b)).length, 3)
    }).pipe(Effect.provide(serving)),
  )

  it.live("that turns out to be binary behind its beginning ends with the error as the last line", () =>
    Effect.gen(function* () {
      const file = folder.write("late.txt", `${a}\n${"x".repeat(10_000)}\n\0\n`)
      const { exitCode, lines } = yield* bulk(file, "--app", appId, "--yes", "--json")
      assert.strictEqual(exitCode, 2)
      assert.deepStrictEqual(JSON.parse(lines.at(-1) ?? "").error, {
        _tag: "UsageError",
        message: "the input is binary, not text",
      })
    }).pipe(Effect.provide(serving)),
  )
})

describe("a key without rights", () => {
  const refusing = { rules: [{ when: {}, fault: { kind: "apiCode", apiCode: 1001, statusCode: 403 } }] } as const
  for (const where of [["--app", appId], ["--everywhere"]]) {
    it.live(`ends a short list with 3 as it does a long one (${where[0]})`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const file = folder.write("few.txt", `${a}\n${b}\n${c}\n`)
        yield* emulator.setFaults(refusing)
        assert.strictEqual((yield* bulk(file, ...where, "--yes")).exitCode, 3)
      }).pipe(Effect.provide(serving)),
    )
  }
})

const line = (outcome: string, id: string, more: object = {}) =>
  `${JSON.stringify({ outcome, user: { id, type: "user_id" }, ...more })}\n`

describe("a report", () => {
  const list = () => folder.write("users.txt", `${a}\n${b}\n${c}\n`)
  const resume = (report: string) => bulk(list(), "--app", appId, "--yes", "--report", report, "--resume", "--json")

  it.live("counts lines without applications, and knows its own bad lines", () =>
    Effect.gen(function* () {
      const kicked = { apps: [appId], requestIds: [], attempts: 1 }
      const bad = { outcome: "Failed", error: { _tag: "BadLine", message: "no user", isRetryable: false }, line: 9 }
      const report = folder.write(
        "documented.ndjson",
        line("Kicked", a, kicked) +
          line("Failed", a, { error: { _tag: "TransportFailed" } }) +
          line("Kicked", b, kicked) +
          line("NotFound", b, { error: { _tag: "UserNotFound" } }) +
          line("Kicked", c, kicked) +
          `${JSON.stringify(bad)}\n${JSON.stringify({ ...bad, user: { id: c, type: "user_id" } })}\n`,
      )
      const { exitCode, lines, notes } = yield* resume(report)
      assert.strictEqual(exitCode, 0)
      assert.deepStrictEqual(outcomes(lines), [
        [1, "Kicked", a],
        [2, "Kicked", b],
      ])
      assert.include(notes, "1 user is done in the report and is skipped.")
      assert.notInclude(notes, "none of its own")
    }).pipe(Effect.provide(serving)),
  )

  for (const [what, text] of [
    ["a CSV", "id,name\nuser-1,Ada\nuser-2,Lin"],
    ["another NDJSON", '{"userId":"user-1"}\n'],
    ["a text without a line end", "hello"],
    ["a report with something else at its end", line("Kicked", "x", { apps: [] }) + "and so on"],
  ] as const) {
    it.live(`is not ${what}, which is left as it is`, () =>
      Effect.gen(function* () {
        const other = folder.write("other", text)
        const { exitCode, notes } = yield* resume(other)
        assert.strictEqual(exitCode, 2)
        assert.include(notes, "is no report")
        assert.strictEqual(readFileSync(other, "utf8"), text)
      }).pipe(Effect.provide(serving)),
    )
  }

  it.live("may be a torn first line and nothing else", () =>
    Effect.gen(function* () {
      const report = folder.write("begun.ndjson", '{"outcome":"Kick')
      assert.strictEqual((yield* resume(report)).exitCode, 0)
      assert.strictEqual(readFileSync(report, "utf8").split("\n").length, 4)
    }).pipe(Effect.provide(serving)),
  )

  it.live("is never the list itself, by no name", () =>
    Effect.gen(function* () {
      const file = folder.write("both.ndjson", line("Failed", a))
      symlinkSync(file, folder.path("symlink.ndjson"))
      linkSync(file, folder.path("hardlink.ndjson"))
      for (const name of ["both", "symlink", "hardlink"]) {
        const report = folder.path(`${name}.ndjson`)
        const { exitCode, notes } = yield* bulk(file, "--app", appId, "--report", report, "--resume")
        assert.strictEqual(exitCode, 2)
        assert.include(notes, "the list of users itself")
      }
      assert.strictEqual(readFileSync(file, "utf8"), line("Failed", a))
    }).pipe(Effect.provide(serving)),
  )

  it.live("is locked under the name of the file that a symlink leads to", () =>
    Effect.gen(function* () {
      const report = folder.write("real.ndjson", "")
      const link = folder.path("link.ndjson")
      symlinkSync(report, link)
      const holder = JSON.stringify({ pid: process.ppid, host: "elsewhere" })
      const lock = folder.write("real.ndjson.lock", holder)
      const { exitCode, notes } = yield* resume(link)
      assert.strictEqual(exitCode, 2)
      assert.include(notes, "another run")
      unlinkSync(lock)
      assert.strictEqual((yield* resume(link)).exitCode, 0)
      assert.isFalse(existsSync(`${link}.lock`))
    }).pipe(Effect.provide(serving)),
  )

  it.live("that is removed meanwhile ends the run with 1", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.setFaults({
        rules: [{ when: { path: "/api/v3/kick-users" }, fault: { kind: "http", status: 503 } }],
      })
      const report = folder.path("removed.ndjson")
      const running = yield* Effect.forkChild(resume(report), { startImmediately: true })
      while (!existsSync(report)) yield* Effect.yieldNow
      unlinkSync(report)
      yield* emulator.setFaults({ rules: [] })
      const { exitCode, lines, notes } = yield* Fiber.join(running)
      assert.strictEqual(exitCode, 1)
      assert.include(notes, "was removed while the run wrote to it")
      assert.strictEqual(JSON.parse(lines.at(-1) ?? "").error._tag, "ReportFailed")
    }).pipe(Effect.provide(serving)),
  )

  it.live("is not written by a dry run", () =>
    Effect.gen(function* () {
      const report = folder.path("dry.ndjson")
      const dry = yield* bulk(list(), "--app", appId, "--report", report, "--dry-run")
      assert.strictEqual(dry.exitCode, 0)
      assert.include(dry.notes, "A dry run neither reads nor writes the report.")
      assert.isFalse(existsSync(report))
      assert.strictEqual((yield* bulk(list(), "--app", appId, "--report", report, "--yes")).exitCode, 0)
    }).pipe(Effect.provide(serving)),
  )
})
