/** How much a program carries, and how much is installed for it. */
import { Schema } from "effect"
import { build } from "esbuild"
import { lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs"
import { dirname, join } from "node:path"
import { gzipSync } from "node:zlib"
import { type Installed, root } from "./Installed.ts"

/** In thousands of bytes after gzip: one program and all it needs in one file. */
export interface Bundles {
  readonly readme: number
  readonly throughRoots: number
  readonly onUndici: number
  readonly sdk: number
}

export interface Footprint {
  readonly packages: number
  readonly mebibytes: number
}

export interface Weight {
  readonly bundles: Bundles
  readonly installed: { readonly onFetch: Footprint; readonly onUndici: Footprint; readonly sdk: Footprint }
}

/** The README's first program. */
export const firstProgram = (): string => {
  const readme = readFileSync(join(root, "README.md"), "utf8")
  const program = /^## A first program\n+```ts\n([^]*?)^```/m.exec(readme)?.[1]
  if (program === undefined) throw new Error("the README has no first program")
  return program
}

/** What a program and all it needs, resolved from a folder, weighs. */
export const gzipped = async (contents: string, folder: string): Promise<number> => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder, loader: "ts" },
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    write: false,
    logLevel: "error",
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error("esbuild wrote nothing")
  return gzipSync(file.contents, { level: 9 }).length / 1000
}

const Manifest = Schema.fromJsonString(
  Schema.Struct({
    name: Schema.String,
    version: Schema.String,
    dependencies: Schema.optional(Schema.Record(Schema.String, Schema.String)),
  }),
)

// Where Node would find a package that is asked for from a folder.
const find = (name: string, from: string): string => {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, "node_modules", name)
    if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined) return realpathSync(folder)
    if (at === dirname(at)) throw new Error(`${name} is not installed`)
  }
}

const bytesIn = (folder: string): number => {
  let bytes = 0
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile() && !entry.parentPath.slice(folder.length).includes("node_modules")) {
      bytes += lstatSync(join(entry.parentPath, entry.name)).size
    }
  }
  return bytes
}

/** The named packages and all they depend on, each once. */
const footprint = (names: ReadonlyArray<string>, from: string): Footprint => {
  const sizes = new Map<string, number>()
  const visit = (name: string, asker: string): void => {
    const folder = find(name, asker)
    const manifest = Schema.decodeSync(Manifest)(readFileSync(join(folder, "package.json"), "utf8"))
    const key = `${manifest.name}@${manifest.version}`
    if (sizes.has(key)) return
    sizes.set(key, bytesIn(folder))
    for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency, folder)
  }
  for (const name of names) visit(name, from)
  const bytes = Array.from(sizes.values()).reduce((sum, size) => sum + size, 0)
  return { packages: sizes.size, mebibytes: bytes / 2 ** 20 }
}

export const weigh = async ({ folder }: Installed): Promise<Weight> => {
  const program = (name: string) => readFileSync(join(folder, "programs", name), "utf8")
  const library = ["@genauth-effect/client", "effect"]
  return {
    bundles: {
      readme: await gzipped(firstProgram(), folder),
      throughRoots: await gzipped(program("throughRoots.ts"), folder),
      onUndici: await gzipped(program("onUndici.ts"), folder),
      sdk: await gzipped(program("sdk.ts"), folder),
    },
    installed: {
      onFetch: footprint(library, folder),
      onUndici: footprint([...library, "@genauth-effect/undici"], folder),
      sdk: footprint(["authing-node-sdk"], folder),
    },
  }
}
