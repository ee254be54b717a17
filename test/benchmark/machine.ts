/** The shape of the machine; no name and no path. */
import { readFileSync } from "node:fs"
import { cpus, totalmem, type } from "node:os"
import { join } from "node:path"
import { Schema } from "effect"
import { root } from "./Installed.ts"
import { isPinned } from "./LineProcess.ts"

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly system: string
  readonly isPinned: boolean
}

export const machine = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: type(),
  isPinned,
})

const Manifest = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))

const versionOf = (folder: string): string =>
  Schema.decodeSync(Manifest)(readFileSync(join(root, folder, "package.json"), "utf8")).version

export const versions = (): Readonly<Record<string, string>> => ({
  node: process.versions.node,
  "@genauth-effect/client": versionOf("packages/client"),
  effect: versionOf("test/node_modules/effect"),
  "@effect/platform-node": versionOf("test/node_modules/@effect/platform-node"),
  undici: versionOf("test/node_modules/undici"),
  "authing-node-sdk": versionOf("test/node_modules/authing-node-sdk"),
  axios: versionOf("test/node_modules/axios"),
  esbuild: versionOf("test/node_modules/esbuild"),
})
