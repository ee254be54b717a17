/** What only a process has: pipes as files, signals, a full disk, a question on a terminal. */
import { assert, describe, it } from "@effect/vitest"
import { pipeBytes } from "@genauth-effect/cli/input/pipeBytes"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { Effect, Fiber, Layer, Stream } from "effect"
import { execFileSync, spawn } from "node:child_process"
import { constants, createWriteStream, openSync } from "node:fs"
import { afterAll, beforeAll } from "vitest"
import { build, bundle, type Ended, makeFolder, start, startInTerminal } from "./command.ts"
import { asked, ended, printed } from "./running.ts"
import { variablesFor } from "./variablesFor.ts"

beforeAll(build)

const folder = makeFolder()
afterAll(folder.remove)

const seed = Seed.generate({ users: 10, applications: 3, loggedIn: 3 })
const [a = "", b = ""] = seed.users.map(({ userId }) => userId)

const serving = EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(seed)))

const variables = variablesFor(seed)

/** Runs a line of bash, in which `kick` is the command. */
const inShell = (line: string, environment: Readonly<Record<string, string>>) =>
  Effect.promise(
    () =>
      new Promise<Ended>((resolve) => {
        const script = `kick() { '${process.execPath}' '${bundle}' "$@"; }\n${line}`
        const child = spawn("bash", ["--norc", "-c", script], { env: { PATH: process.env["PATH"], ...environment } })
        let stdout = ""
        let stderr = ""
        child.stdout.on("data", (text) => (stdout += String(text)))
        child.stderr.on("data", (text) => (stderr += String(text)))
        child.on("close", (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }))
      }),
  )

describe.skipIf(process.platform !== "linux")("a list from a pipe", () => {
  for (const [what, line] of [
    ["of the shell", `kick bulk <(printf '%s\\n' ${a} ${b}) --everywhere --yes`],
    ["by the name of the standard input", `printf '%s\\n' ${a} ${b} | kick bulk /dev/stdin --everywhere --yes`],
    ["with a format", `kick bulk <(printf '%s\\n' id ${a} ${b}) --format csv --everywhere --yes`],
  ] as const) {
    it.live(what, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const { exitCode, stderr, stdout } = yield* inShell(line, yield* variables)
        assert.strictEqual(exitCode, 0, stderr)
        assert.include(stdout, "2 kicked")
        assert.isEmpty(yield* emulator.onlineApps(b))
      }).pipe(Effect.provide(serving)),
    )
  }

  it.live("with a name is read as it comes, and Ctrl-C does not wait for more", () =>
    Effect.gen(function* () {
      const fifo = folder.path("fifo")
      execFileSync("mkfifo", [fifo])
      const running = start(["bulk", fifo, "--everywhere", "--yes", "--json"], yield* variables)
      const writer = createWriteStream(fifo)
      writer.write(`${a}\n${b}\n`)
      yield* printed(running, b)
      running.child.kill("SIGINT")
      const { exitCode, stderr } = yield* ended(running)
      assert.strictEqual(exitCode, 130)
      assert.include(stderr, "Interrupted.")
      writer.destroy()
    }).pipe(Effect.provide(serving)),
  )

  it.live("that nobody writes to can be left, and leaves no thread behind", () =>
    Effect.gen(function* () {
      const fifo = folder.path("silent")
      execFileSync("mkfifo", [fifo])
      const reading = yield* Effect.forkChild(Stream.runDrain(pipeBytes(fifo)), { startImmediately: true })
      yield* Fiber.interrupt(reading)
      // A writer that does not wait is let in where somebody reads or waits to read.
      assert.throws(() => openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK), "ENXIO")
    }),
  )

  it.live("needs --yes as the standard input does, and its header is read before", () =>
    Effect.gen(function* () {
      const environment = yield* variables
      const question = yield* inShell(`kick bulk <(printf '%s\\n' ${a}) --everywhere`, environment)
      assert.strictEqual(question.exitCode, 2)
      assert.include(question.stderr, "Kick the users of /dev/fd/")
      const header = yield* inShell(`kick bulk <(echo name) --format csv --everywhere`, environment)
      assert.strictEqual(header.exitCode, 2)
      assert.include(header.stderr, "--user-column")
    }).pipe(Effect.provide(serving)),
  )
})

it.live.skipIf(process.platform !== "linux")("a full disk behind the output is an error", () =>
  Effect.gen(function* () {
    const environment = yield* variables
    const file = folder.write("full.txt", `${a}\n${b}\n`)
    for (const line of [`kick user ${a} --everywhere --json`, `kick bulk ${file} --everywhere --yes --json`]) {
      const { exitCode, stderr } = yield* inShell(`${line} > /dev/full`, environment)
      assert.strictEqual(exitCode, 1)
      assert.include(stderr, "the output cannot be written: ENOSPC")
    }
  }).pipe(Effect.provide(serving)),
)

describe("Ctrl-C over one user", () => {
  // No answer until the test says so.
  const held = { rules: [{ when: { path: "/api/v3/kick-users" }, fault: { kind: "http", status: 503 } }] } as const
  for (const flag of ["--everywhere", "--lock-out"]) {
    it.live(`finishes what is in flight and prints it (${flag})`, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        yield* emulator.setFaults(held)
        const running = start(["user", a, flag, "--json"], yield* variables)
        yield* asked("kick-users")
        running.child.kill("SIGINT")
        yield* printed(running, "Finishing what is in flight")
        yield* emulator.setFaults({ rules: [] })
        const { exitCode, stdout } = yield* ended(running)
        assert.strictEqual(exitCode, 130)
        assert.strictEqual(JSON.parse(stdout).outcome, "Kicked")
        assert.isEmpty(yield* emulator.onlineApps(a))
      }).pipe(Effect.provide(serving)),
    )
  }
  it.live("ends at once when it comes twice", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.setFaults(held)
      const running = start(["user", a, "--everywhere"], yield* variables)
      yield* asked("kick-users")
      running.child.kill("SIGINT")
      yield* printed(running, "Finishing what is in flight")
      running.child.kill("SIGINT")
      const { exitCode, stderr } = yield* ended(running)
      assert.strictEqual(exitCode, 130)
      assert.include(stderr, "How far it came with the user is unknown.")
    }).pipe(Effect.provide(serving)),
  )
})

describe.skipIf(process.platform !== "linux")("at the question on a terminal", () => {
  for (const [what, keys] of [
    ["Ctrl-C", "\u0003"],
    ["Ctrl-D", "\u0004"],
  ] as const) {
    it.live(`${what} says that nobody was kicked, on a line of its own`, () =>
      Effect.gen(function* () {
        const file = folder.write("asked.txt", `${a}\n${b}\n`)
        const running = startInTerminal(["bulk", file, "--everywhere"], yield* variables)
        yield* printed(running, "[y/N]")
        running.child.stdin.write(keys)
        const { exitCode, stdout } = yield* ended(running)
        assert.strictEqual(exitCode, 130)
        assert.match(stdout, /\[y\/N\][^\n]*\r\nNobody was kicked\.\r\n$/)
      }).pipe(Effect.provide(serving)),
    )
  }
})
