/** The command as a program of its own: what it prints, and how it ends. */
import { assert, describe, it } from "@effect/vitest"
import { Seed } from "@genauth-effect/emulator"
import { spawn } from "node:child_process"
import * as Fs from "node:fs/promises"
import * as Os from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"

const bin = fileURLToPath(new URL("../src/bin.ts", import.meta.url))

const start = (args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ["ignore", "pipe", "pipe"] })
  const printed = { stdout: "", stderr: "" }
  child.stdout.on("data", (chunk) => (printed.stdout += String(chunk)))
  child.stderr.on("data", (chunk) => (printed.stderr += String(chunk)))
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
  return {
    printed,
    ended,
    firstLine: () =>
      new Promise<string>((resolve, reject) => {
        child.stdout.on("data", () => printed.stdout.includes("\n") && resolve(printed.stdout))
        child.once("close", () => reject(new Error(printed.stderr)))
      }),
    end: async () => {
      child.kill("SIGTERM")
      await ended
    },
  }
}

const inFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  const folder = await Fs.mkdtemp(Path.join(Os.tmpdir(), "genauth-emulator-"))
  try {
    return await use(folder)
  } finally {
    await Fs.rm(folder, { recursive: true })
  }
}

describe("listening", () => {
  /** Starts the command, asks it twice, and ends it. */
  const askOnce = async (args: ReadonlyArray<string>) => {
    const command = start(args)
    try {
      const { listening } = JSON.parse(await command.firstLine())
      const unsigned = await fetch(`${listening}/api/v3/kick-users`, { method: "POST", body: "{}" })
      const online = await fetch(`${listening}/__emulator/online`)
      return { ...command, unsigned: await unsigned.json(), online: await online.json() }
    } finally {
      await command.end()
    }
  }
  it("prints one line and ends when told", async () => {
    const { online, printed, unsigned } = await askOnce(["--port", "0"])
    assert.match(printed.stdout, /^\{"listening":"http:\/\/127\.0\.0\.1:\d+"\}\n$/)
    assert.strictEqual(printed.stderr, "")
    assert.deepInclude(unsigned, { apiCode: 2020 })
    assert.deepInclude(online, { count: 5 })
  })
  it("says its version, the package's, and in its help how npx starts it", async () => {
    const version = start(["--version"])
    assert.strictEqual(await version.ended, 0)
    const manifest: { readonly version: string } = JSON.parse(
      await Fs.readFile(new URL("../package.json", import.meta.url), "utf8"),
    )
    assert.match(version.printed.stdout, /^genauth-emulator v\d+\.\d+\.\d+\n$/)
    assert.include(version.printed.stdout, `v${manifest.version}\n`)
    const help = start(["--help"])
    assert.strictEqual(await help.ended, 0)
    assert.include(help.printed.stdout, "npx @genauth-effect/emulator --port 0 --seed seed.json")
  })
  it("takes a seed file", async () => {
    const { online } = await inFolder(async (folder) => {
      const path = Path.join(folder, "seed.json")
      await Fs.writeFile(path, JSON.stringify(Seed.generate({ users: 100, applications: 3, loggedIn: 2 })))
      return askOnce(["--seed", path])
    })
    assert.deepInclude(online, { count: 200 })
  })
  it("says why it cannot listen, and exits with 1", async () => {
    const command = start(["--port", "0", "--host", "256.0.0.1"])
    assert.strictEqual(await command.ended, 1)
    assert.strictEqual(command.printed.stdout, "")
    assert.match(command.printed.stderr, /^genauth-emulator: .+\n$/)
  })
})

describe("a seed file that cannot be used is named with field and remedy, and the exit code is 2", () => {
  const pool = { userPool: { id: "p", accessKeys: [{ accessKeyId: "p", accessKeySecret: "s-e-c-r-e-t" }] } }
  const applications = [{ appId: "a", appName: "A" }]
  const cases: ReadonlyArray<readonly [what: string, content: string, says: RegExp]> = [
    ["not JSON", '{"accessKeySecret":"s-e-c-r-e-t",}', /: the seed: not JSON\. Write it as one JSON object/],
    [
      "unknown field",
      JSON.stringify({ ...pool, applications, users: [{ userId: "u", nick: "n" }] }),
      /: users\[0\]\.nick: unknown field\. Remove it, or take one of userId, username, /,
    ],
    ["missing field", JSON.stringify({ ...pool, users: [] }), /: applications: missing\. Add it/],
    [
      "a status that is none",
      JSON.stringify({ ...pool, applications, users: [{ userId: "u", status: "Locked" }] }),
      /: users\[0\]\.status: Expected "Suspended".*\. Correct the value/,
    ],
    [
      "duplicate user ids",
      JSON.stringify({ ...pool, applications, users: [{ userId: "u" }, { userId: "u" }] }),
      /: users\[1\]\.userId: the same as users\[0\]\.userId\. Take another/,
    ],
    [
      "loggedIn naming an unknown application",
      JSON.stringify({ ...pool, applications, users: [{ userId: "u", loggedIn: ["a", "b"] }] }),
      /: users\[0\]\.loggedIn\[1\]: no application of this pool has this appId\. Add the application, or take this/,
    ],
  ]
  const endOf = async (path: string) => {
    const command = start(["--seed", path])
    const code = await command.ended
    const { stderr, stdout } = command.printed
    return { code, stdout, isNamed: stderr.startsWith(`genauth-emulator: ${path}: `), stderr }
  }
  const refused = { code: 2, stdout: "", isNamed: true }
  for (const [what, content, says] of cases) {
    it(what, async () => {
      const end = await inFolder(async (folder) => {
        const path = Path.join(folder, "seed.json")
        await Fs.writeFile(path, content)
        return endOf(path)
      })
      assert.deepInclude(end, refused)
      assert.match(end.stderr, says)
      assert.notInclude(end.stderr, "s-e-c-r-e-t")
      assert.notInclude(end.stderr, "    at ")
    })
  }
  it("missing file", async () => {
    const end = await inFolder((folder) => endOf(Path.join(folder, "none.json")))
    assert.deepInclude(end, refused)
    assert.match(end.stderr, /: there is no such file\. Check the path\n$/)
  })
  it("directory", async () => {
    const end = await inFolder((folder) => endOf(folder))
    assert.deepInclude(end, refused)
    assert.match(end.stderr, /: it is a directory\. Name a JSON file\n$/)
  })
})
