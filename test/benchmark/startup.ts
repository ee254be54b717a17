/** Whole processes, from their start to their end, beside one that does nothing. */
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { type Installed, pnpm, root } from "./Installed.ts"
import { node } from "./LineProcess.ts"
import { type Spread, spread } from "./spread.ts"

const runs = 15

class Program {
  readonly #args: ReadonlyArray<string>
  readonly #cwd: string
  readonly #millis: Array<number> = []

  constructor(args: ReadonlyArray<string>, cwd: string) {
    this.#args = args
    this.#cwd = cwd
  }

  run(): number {
    const [command, args] = node(1, this.#args)
    const startedAt = performance.now()
    const { status, stderr } = spawnSync(command, args, { cwd: this.#cwd, encoding: "utf8" })
    const millis = performance.now() - startedAt
    if (status !== 0) throw new Error(`node ${this.#args.join(" ")} failed: ${stderr}`)
    return millis
  }

  measure(): void {
    this.#millis.push(this.run())
  }

  /** In milliseconds. */
  get spread(): Spread {
    return spread(this.#millis)
  }
}

const interleave = (programs: ReadonlyArray<Program>): void => {
  for (const program of programs) program.run()
  for (let run = 0; run < runs; run++) for (const program of programs) program.measure()
}

/** In milliseconds of a whole process. */
export interface ImportTimes {
  readonly nothing: Spread
  readonly library: Spread
  readonly sdk: Spread
}

/** What importing a package adds to a process that does nothing else. */
export const measureImports = ({ folder }: Installed): ImportTimes => {
  const importing = (name: string) => new Program(["--input-type=module", "-e", `import "${name}"`], folder)
  const nothing = new Program(["-e", "0"], folder)
  const library = importing("@genauth-effect/client")
  const sdk = importing("authing-node-sdk")
  interleave([nothing, library, sdk])
  return { nothing: nothing.spread, library: library.spread, sdk: sdk.spread }
}

/** In milliseconds of a whole process. */
export interface CliTimes {
  readonly nothing: Spread
  readonly version: Spread
  readonly help: Spread
}

/** The command line, built as it is published. */
export const measureCli = (): CliTimes => {
  pnpm(["--filter", "@genauth-effect/cli", "run", "build"])
  const file = join(root, "packages", "cli", "dist", "genauth-kick.js")
  if (!existsSync(file)) throw new Error(`the build of @genauth-effect/cli did not write ${file.slice(root.length)}`)
  const nothing = new Program(["-e", "0"], root)
  const version = new Program([file, "--version"], root)
  const help = new Program([file, "--help"], root)
  interleave([nothing, version, help])
  return { nothing: nothing.spread, version: version.spread, help: help.spread }
}
