/**
 * The packages as a stranger gets them: built in a copy of the workspace, packed, installed into an empty folder, and
 * used under plain Node, without the sources of this repository.
 */
import { assert, beforeAll, afterAll, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { firstProgram, gzipped } from "./benchmark/weight.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const minutes = 60_000

const Manifest = Schema.fromJsonString(
  Schema.Struct({
    name: Schema.String,
    version: Schema.String,
    bin: Schema.optional(Schema.Record(Schema.String, Schema.String)),
    dependencies: Schema.optional(Schema.Record(Schema.String, Schema.String)),
    peerDependencies: Schema.optional(Schema.Record(Schema.String, Schema.String)),
    exports: Schema.optional(Schema.Record(Schema.String, Schema.Unknown)),
    engines: Schema.Struct({ node: Schema.String }),
  }),
)
const SourceMap = Schema.fromJsonString(Schema.Struct({ sources: Schema.Array(Schema.String) }))

interface Packed {
  readonly folder: string
  readonly files: ReadonlyArray<string>
  readonly manifest: typeof Manifest.Type
  readonly manifestText: string
}

const run = async (
  command: string,
  args: ReadonlyArray<string>,
  cwd: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string> => {
  // The workspace's Node first, whatever started this test.
  const env = { ...process.env, ...variables, PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` }
  try {
    return (await promisify(execFile)(command, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 })).stdout
  } catch (error) {
    const said = error instanceof Error && "stdout" in error && "stderr" in error ? [error.stdout, error.stderr] : []
    throw new Error([`${command} ${args.join(" ")}`, ...said, String(error)].join("\n"), { cause: error })
  }
}

const filesOf = async (folder: string): Promise<ReadonlyArray<string>> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()

let work = ""
let consumer = ""
const packed = new Map<string, Packed>()

const packageOf = (name: string): Packed => {
  const found = packed.get(name)
  if (found === undefined) throw new Error(`${name} was not packed`)
  return found
}

/** The packages that are imported; the others are commands, bundled into one file. */
const libraries = () => [...packed.values()].filter(({ manifest }) => manifest.exports?.["."] !== undefined)

/** Only what a fresh clone has is copied, so that nothing left over from an older build is packed. */
const copyWorkspace = async (): Promise<string> => {
  const copy = join(work, "workspace")
  await mkdir(copy)
  for (const name of ["package.json", "pnpm-workspace.yaml", "tsconfig.base.json", "LICENSE"]) {
    await cp(join(root, name), join(copy, name))
  }
  await symlink(join(root, "node_modules"), join(copy, "node_modules"))
  await cp(join(root, "packages"), join(copy, "packages"), {
    recursive: true,
    // The packages then find each other in the copy.
    verbatimSymlinks: true,
    filter: (path) => !/\/(dist|test|coverage)$|\.tsbuildinfo$|\/node_modules\/\.[^/]*$/.test(path),
  })
  return copy
}

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "genauth-effect-packed-"))
  const copy = await copyWorkspace()
  const folders = (await readdir(join(copy, "packages"))).map((name) => join(copy, "packages", name))
  const compiler = (await run(join(root, "node_modules/.bin/effect-tsgo"), ["get-exe-path"], root)).trim()
  await run(compiler, ["-b", ...folders], copy)
  consumer = join(work, "consumer")
  await mkdir(consumer)
  const tarballs: Array<string> = []
  for (const folder of folders) {
    const destination = await mkdtemp(join(work, "tarball-"))
    await run("npx", ["-y", "pnpm@12.21.0", "pack", "--pack-destination", destination], folder)
    const [name = ""] = await readdir(destination)
    const tarball = join(destination, name)
    await run("tar", ["-xzf", tarball], destination)
    const unpacked = join(destination, "package")
    const manifestText = await readFile(join(unpacked, "package.json"), "utf8")
    const manifest = Schema.decodeSync(Manifest)(manifestText)
    packed.set(manifest.name, { folder: unpacked, files: await filesOf(unpacked), manifest, manifestText })
    tarballs.push(tarball)
  }
  await writeFile(join(consumer, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }))
  const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"]
  await run("npm", [...install, ...tarballs, "effect@~4.1.0", "@effect/platform-node@~4.1.0"], consumer)
}, 5 * minutes)

afterAll(() => rm(work, { recursive: true, force: true }))

const node = async (program: string): Promise<string> => {
  await writeFile(join(consumer, "program.js"), program)
  return run(process.execPath, ["program.js"], consumer)
}

describe("what is in the tarballs", () => {
  it("every package of the workspace, with its licence and its README", async () => {
    assert.includeMembers(
      [...packed.keys()],
      ["@genauth-effect/client", "@genauth-effect/emulator", "@genauth-effect/protocol", "@genauth-effect/undici"],
    )
    assert.strictEqual(packed.size, (await readdir(join(root, "packages"))).length)
    for (const { files, manifest } of packed.values()) {
      const entries = Object.values(manifest.bin ?? {}).map((path) => path.replace(/^\.\//, ""))
      assert.includeMembers([...files], ["LICENSE", "README.md", ...entries], manifest.name)
    }
    for (const { files, manifest } of libraries()) {
      assert.includeMembers([...files], ["dist/index.js", "dist/index.d.ts"], manifest.name)
    }
  })
  it("nothing but sources, builds and papers", () => {
    const papers = /^(LICENSE|README\.md|CHANGELOG\.md|package\.json)$/
    const code = /^(src\/[\w/]+\.ts|dist\/[\w/]+\.(js|d\.ts)(\.map)?)$/
    for (const { files, manifest } of packed.values()) {
      const commands = new Set(Object.values(manifest.bin ?? {}).map((path) => path.replace(/^\.\//, "")))
      const isKnown = (file: string) =>
        papers.test(file) || code.test(file) || commands.has(file.replace(/\.LEGAL\.txt$/, ""))
      assert.isEmpty(
        files.filter((file) => !isKnown(file)),
        manifest.name,
      )
      assert.isEmpty(
        files.filter((file) => /\btests?\b|fixture|\.test\./i.test(file)),
        manifest.name,
      )
    }
  })
  it("no machine path, no key, no registry login", async () => {
    const forbidden = [root, work, "_authToken", "PRIVATE KEY-----"]
    for (const { files, folder } of packed.values()) {
      for (const file of files) {
        const text = await readFile(join(folder, file), "utf8")
        for (const part of forbidden) assert.notInclude(text, part, file)
      }
    }
  })
  it("source maps lead to files that are there", async () => {
    for (const { files, folder, manifest } of libraries()) {
      const maps = files.filter((file) => file.endsWith(".map"))
      assert.isNotEmpty(maps, manifest.name)
      for (const map of maps) {
        const { sources } = Schema.decodeSync(SourceMap)(await readFile(join(folder, map), "utf8"))
        for (const source of sources) assert.isTrue(existsSync(join(folder, dirname(map), source)), `${map}: ${source}`)
      }
    }
  })
  it("versions in place of the workspace's words, and Effect as a peer", () => {
    for (const { manifest, manifestText } of packed.values()) {
      assert.notMatch(manifestText, /workspace:|catalog:/, manifest.name)
      for (const [name, version] of Object.entries(manifest.dependencies ?? {})) {
        if (name.startsWith("@genauth-effect/")) assert.strictEqual(version, packageOf(name).manifest.version)
      }
      assert.strictEqual(manifest.engines.node, ">=22.19.0")
    }
    assert.isUndefined(packageOf("@genauth-effect/protocol").manifest.dependencies)
    const client = packageOf("@genauth-effect/client").manifest
    assert.deepStrictEqual(client.peerDependencies, { effect: "~4.1.0" })
    assert.deepStrictEqual(Object.keys(client.dependencies ?? {}), ["@genauth-effect/protocol"])
    const undici = packageOf("@genauth-effect/undici").manifest
    assert.deepStrictEqual(undici.peerDependencies, { effect: "~4.1.0" })
    assert.deepStrictEqual(Object.keys(undici.dependencies ?? {}), ["undici"])
    const emulator = packageOf("@genauth-effect/emulator").manifest
    assert.deepInclude(emulator.peerDependencies, { effect: "~4.1.0" })
  })
  it("npm finds every peer in range", async () => {
    // Exits with an error for a missing or a wrong one.
    const tree = await run("npm", ["ls", "--all"], consumer)
    assert.strictEqual(tree.match(/\beffect@(?!.*deduped)/g)?.length, 1)
  })
})

describe(
  "installed into an empty folder",
  () => {
    it("kicks through the emulator, from the roots", async () => {
      const printed = await node(`
      import { KickUsers, ManagementClient, User } from "@genauth-effect/client"
      import { Emulator, Seed } from "@genauth-effect/emulator"
      import { Effect, Layer, Redacted } from "effect"
      const program = Effect.gen(function* () {
        const client = yield* ManagementClient.ManagementClient
        const emulator = yield* Emulator.Emulator
        const { data } = yield* client.kickUsers(KickUsers.forUser(User.username("ada"), ["62188e71c0de000000000001"]))
        return [data.success, yield* emulator.onlineApps("6319a1504f3aaaaf214dd5b1")]
      })
      const [key] = Seed.example.userPool.accessKeys
      const client = ManagementClient.layer({ ...key, accessKeySecret: Redacted.make(key.accessKeySecret) })
      const services = client.pipe(
        Layer.provide(Emulator.layerHttpClient),
        Layer.provideMerge(Emulator.layer(Seed.example)),
      )
      console.log(JSON.stringify(await Effect.runPromise(program.pipe(Effect.provide(services)))))
    `)
      assert.deepStrictEqual(JSON.parse(printed), [true, ["62188e71c0de000000000002"]])
    })
    it("kicks over a socket, with undici", async () => {
      const printed = await node(`
      import { KickUsers, ManagementClient, User } from "@genauth-effect/client"
      import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
      import { layer } from "@genauth-effect/undici/UndiciHttpClient"
      import { Effect, Layer, Redacted } from "effect"
      const [key] = Seed.example.userPool.accessKeys
      const program = Effect.gen(function* () {
        const { url } = yield* EmulatorServer.EmulatorServer
        const secret = Redacted.make(key.accessKeySecret)
        const client = yield* ManagementClient.make({ ...key, accessKeySecret: secret, host: url })
        const { data } = yield* client.kickUsers(KickUsers.forUser(User.username("ada"), ["62188e71c0de000000000001"]))
        return data.success
      })
      const server = EmulatorServer.layer().pipe(Layer.provide(Emulator.layer(Seed.example)))
      console.log(await Effect.runPromise(program.pipe(Effect.provide([server, layer]))))
    `)
      assert.strictEqual(printed.trim(), "true")
    })
    it("has every module under its own path", async () => {
      for (const { files, manifest } of libraries()) {
        const modules = files
          .map((file) => /^dist\/([A-Z]\w*)\.js$/.exec(file)?.[1])
          .filter((name) => name !== undefined)
        assert.isNotEmpty(modules, manifest.name)
        const imports = modules.map((name) => `import * as ${name} from "${manifest.name}/${name}"`)
        // Modules of types alone are empty at run time, yet they are there.
        const printed = await node(`${imports.join("\n")}\nconsole.log([${modules.join(", ")}].length)`)
        assert.strictEqual(printed.trim(), String(modules.length), manifest.name)
      }
    })
    it("keeps its inside to itself", async () => {
      for (const { files, manifest } of packed.values()) {
        const inside = files.find((file) => /^dist\/internal\/\w+\.js$/.test(file)) ?? "dist/index.js"
        const path = inside.replace(/^dist\//, "").replace(/\.js$/, "")
        const forbidden = [path, `${path}.js`, "index", "dist/index.js", "src/index.ts"]
        const printed = await node(`
        const codes = []
        for (const path of ${JSON.stringify(forbidden)}) {
          codes.push(await import("${manifest.name}/" + path).then(() => "imported", (error) => error.code))
        }
        console.log(JSON.stringify(codes))
      `)
        for (const code of Schema.decodeSync(Schema.fromJsonString(Schema.Array(Schema.String)))(printed)) {
          assert.include(["ERR_PACKAGE_PATH_NOT_EXPORTED", "ERR_MODULE_NOT_FOUND"], code, manifest.name)
        }
      }
    })
    it(
      "has types, as NodeNext and as a bundler read them",
      async () => {
        await writeFile(
          join(consumer, "typed.ts"),
          `import { ManagementClient, User } from "@genauth-effect/client"
import type { UserNotFound } from "@genauth-effect/client/ApiError"
import { profiles } from "@genauth-effect/protocol/Brand"
import { Emulator } from "@genauth-effect/emulator"
import { UndiciHttpClient } from "@genauth-effect/undici"
import { Effect, type Layer } from "effect"
import type { HttpClient } from "effect/http/HttpClient"
export const host: string = profiles.genauth.defaultHost
export const emulator: Effect.Effect<Emulator.Service, never, Emulator.Emulator> = Emulator.Emulator
export const http: Layer.Layer<HttpClient> = UndiciHttpClient.layerOptions({ connect: { ca: "" }, connections: 64 })
// @ts-expect-error a number
export const unbound = UndiciHttpClient.layerOptions({ connections: "64" })
export const kick = (client: ManagementClient.Service) =>
  client.kickUsers({ appIds: ["a"], userId: User.email("a@example.com").id }).pipe(
    Effect.catchTag("UserNotFound", (error: UserNotFound) => Effect.succeed(error.apiCode)),
  )
// @ts-expect-error appIds is a list
export const wrong = (client: ManagementClient.Service) => client.kickUsers({ appIds: "a", userId: "u" })
`,
        )
        for (const mode of [
          ["--module", "NodeNext"],
          ["--module", "ESNext", "--moduleResolution", "Bundler"],
        ]) {
          const options = [...mode, "--target", "ES2023", "--strict", "--noEmit", "--skipLibCheck", "--types", ""]
          assert.strictEqual(await run(join(root, "node_modules/.bin/tsc"), [...options, "typed.ts"], consumer), "")
        }
      },
      2 * minutes,
    )
    it("bundles the README's first program into 70 kB", async () => {
      assert.isAtMost(await gzipped(firstProgram(), consumer), 70)
    })
    it("brings the commands: one is the service, the other kicks a user there", async () => {
      const bin = (name: string) => join(consumer, "node_modules/.bin", name)
      const emulator = [bin("genauth-emulator"), "--port", "0"]
      const child: ChildProcess = spawn(process.execPath, emulator, { stdio: ["ignore", "pipe", "inherit"] })
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
      try {
        const line = await new Promise<string>((resolve, reject) => {
          child.stdout?.once("data", (chunk: Buffer) => resolve(chunk.toString()))
          child.once("exit", (code) => reject(new Error(`ended with ${code}`)))
        })
        assert.match(line, /^\{"listening":"http:\/\/127\.0\.0\.1:\d+"\}\n$/)
        const { listening } = Schema.decodeSync(Schema.fromJsonString(Schema.Struct({ listening: Schema.String })))(
          line,
        )
        const online = async () =>
          (await fetch(`${listening}/__emulator/online?userId=6319a1504f3aaaaf214dd5b1`)).text()
        assert.include(await online(), "62188e71c0de000000000001")
        const kick = [bin("genauth-kick"), "user", "ada", "--type", "username", "--everywhere", "--verify"]
        await run(process.execPath, kick, consumer, {
          GENAUTH_HOST: listening,
          GENAUTH_ACCESS_KEY_ID: "64c0ffee0000000000000001",
          GENAUTH_ACCESS_KEY_SECRET: "an-example-secret-of-no-value",
        })
        assert.notInclude(await online(), "62188e71c0de000000000001")
      } finally {
        child.kill()
        await ended
      }
    })
  },
  minutes,
)
