/** One run on one report: what is left of runs that were killed, and reports with several names. */
import { assert, describe, it } from "@effect/vitest"
import * as Lock from "@genauth-effect/cli/report/lock"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { Effect, Layer } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { existsSync, linkSync, readdirSync, readFileSync, symlinkSync } from "node:fs"
import { hostname } from "node:os"
import { afterAll, beforeAll } from "vitest"
import { build, bundle, makeFolder, run } from "./command.ts"
import { variablesFor } from "./variablesFor.ts"

beforeAll(build)

const folder = makeFolder()
afterAll(folder.remove)

const seed = Seed.generate({ users: 1, applications: 1, loggedIn: 1 })
const [id = ""] = seed.users.map(({ userId }) => userId)

const serving = EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(seed)))

const argsFor = (report: string) => [
  "bulk",
  folder.write("list.txt", `${id}\n`),
  "--everywhere",
  "--report",
  report,
  "--resume",
]

const resume = Effect.fnUntraced(function* (report: string) {
  const environment = yield* variablesFor(seed)
  return yield* Effect.promise(() => run(argsFor(report), environment))
})

const until = (isSo: () => boolean) =>
  Effect.promise(async () => {
    while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
  })

const deadProcess = () => ({ pid: spawnSync(process.execPath, ["--version"]).pid, host: hostname() })

describe("the lock of a run that was killed", () => {
  it.live.skipIf(process.platform !== "linux")("is free, also where nobody has asked how it ended", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.setFaults({
        rules: [{ when: { path: "/api/v3/kick-users" }, fault: { kind: "http", status: 503 } }],
      })
      const report = folder.path("zombie.ndjson")
      // Whoever becomes another program never asks after the children he had.
      const command = ["sh", process.execPath, bundle, ...argsFor(report)]
      const parent = spawn("sh", ["-c", '"$@" & exec tail -f /dev/null', ...command], {
        env: { PATH: process.env["PATH"], ...(yield* variablesFor(seed)) },
        stdio: "ignore",
      })
      yield* Effect.gen(function* () {
        yield* until(() => existsSync(`${report}.lock`))
        const { pid } = JSON.parse(readFileSync(`${report}.lock`, "utf8"))
        process.kill(pid, "SIGKILL")
        yield* until(() => /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8")))
        yield* emulator.setFaults({ rules: [] })
        const { exitCode, stderr } = yield* resume(report)
        assert.strictEqual(exitCode, 0, stderr)
      }).pipe(Effect.ensuring(Effect.sync(() => parent.kill("SIGKILL"))))
    }).pipe(Effect.provide(serving)),
  )

  it.live("is free, also where it was killed while it took a lock over", () =>
    Effect.gen(function* () {
      const report = folder.path("takeover.ndjson")
      for (const left of ["takeover.ndjson.lock", "takeover.ndjson.lock.takeover"]) {
        folder.write(left, JSON.stringify(deadProcess()))
      }
      const { exitCode, stderr } = yield* resume(report)
      assert.strictEqual(exitCode, 0, stderr)
      assert.isFalse(existsSync(`${report}.lock`))
      assert.isFalse(existsSync(`${report}.lock.takeover`))
    }).pipe(Effect.provide(serving)),
  )

  it.live("is not taken over while another run does so", () =>
    Effect.gen(function* () {
      const report = folder.path("turn.ndjson")
      folder.write("turn.ndjson.lock", JSON.stringify(deadProcess()))
      folder.write("turn.ndjson.lock.takeover", JSON.stringify({ pid: process.pid, host: hostname() }))
      const { exitCode, stderr } = yield* resume(report)
      assert.strictEqual(exitCode, 2)
      assert.include(stderr, `another run (process ${process.pid} on ${hostname()})`)
      assert.include(stderr, `remove ${report}.lock.takeover`)
    }).pipe(Effect.provide(serving)),
  )
})

it.live("a report with a second name is refused, since another run could have the lock of that", () =>
  Effect.gen(function* () {
    const report = folder.write("one.ndjson", "")
    linkSync(report, folder.path("other.ndjson"))
    const { exitCode, stderr } = yield* resume(report)
    assert.strictEqual(exitCode, 2)
    assert.include(stderr, "hard link")
  }).pipe(Effect.provide(serving)),
)

it.live.skipIf(!existsSync("/dev/full"))("a lock that a full disk has no room for leaves nothing behind", () =>
  Effect.gen(function* () {
    const full = makeFolder()
    yield* Effect.gen(function* () {
      const report = full.path("report.ndjson")
      symlinkSync("/dev/full", `${report}.lock.${process.pid}`)
      const error = yield* Effect.flip(Effect.scoped(Lock.hold(report)))
      assert.include(error.message, "ENOSPC")
      assert.isEmpty(readdirSync(full.path(".")))
    }).pipe(Effect.ensuring(Effect.sync(full.remove)))
  }),
)
