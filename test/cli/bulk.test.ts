/** Bulk runs as processes: files that people have, kill -9 and resume, terminals and signals. */
import { assert, describe, it } from "@effect/vitest"
import { Emulator, EmulatorServer, type Faults, Seed } from "@genauth-effect/emulator"
import { Effect, Layer } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { afterAll, beforeAll } from "vitest"
import * as Random from "../simulation/random.ts"
import { build, type Ended, makeFolder, run, type Running, start, startInTerminal } from "./command.ts"
import { ended } from "./running.ts"
import { variablesFor } from "./variablesFor.ts"

beforeAll(build)

const folder = makeFolder()
afterAll(folder.remove)

const seed = Seed.generate({ users: 5000, applications: 3, loggedIn: 3 })
const appIds = seed.applications.map(({ appId }) => appId)
const [appId = ""] = appIds
const ids = seed.users.map(({ userId }) => userId)
const [key = { accessKeyId: "", accessKeySecret: "" }] = seed.userPool.accessKeys

const serving = EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(seed)))

const variables = variablesFor(seed)

const bulk = Effect.fnUntraced(function* (args: ReadonlyArray<string>, input?: string | Uint8Array) {
  const environment = yield* variables
  return yield* Effect.promise(() => run(["bulk", ...args], environment, input))
})

interface Line {
  readonly outcome: string
  readonly user?: { readonly id: string; readonly type: string }
  readonly line: number
  readonly apps?: ReadonlyArray<string>
  readonly error?: { readonly _tag: string; readonly message: string }
}

const linesOf = (text: string): ReadonlyArray<Line> =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line))

const reportOf = (path: string): ReadonlyArray<Line> => linesOf(readFileSync(path, "utf8"))

const summary = (lines: ReadonlyArray<Line>) =>
  lines
    .map(({ line, outcome, user }) => [line, outcome, user?.id, user?.type])
    .toSorted((a, b) => Number(a[0]) - Number(b[0]))

describe("files that people have", () => {
  const bom = "\uFEFF"
  const [a = "", b = "", c = ""] = ids
  const cases: ReadonlyArray<
    readonly [
      what: string,
      name: string,
      content: string | Uint8Array,
      args: ReadonlyArray<string>,
      exitCode: number,
      lines: ReadonlyArray<readonly [number, string, string?, string?]>,
    ]
  > = [
    [
      "Excel's CSV: a byte order mark, semicolons, CRLF, a column in the middle",
      "excel.csv",
      `${bom}Name;User ID;Abteilung\r\nAda;${a};"R;D"\r\n"Lin ""the one""";${b};\r\n`,
      ["--user-column", "User ID"],
      0,
      [
        [2, "Kicked", a, "user_id"],
        [3, "Kicked", b, "user_id"],
      ],
    ],
    [
      "empty lines, trailing spaces, no line end after the last",
      "spaces.csv",
      `userId,x\n\n  ${a}  ,1\n   \n${b},2`,
      [],
      0,
      [
        [3, "Kicked", a, "user_id"],
        [5, "Kicked", b, "user_id"],
      ],
    ],
    [
      "a quoted field over several lines, and tabs",
      "notes.csv",
      `note\tuserId\n"first\nsecond\n"\t${a}\n-\t${b}\n`,
      [],
      0,
      [
        [2, "Kicked", a, "user_id"],
        [5, "Kicked", b, "user_id"],
      ],
    ],
    [
      "a quote that is never closed costs its own line",
      "quote.csv",
      `userId,note\n${a},"oops\n${b},fine\n${c},\n`,
      [],
      1,
      [
        [2, "Failed"],
        [3, "Kicked", b, "user_id"],
        [4, "Kicked", c, "user_id"],
      ],
    ],
    [
      "mixed types, a type that is none, and a line without a user",
      "types.csv",
      `id,type\nuser-none@example.com,email\n${a},\n${b},userid\n,email\n`,
      ["--type-column", "type"],
      1,
      [
        [2, "NotFound", "user-none@example.com", "email"],
        [3, "Kicked", a, "user_id"],
        [4, "Failed"],
        [5, "Failed"],
      ],
    ],
    [
      "one user a line, with a byte order mark and CRLF, and somebody twice",
      "users.txt",
      `${bom}${a}\r\n${b}\r\n\r\n${a}\r\n`,
      [],
      0,
      [
        [1, "Kicked", a, "user_id"],
        [2, "Kicked", b, "user_id"],
      ],
    ],
    [
      "a line of 200 KB",
      "long.txt",
      `${a}\n${"x".repeat(200_000)}\n${b}\n`,
      [],
      1,
      [
        [1, "Kicked", a, "user_id"],
        [2, "NotFound", "x".repeat(200_000), "user_id"],
        [3, "Kicked", b, "user_id"],
      ],
    ],
    [
      "a line of 2 MB is not even asked about",
      "longer.txt",
      `${a}\n${"x".repeat(2_000_000)}\n${b}\n`,
      [],
      1,
      [
        [1, "Kicked", a, "user_id"],
        [2, "Failed"],
        [3, "Kicked", b, "user_id"],
      ],
    ],
    [
      "NDJSON with fields, texts, garbage and an object without a user",
      "users.ndjson",
      `{"userId":"${a}"}\n"${b}"\n{"userId":\n{"name":"x"}\n`,
      [],
      1,
      [
        [1, "Kicked", a, "user_id"],
        [2, "Kicked", b, "user_id"],
        [3, "Failed"],
        [4, "Failed"],
      ],
    ],
    ["an empty file", "empty.csv", "", [], 0, []],
  ]
  for (const [what, name, content, args, exitCode, lines] of cases) {
    it.live(`${name}: ${what}`, () =>
      Effect.gen(function* () {
        const file = folder.write(name, content)
        const { stdout, ...rest } = yield* bulk([file, ...args, "--app", appId, "--yes", "--json"])
        assert.strictEqual(rest.exitCode, exitCode, rest.stderr)
        assert.deepStrictEqual(
          summary(linesOf(stdout)),
          lines.map(([line, outcome, id, type]) => [line, outcome, id, type]),
        )
      }).pipe(Effect.provide(serving)),
    )
  }

  it.live("each line with applications of its own, more than fifty of them", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 51 }, (_, number) => `none-${number}`).join(" ")
      const file = folder.write("apps.csv", `userId,apps\n${a},${appIds[0]}|${appIds[1]}\n${b},"${many}"\n${c},\n`)
      const { exitCode, stdout } = yield* bulk([file, "--app-column", "apps", "--yes", "--json"])
      const lines = linesOf(stdout).toSorted((left, right) => left.line - right.line)
      assert.strictEqual(exitCode, 1)
      assert.deepStrictEqual(lines[0]?.apps, appIds.slice(0, 2))
      assert.strictEqual(lines[1]?.apps?.length, 51)
      assert.strictEqual(lines[1]?.error?._tag, "ApplicationNotFound")
      assert.strictEqual(lines[2]?.error?._tag, "BadLine")
      const emulator = yield* Emulator.Emulator
      assert.deepStrictEqual(yield* emulator.onlineApps(a), appIds.slice(2))
    }).pipe(Effect.provide(serving)),
  )

  for (const [what, file, args, says] of [
    ["a file that is not there", () => folder.path("none.csv"), [], "is not there"],
    ["a folder", () => folder.path("."), [], "is a folder"],
    [
      "a binary file",
      () => folder.write("photo.txt", Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2])),
      [],
      "binary",
    ],
    ["UTF-16", () => folder.write("utf16.csv", Uint8Array.from([0xff, 0xfe, 0x61, 0])), [], "UTF-16"],
    ["a column that is not there", () => folder.write("no.csv", "name,mail\nx,y\n"), [], '"name", "mail"'],
    ["another column that is not there", () => folder.write("no2.csv", "id\nx\n"), ["--user-column", "u"], '"id"'],
    ["--resume without a report", () => folder.write("r.txt", "x\n"), ["--resume"], "--report"],
    ["no rate", () => folder.write("rate.txt", "x\n"), ["--rate", "0"], "--rate"],
    ["no concurrency", () => folder.write("conc.txt", "x\n"), ["--concurrency", "0"], "--concurrency"],
  ] as const) {
    it.live(`ends with 2 over ${what}`, () =>
      Effect.gen(function* () {
        const { exitCode, stderr } = yield* bulk([file(), ...args, "--app", appId, "--yes"])
        assert.strictEqual(exitCode, 2)
        assert.include(stderr, says)
      }).pipe(Effect.provide(serving)),
    )
  }
})

describe("asks before more than one user", () => {
  const two = () => folder.write("two.txt", `${ids[0]}\n${ids[1]}\n`)
  it.live("and ends with 2 where nobody can answer", () =>
    Effect.gen(function* () {
      const { exitCode, stderr } = yield* bulk([two(), "--everywhere"])
      assert.strictEqual(exitCode, 2)
      assert.include(stderr, "--yes")
      assert.strictEqual((yield* bulk(["-", "--everywhere"], `${ids[0]}\n`)).exitCode, 2)
      const emulator = yield* Emulator.Emulator
      assert.strictEqual((yield* emulator.onlineApps(ids[0] ?? "")).length, 3)
      const one = folder.write("one.txt", `${ids[2]}\n`)
      assert.strictEqual((yield* bulk([one, "--everywhere"])).exitCode, 0)
    }).pipe(Effect.provide(serving)),
  )
  it.live("nor in a dry run, which needs no key and kicks nobody", () =>
    Effect.gen(function* () {
      const { exitCode, stdout } = yield* Effect.promise(() => run(["bulk", two(), "--app", "a", "--dry-run"]))
      assert.strictEqual(exitCode, 0)
      assert.include(stdout, "2 would be kicked")
    }),
  )
})

const everybody = () => folder.write("all.txt", ids.join("\n"))

/** Waits until a report has this many lines. */
const reached = (path: string, lines: number, { child }: Running) =>
  Effect.promise(async () => {
    while (child.exitCode === null && child.signalCode === null) {
      if (existsSync(path) && readFileSync(path, "utf8").split("\n").length > lines) return
      await new Promise((resolve) => setImmediate(resolve))
    }
  })

const slowly: Faults.Script = {
  rules: [{ when: {}, fault: { kind: "latency", distribution: { type: "uniform", minMillis: 1, maxMillis: 20 } } }],
}

// Random moments for kill -9; the seed that the name of the test shows replays them.
const killSeed = Number(process.env["GENAUTH_SEED"] ?? Math.floor(Math.random() * 1_000_000))
const killsAt = (() => {
  const random = Random.make(killSeed)
  // Not so late that the run may be over before it is killed.
  return Array.from({ length: 3 }, () => random.int(1, ids.length - 500)).toSorted((one, other) => one - other)
})()

describe("a report", () => {
  it.live(
    `survives kill -9 at ${killsAt.join(", ")} lines (GENAUTH_SEED=${killSeed}): everybody offline, everybody in it once`,
    () =>
      Effect.gen(function* () {
        const emulator = yield* Emulator.Emulator
        yield* emulator.setFaults(slowly)
        const environment = yield* variables
        const report = folder.path("killed.ndjson")
        const concurrency = 32
        const args = [
          "bulk",
          everybody(),
          "--everywhere",
          "--yes",
          "--report",
          report,
          "--concurrency",
          `${concurrency}`,
        ]
        for (const lines of killsAt) {
          const running = start([...args, "--resume"], environment)
          yield* reached(report, lines, running)
          running.child.kill("SIGKILL")
          assert.strictEqual((yield* ended(running)).signal, "SIGKILL")
        }
        const last = yield* ended(start([...args, "--resume"], environment))
        assert.strictEqual(last.exitCode, 0, last.stderr)
        assert.match(last.stderr, /users? (are|is) done in the report and (are|is) skipped/)
        assert.strictEqual(yield* emulator.onlineCount, 0)
        const lines = reportOf(report)
        assert.strictEqual(lines.length, ids.length)
        assert.deepStrictEqual(new Set(lines.map(({ user }) => user?.id)), new Set(ids))
        const kicks = (yield* emulator.counts).byPath["/api/v3/kick-users"] ?? 0
        assert.isAtMost(kicks, ids.length + 3 * concurrency)
        assert.isFalse(existsSync(`${report}.lock`))
      }).pipe(Effect.provide(serving)),
  )

  it.live("has a torn last line cut off, tries failures again, and counts a user's last line", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const [a = "", b = "", c = "", d = ""] = ids
      const file = folder.write("four.txt", [a, b, c, d].join("\n"))
      const line = (outcome: string, id: string) =>
        JSON.stringify({ outcome, user: { id, type: "user_id" }, apps: appIds, requestIds: [], attempts: 1 })
      const report = folder.write(
        "torn.ndjson",
        `${line("Kicked", a)}\n${line("Failed", b)}\n${line("Kicked", c)}\n${line("Failed", c)}\n${line("Kicked", d).slice(0, 40)}`,
      )
      const { exitCode, stderr } = yield* bulk([file, "--everywhere", "--yes", "--report", report, "--resume"])
      assert.strictEqual(exitCode, 0)
      assert.include(stderr, "torn last line of 40 bytes")
      assert.include(stderr, "1 user is done in the report and is skipped.")
      assert.strictEqual((yield* emulator.onlineApps(a)).length, 3)
      for (const id of [b, c, d]) assert.isEmpty(yield* emulator.onlineApps(id))
      assert.strictEqual(reportOf(report).length, 7)
      const wider = yield* bulk([file, "--everywhere", "--yes", "--report", report])
      assert.strictEqual(wider.exitCode, 2)
      assert.include(wider.stderr, "--resume")
    }).pipe(Effect.provide(serving)),
  )

  it.live("of another question does not count: other applications, or no verification", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const file = folder.write("first.txt", ids.slice(0, 3).join("\n"))
      const report = folder.path("wider.ndjson")
      const args = [file, "--yes", "--report", report]
      yield* bulk([...args, "--app", appId])
      yield* bulk([...args, "--everywhere", "--resume"])
      for (const id of ids.slice(0, 3)) assert.isEmpty(yield* emulator.onlineApps(id))
      const verified = yield* bulk([...args, "--everywhere", "--resume", "--verify"])
      assert.include(verified.stdout, "3 kicked")
      const again = yield* bulk([...args, "--everywhere", "--resume", "--verify"])
      assert.include(again.stdout, "3 done before")
    }).pipe(Effect.provide(serving)),
  )

  it.live("is written by one run at a time", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.setFaults(slowly)
      const environment = yield* variables
      const report = folder.path("locked.ndjson")
      const args = ["bulk", everybody(), "--app", appId, "--yes", "--report", report]
      const first = start(args, environment)
      yield* reached(report, 50, first)
      const second = yield* ended(start([...args, "--resume"], environment))
      assert.strictEqual(second.exitCode, 2)
      assert.include(second.stderr, "another run")
      first.child.kill("SIGINT")
      assert.strictEqual((yield* ended(first)).exitCode, 130)
    }).pipe(Effect.provide(serving)),
  )
})

const isOnRecord = Effect.fnUntraced(function* (report: string, result: Ended) {
  const emulator = yield* Emulator.Emulator
  assert.strictEqual(result.exitCode, 130, result.stderr)
  const lines = reportOf(report)
  assert.isBelow(lines.length, ids.length)
  // Whoever was kicked is in the report, and whoever is in the report was kicked.
  const kicked = new Set(lines.map(({ user }) => user?.id))
  for (const id of ids) assert.strictEqual((yield* emulator.onlineApps(id)).length === 0, kicked.has(id))
})

describe("the reader of the output", () => {
  it.live("may take its time: nothing is lost when the command ends", () =>
    Effect.gen(function* () {
      const apps = ["x", "y", "z"].map((letter) => letter.repeat(100_000))
      const args = ["user", "nobody", ...apps.flatMap((id) => ["--app", id]), "--json"]
      const running = start(args, yield* variables)
      const { stdout } = running.child
      stdout.on("data", () => {
        stdout.pause()
        setImmediate(() => stdout.resume())
      })
      const result = yield* ended(running)
      assert.strictEqual(result.exitCode, 1, result.stderr)
      assert.deepStrictEqual(JSON.parse(result.stdout).apps, apps)
    }).pipe(Effect.provide(serving)),
  )

  it.live("may go away: what is in flight is finished and on record", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.setFaults(slowly)
      const report = folder.path("head.ndjson")
      const args = ["bulk", everybody(), "--everywhere", "--yes", "--json", "--report", report]
      const running = start(args, yield* variables)
      running.child.stdout.once("data", () => running.child.stdout.destroy())
      const result = yield* ended(running)
      yield* isOnRecord(report, result)
      assert.include(result.stderr, "--resume")
    }).pipe(Effect.provide(serving)),
  )
})

describe("Ctrl-C", () => {
  it.live("finishes what is in flight, writes the report and says how to resume", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.setFaults(slowly)
      const report = folder.path("interrupted.ndjson")
      const running = start(["bulk", everybody(), "--everywhere", "--yes", "--report", report], yield* variables)
      yield* reached(report, 300, running)
      running.child.kill("SIGINT")
      const result = yield* ended(running)
      yield* isOnRecord(report, result)
      assert.match(result.stderr, /To go on: genauth-kick bulk .*--report .*interrupted\.ndjson --resume/)
    }).pipe(Effect.provide(serving)),
  )

  it.live.skipIf(process.platform !== "linux")("in a terminal, under a progress bar", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      yield* emulator.setFaults(slowly)
      const report = folder.path("terminal.ndjson")
      const args = ["bulk", everybody(), "--everywhere", "--report", report]
      const running = startInTerminal(args, yield* variables)
      running.child.stdin.write("y\n")
      yield* reached(report, 800, running)
      running.child.stdin.write("\u0003")
      const result = yield* ended(running)
      yield* isOnRecord(report, result)
      assert.include(result.stdout, "Kick up to 5,000 users out of everything? [y/N]")
      assert.match(result.stdout, /█+.*░+.* \d+ % .*\/5,000 .*\d+\/s .*ETA .*0 failed/)
      assert.include(result.stdout, "Finishing what is in flight")
      assert.include(result.stdout, "\u001b[3")
      assert.include(result.stdout, "\r\u001b[2K")
    }).pipe(Effect.provide(serving)),
  )

  it.live.skipIf(process.platform !== "linux")("at the question kicks nobody; NO_COLOR has no colours", () =>
    Effect.gen(function* () {
      const emulator = yield* Emulator.Emulator
      const environment = { ...(yield* variables), NO_COLOR: "1" }
      const asked = startInTerminal(["bulk", everybody(), "--everywhere"], environment)
      yield* Effect.promise(
        () =>
          new Promise((resolve) =>
            asked.child.stdout.on("data", (text) => String(text).includes("[y/N]") && resolve(text)),
          ),
      )
      asked.child.stdin.write("\u0003")
      const result = yield* ended(asked)
      assert.strictEqual(result.exitCode, 130)
      assert.strictEqual(yield* emulator.onlineCount, 15_000)
      const refused = startInTerminal(["bulk", everybody(), "--everywhere"], environment)
      refused.child.stdin.write("n\n")
      assert.strictEqual((yield* ended(refused)).exitCode, 2)
      assert.strictEqual(yield* emulator.onlineCount, 15_000)
      const accepted = startInTerminal(["bulk", everybody(), "--app", appId, "--yes"], environment)
      const shown = yield* ended(accepted)
      assert.strictEqual(shown.exitCode, 0, shown.stdout)
      assert.include(shown.stdout, "5,000 kicked")
      assert.notInclude(shown.stdout, "\u001b[3")
    }).pipe(Effect.provide(serving)),
  )
})

it.live("a wrong key ends a run of thousands at once", () =>
  Effect.gen(function* () {
    const environment = { ...(yield* variables), GENAUTH_ACCESS_KEY_SECRET: "another" }
    const result = yield* Effect.promise(() =>
      run(["bulk", everybody(), "--app", appId, "--yes", "--json"], environment),
    )
    assert.strictEqual(result.exitCode, 3)
    assert.isAtMost(linesOf(result.stdout).length, 64)
    assert.include(result.stderr, "the run was stopped")
  }).pipe(Effect.provide(serving)),
)

it.live("nothing secret is printed, whatever the log level", () =>
  Effect.gen(function* () {
    const file = folder.write("secrecy.txt", ids.slice(0, 20).join("\n"))
    const outputs: Array<string> = []
    const emulator = yield* Emulator.Emulator
    yield* emulator.setFaults({ rules: [{ when: { every: 3 }, fault: { kind: "http", status: 503 } }] })
    for (const authentication of ["signature", "token"]) {
      const environment = { ...(yield* variables), GENAUTH_AUTHENTICATION: authentication }
      for (const args of [
        ["bulk", file, "--everywhere", "--yes", "--log-level", "debug"],
        ["user", ids[30] ?? "", "--everywhere", "--verify", "--json", "--log-level", "all"],
        ["doctor", "--log-level", "trace"],
      ]) {
        const { stderr, stdout } = yield* Effect.promise(() => run(args, environment))
        outputs.push(stdout, stderr)
      }
    }
    const text = outputs.join("\n")
    assert.include(text, "attempt=")
    assert.notInclude(text, key.accessKeySecret)
    assert.notInclude(text, "eyJ")
    assert.notInclude(text, "Bearer")
    assert.notMatch(text, /GenAuth [0-9a-f]+:/)
    // A user id is in no log line.
    assert.isEmpty(
      text.split("\n").filter((line) => line.startsWith("timestamp=") && ids.some((id) => line.includes(id))),
    )
  }).pipe(Effect.provide(serving)),
)
