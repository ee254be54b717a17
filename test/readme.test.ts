/** What the READMEs say is compiled, run and compared with the code. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { ApiError, ManagementClient } from "@genauth-effect/client"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { ConfigProvider, Effect, Layer } from "effect"
import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { names, update } from "./docs/errorTable.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const readme = readFileSync(join(root, "README.md"), "utf8")

const papers = [
  "README.md",
  ...["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "examples/README.md"].filter((file) =>
    existsSync(join(root, file)),
  ),
  ...readdirSync(join(root, "packages")).map((name) => `packages/${name}/README.md`),
  ...(existsSync(join(root, "docs")) ? readdirSync(join(root, "docs")).map((name) => `docs/${name}`) : []),
].filter((file) => file.endsWith(".md") && existsSync(join(root, file)))

interface Snippet {
  readonly name: string
  readonly text: string
  readonly kind: "program" | "test" | "no-run"
}

const snippets: ReadonlyArray<Snippet> = papers
  .filter((file) => /^README|^packages/.test(file))
  .flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8")
    return [...text.matchAll(/^```ts( no-run)?\n(.*?)^```$/gms)].map((match) => {
      const code = match[2] ?? ""
      const line = text.slice(0, match.index).split("\n").length + 1
      const isTest = code.includes('from "@effect/vitest"')
      return {
        name: `${file.replaceAll("/", "-").replace(/\.md$/, "")}-${line}${isTest ? ".spec" : ""}.ts`,
        text: code,
        kind: match[1] === undefined ? (isTest ? "test" : "program") : "no-run",
      }
    })
  })

const commands = papers
  .filter((file) => /^README|^packages/.test(file))
  .flatMap((file) => [...readFileSync(join(root, file), "utf8").matchAll(/^npx @genauth-effect\/cli (.*)$/gm)])
  .map((match) => match[1] ?? "")

// Beside the tests, so that imports resolve; with a dot, so that no other check takes it for a part of the repository.
let folder = ""

beforeAll(() => {
  folder = mkdtempSync(join(root, "test/.snippets-"))
  for (const { name, text } of snippets) writeFileSync(join(folder, name), text)
  const references = ["protocol", "client", "undici", "emulator"].map((name) => ({ path: `../../packages/${name}` }))
  const compilerOptions = {
    composite: false,
    declaration: false,
    declarationMap: false,
    noEmit: true,
    types: ["node"],
    // A snippet may show how a thing is made and leave its use to the reader.
    noUnusedLocals: false,
  }
  const config = { extends: "../../tsconfig.base.json", compilerOptions, include: ["*.ts"], references }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config))
  writeFileSync(join(folder, "vitest.config.js"), 'export default { test: { include: ["*.spec.ts"] } }\n')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = async (command: string, args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => {
  const options = { cwd: folder, env: { ...process.env, ...env }, timeout: 60_000 }
  try {
    return (await promisify(execFile)(command, args, options)).stdout
  } catch (error) {
    const said = error instanceof Error && "stdout" in error && "stderr" in error ? [error.stdout, error.stderr] : []
    throw new Error([...said, String(error)].join("\n"), { cause: error })
  }
}

const [key] = Seed.example.userPool.accessKeys

const environmentFor = (url: string) => ({
  GENAUTH_HOST: url,
  GENAUTH_ACCESS_KEY_ID: key?.accessKeyId ?? "",
  GENAUTH_ACCESS_KEY_SECRET: key?.accessKeySecret ?? "",
})

const server = EmulatorServer.layer().pipe(Layer.provide(Emulator.layer(Seed.example)))

describe("snippets", () => {
  it("are there", () => {
    assert.isAtLeast(snippets.filter(({ kind }) => kind === "program").length, 5)
    assert.isAtLeast(snippets.filter(({ kind }) => kind === "test").length, 1)
  })
  it("type-check, all of them", async () => {
    const compiler = (await run(join(root, "node_modules/.bin/effect-tsgo"), ["get-exe-path"])).trim()
    assert.strictEqual(await run(compiler, ["-b", folder]), "")
  }, 120_000)
  for (const { kind, name } of snippets) {
    if (kind !== "program") continue
    it.live(
      `${name} runs against the emulator`,
      () =>
        Effect.gen(function* () {
          const { url } = yield* EmulatorServer.EmulatorServer
          const stdout = yield* Effect.promise(() => run(process.execPath, [name], environmentFor(url)))
          assert.notMatch(stdout, /error/i)
        }).pipe(Effect.provide(server)),
      60_000,
    )
  }
  it.live(
    "commands do what they say, against the emulator",
    () =>
      Effect.gen(function* () {
        const { url } = yield* EmulatorServer.EmulatorServer
        writeFileSync(join(folder, "leavers.csv"), "userId\nlin@example.com\n")
        assert.isAtLeast(commands.length, 3)
        for (const command of commands) {
          const program = join(root, "packages/cli/src/bin.ts")
          yield* Effect.promise(() => run(process.execPath, [program, ...command.split(" ")], environmentFor(url)))
        }
      }).pipe(Effect.provide(server)),
    60_000,
  )
  it("tests pass", async () => {
    const stdout = await run(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run"], { NO_COLOR: "1" })
    const files = snippets.filter(({ kind }) => kind === "test").length
    assert.match(stdout, new RegExp(`Test Files {2}${files} passed`))
  }, 60_000)
})

describe("the README", () => {
  it("has the table of errors that `npm run docs` writes", () => {
    assert.strictEqual(update(readme), readme)
  })
  it("names every error once", () => {
    const tags = ApiError.ApiError.members.map((member) => member.fields._tag.schema.literal)
    assert.deepStrictEqual([...names].sort(), [...tags].sort())
  })
  it.effect("names every variable that layerEnv reads", () =>
    Effect.gen(function* () {
      const variables = [...readme.matchAll(/^\| `(GENAUTH_[A-Z_]+)`/gm)].map((match) => match[1] ?? "")
      assert.strictEqual(variables.length, 8)
      const values = Object.fromEntries(variables.map((name) => [name, "10"]))
      const provider = ConfigProvider.layer(
        ConfigProvider.fromUnknown({ ...values, GENAUTH_BRAND: "authing", GENAUTH_AUTHENTICATION: "token" }),
      )
      const options = yield* ManagementClient.configEnv.pipe(Effect.provide(provider))
      assert.strictEqual(Object.values(options).filter((value) => value !== undefined).length, 8)
    }),
  )
  for (const file of papers) {
    it(`${file} links to files that are there`, () => {
      const text = readFileSync(join(root, file), "utf8")
      for (const [, target = ""] of text.matchAll(/\]\(([^)]+)\)/g)) {
        if (/^(https?:|#)/.test(target)) continue
        assert.isTrue(existsSync(join(root, dirname(file), target.replace(/#.*/, ""))), target)
      }
    })
  }
})
