/** The command as an installation links it, through the shell script of pnpm. */
import { assert, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll } from "vitest"
import { build, bundle, makeFolder } from "./command.ts"

beforeAll(build)

const folder = makeFolder()
afterAll(folder.remove)

const bin = fileURLToPath(new URL("../../node_modules/.bin/", import.meta.url))

const run = (program: string, args: ReadonlyArray<string>) =>
  new Promise<{ readonly exitCode: unknown; readonly text: string }>((resolve) => {
    const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}` }
    execFile(program, args, { env }, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : error.code, text: stdout + stderr }),
    )
  })

for (const [what, program] of [
  ["the link at the root of the repository", `${bin}genauth-kick`],
  ["the file that npm links", bundle],
] as const) {
  it(`${what} keeps --env-file from Node`, async () => {
    const user = ["user", "u", "--app", "a", "--env-file"]
    const missing = await run(program, [...user, folder.path("none.env")])
    assert.strictEqual(missing.exitCode, 3, missing.text)
    assert.include(missing.text, "--env-file")
    // Node would end over such options before the command begins.
    const options = folder.write(
      "options.env",
      "NODE_OPTIONS=--no-such-option\nGENAUTH_ACCESS_KEY_ID=key\nGENAUTH_ACCESS_KEY_SECRET=secret\nGENAUTH_HOST=ftp://x\n",
    )
    const read = await run(program, [...user, options])
    assert.strictEqual(read.exitCode, 3, read.text)
    assert.include(read.text, "GENAUTH_HOST")
  })
}
