/** Runs the built command as its users do: a process of its own, with an environment and nothing else. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const packageFolder = fileURLToPath(new URL("../../packages/cli/", import.meta.url))

/** The bundle. */
export const bundle = join(packageFolder, "dist/genauth-kick.js")

/** Builds the bundle from the sources as they are. */
export const build = (): void => {
  execFileSync(process.execPath, ["build.js"], { cwd: packageFolder })
}

/** What a command came to. */
export interface Ended {
  readonly exitCode: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ended>
}

/** The environment: of this process only what a program needs to run at all. */
const environment = (variables: Readonly<Record<string, string>>) => ({ PATH: process.env["PATH"], ...variables })

const watch = (child: ChildProcessWithoutNullStreams): Running => {
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  // A command that ends early no longer reads what it is sent.
  child.stdin.on("error", () => undefined)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }))
  })
  return { child, ended }
}

/** Starts the command. */
export const start = (args: ReadonlyArray<string>, variables: Readonly<Record<string, string>> = {}): Running =>
  watch(spawn(process.execPath, [bundle, ...args], { env: environment(variables) }))

/** Runs the command to its end, with `input` on its standard input. */
export const run = (
  args: ReadonlyArray<string>,
  variables: Readonly<Record<string, string>> = {},
  input: string | Uint8Array = "",
): Promise<Ended> => {
  const { child, ended } = start(args, variables)
  child.stdin.end(input)
  return ended
}

/** Starts the command in a pseudo-terminal of util-linux's `script`; what the terminal shows is its stdout. */
export const startInTerminal = (
  args: ReadonlyArray<string>,
  variables: Readonly<Record<string, string>>,
  cwd?: string,
): Running => {
  const quoted = [process.execPath, bundle, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ")
  const command = `stty cols 100 rows 30; exec ${quoted}`
  return watch(
    spawn("script", ["--quiet", "--flush", "--return", "--command", command, "/dev/null"], {
      env: environment({ TERM: "xterm", ...variables }),
      cwd,
    }),
  )
}

/** A folder that is removed by {@link Folder.remove}. */
export interface Folder {
  readonly path: (name: string) => string
  /** Writes a file and returns its path. */
  readonly write: (name: string, content: string | Uint8Array) => string
  readonly remove: () => void
}

/** Makes an empty folder. */
export const makeFolder = (): Folder => {
  const folder = mkdtempSync(join(tmpdir(), "genauth-kick-"))
  const path = (name: string) => join(folder, name)
  return {
    path,
    write: (name, content) => {
      writeFileSync(path(name), content)
      return path(name)
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
