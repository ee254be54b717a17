/** What command lines are refused, and what comes from elsewhere onto the terminal. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { Effect, Layer } from "effect"
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { afterAll, beforeAll } from "vitest"
import { build, bundle, makeFolder } from "./command.ts"
import { kickWith } from "./inProcess.ts"
import { variablesFor } from "./variablesFor.ts"

const folder = makeFolder()
afterAll(folder.remove)

const seed = Seed.generate({ users: 1, applications: 1, loggedIn: 1 })
const [id = ""] = seed.users.map(({ userId }) => userId)

const serving = EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(seed)))

const kick = kickWith(seed)

const list = () => folder.write("list.txt", `${id}\n`)

describe("refuses as a wrong command line", () => {
  for (const [what, args, says] of [
    ["a rate that the client has not", () => ["bulk", list(), "--app", "a", "--rate", "1e308"], "--rate"],
    ["an empty application of many users", () => ["bulk", list(), "--app", ""], "--app"],
    ["an empty application of one user", () => ["user", id, "--app", "a", "--app", " "], "--app"],
    ["an empty application beside --everywhere", () => ["user", id, "--everywhere", "--app", ""], "--app"],
  ] as const) {
    it.live(what, () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        const { exitCode, notes } = yield* kick(args())
        assert.strictEqual(exitCode, 2)
        assert.include(notes, says)
        assert.notInclude(notes, "GENAUTH_")
        assert.isEmpty(yield* emulator.requests)
      }).pipe(Effect.provide(serving)),
    )
  }
})

describe("an error is a document", () => {
  for (const [isDocument, flags] of [
    [true, ["--json"]],
    [true, ["--json=true"]],
    [true, ["--json=yes"]],
    [true, ["--json=1"]],
    [true, ["--json=on"]],
    [true, ["--json=y"]],
    [true, ["--json", "yes"]],
    [false, ["--json", "no"]],
    [false, ["--json=no"]],
    [false, ["--", "--json"]],
    [false, []],
  ] as const) {
    it.live(`${isDocument ? "with" : "but not with"} ${flags.join(" ") || "nothing"}`, () =>
      Effect.gen(function* () {
        const { exitCode, lines } = yield* kick(["explain", ...(flags[0] === "--" ? [] : ["nonsense"]), ...flags])
        assert.strictEqual(exitCode, 2)
        assert.deepStrictEqual(
          lines.map((line) => JSON.parse(line).error._tag),
          isDocument ? ["UsageError"] : [],
        )
      }).pipe(Effect.provide(serving)),
    )
  }
})

describe("control characters", () => {
  const controls = "\u0007\u001b]0;x\u007f\u009b31m"
  const escaped = "\\u0007\\u001b]0;x\\u007f\\u009b31m"

  it.live("of a header are escaped", () =>
    Effect.gen(function* () {
      const file = folder.write("header.csv", `name${controls},mail\nx,y\n`)
      const { notes } = yield* kick(["bulk", file, "--app", "a"])
      assert.include(notes, `"name${escaped}", "mail"`)
    }).pipe(Effect.provide(serving)),
  )
  it.live("of a user are escaped", () =>
    Effect.gen(function* () {
      const { lines } = yield* kick(["user", `u${controls}`, "--everywhere"])
      assert.include(lines[0], `Not found: u${escaped} (user_id)`)
    }).pipe(Effect.provide(serving)),
  )
  it.live("of a type are escaped", () =>
    Effect.gen(function* () {
      const file = folder.write("type.csv", `id,type\nx,t${controls}\n`)
      const { notes } = yield* kick(["bulk", file, "--app", "a", "--type-column", "type"])
      assert.include(notes, `no such type of id: "t${escaped}"`)
    }).pipe(Effect.provide(serving)),
  )
})

describe.skipIf(process.platform !== "linux")("doctor on a terminal", () => {
  beforeAll(build)

  it.live("has colours there, and none in a file", () =>
    Effect.gen(function* () {
      const environment = { PATH: process.env["PATH"], TERM: "xterm", ...(yield* variablesFor(seed)) }
      const shownBy = (redirection: string) =>
        Effect.promise(
          () =>
            new Promise<string>((resolve) => {
              const command = `'${process.execPath}' '${bundle}' doctor ${redirection}`
              const args = ["--quiet", "--return", "--command", command, "/dev/null"]
              execFile("script", args, { env: environment }, (_, stdout) => resolve(stdout))
            }),
        )
      assert.include(yield* shownBy(""), "\u001b[32mok")
      const file = folder.path("doctor.txt")
      yield* shownBy(`> '${file}'`)
      assert.match(readFileSync(file, "utf8"), /^ok {4}configuration/)
    }).pipe(Effect.provide(serving)),
  )
})
