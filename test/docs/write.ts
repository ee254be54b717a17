/** `npm run docs`: brings what is generated up to date, the README's table of errors and the version in the sources. */
import { readFileSync, writeFileSync } from "node:fs"
import { update } from "./errorTable.ts"

const file = (path: string) => new URL(`../../${path}`, import.meta.url)
const rewrite = (path: string, change: (text: string) => string) =>
  writeFileSync(file(path), change(readFileSync(file(path), "utf8")))

const { version }: { readonly version: string } = JSON.parse(readFileSync(file("packages/client/package.json"), "utf8"))

rewrite("README.md", update)
rewrite("packages/client/src/Version.ts", (text) => text.replace(/"[^"]*"$/m, `"${version}"`))
rewrite("packages/emulator/src/bin.ts", (text) => text.replace(/version: "[^"]*"/, `version: "${version}"`))
