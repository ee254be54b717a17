/** What docs/operators.md prints is run as it stands there, from top to bottom. */
import { assert, it } from "@effect/vitest"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { Effect, Layer } from "effect"
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll } from "vitest"
import { build, bundle } from "./command.ts"
import { variablesFor } from "./variablesFor.ts"

const paper = readFileSync(fileURLToPath(new URL("../../docs/operators.md", import.meta.url)), "utf8")
const blocks = [...paper.matchAll(/^```(sh|ts)\n(.*?)^```$/gms)].map(([, kind = "", text = ""]) => ({ kind, text }))

// Beside the tests, so that imports resolve; with a dot, so that no other check takes it for a part of the repository.
let folder = ""

beforeAll(() => {
  build()
  folder = mkdtempSync(fileURLToPath(new URL("../.snippets-", import.meta.url)))
  writeFileSync(
    join(folder, "leavers.csv"),
    '\uFEFFName;email;Dept\r\nLin;lin@example.com;"R;D"\r\nKim;kim@example.com;\r\n',
  )
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const mail = "62188e71c0de000000000001"
const loggedIn = Seed.example.applications.map(({ appId }) => appId)
const named = ["ada", "lin", "kim"].map((name) => ({ userId: name, email: `${name}@example.com`, loggedIn }))
const others = Array.from({ length: 60 }, (_, number) => ({ userId: `user-${number}`, loggedIn }))
const seed: Seed.Seed = { ...Seed.example, users: [...named, ...others] }

const inShell = (line: string, variables: Readonly<Record<string, string>>) =>
  new Promise<string>((resolve, reject) => {
    const script = `genauth-kick() { node '${bundle}' "$@"; }\n${line}`
    const env = { PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`, ...variables }
    execFile("bash", ["--norc", "-c", script], { cwd: folder, env }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${line}\n${stdout}${stderr}`, { cause: error })),
    )
  })

it.live.skipIf(process.platform === "win32")("every command and program of the page for operators works", () =>
  Effect.gen(function* () {
    const emulator = yield* Emulator.Emulator
    const variables = yield* variablesFor(seed)
    const said = new Map<string, string>()
    const lockedOut: Array<string | undefined> = []
    for (const { kind, text } of blocks) {
      if (kind === "ts") writeFileSync(join(folder, /^\/\/ (\S+)$/m.exec(text)?.[1] ?? "unnamed.ts"), text)
      else {
        for (const line of text.trim().split("\n"))
          said.set(line, yield* Effect.promise(() => inShell(line, variables)))
        lockedOut.push(yield* emulator.statusOf("ada"))
      }
    }
    const outputs = [...said].map(([line, output]) => `${line}\n${output}`).join("\n")
    assert.include(outputs, "2 would be kicked")
    assert.include(outputs, "2 done before")
    assert.include(outputs, "60 kicked")
    assert.include(lockedOut, "Suspended")
    assert.strictEqual(lockedOut.at(-1), "Activated")
    assert.isEmpty(yield* emulator.onlineApps("lin"))
    for (const { userId } of others) assert.deepStrictEqual(yield* emulator.onlineApps(userId), loggedIn.slice(1))
    assert.strictEqual(loggedIn[0], mail)
  }).pipe(Effect.provide(EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(seed))))),
)
