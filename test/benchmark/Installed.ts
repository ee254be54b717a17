/** The packages as somebody who installs them gets them: packed, unpacked, with their dependencies beside them. */
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

export const root = fileURLToPath(new URL("../..", import.meta.url))

const run = (command: string, args: ReadonlyArray<string>, cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })

const build = (): void => {
  const compiler = run(join(root, "node_modules", ".bin", "effect-tsgo"), ["get-exe-path"], root).trim()
  run(compiler, ["-b", "packages/client", "packages/undici"], root)
}

/** Runs the workspace's package manager at its root. */
export const pnpm = (args: ReadonlyArray<string>): string => run("npx", ["-y", "pnpm@12.21.0", ...args], root)

/** A folder with `node_modules` in which the packed packages stand. */
export class Installed implements Disposable {
  readonly folder: string

  constructor() {
    build()
    this.folder = mkdtempSync(join(tmpdir(), "genauth-effect-bench-"))
    const packages = ["protocol", "client", "undici"]
    const filters = packages.map((name) => `--filter=@genauth-effect/${name}`)
    pnpm([...filters, "pack", "--pack-destination", this.folder])
    for (const file of readdirSync(this.folder)) {
      const name = packages.find((each) => file.startsWith(`genauth-effect-${each}-`))
      if (name === undefined) throw new Error(`unexpected tarball ${file}`)
      const target = join(this.folder, "node_modules", "@genauth-effect", name)
      mkdirSync(target, { recursive: true })
      run("tar", ["-xzf", join(this.folder, file), "--strip-components=1", "-C", target], this.folder)
    }
    for (const name of ["effect", "undici", "authing-node-sdk"]) {
      symlinkSync(join(root, "test", "node_modules", name), join(this.folder, "node_modules", name))
    }
    cpSync(new URL("programs", import.meta.url), join(this.folder, "programs"), { recursive: true })
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true })
  }
}
