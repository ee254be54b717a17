/** The README's tables and the code name the same things. */
import { assert, it } from "@effect/vitest"
import { Emulator, Faults } from "@genauth-effect/emulator"
import { readFileSync } from "node:fs"
import { example } from "./wire.ts"

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8")

it("every kind of fault", () => {
  const kinds = Faults.Fault.members.map((member) => member.fields.kind.literal)
  assert.isAbove(kinds.length, 15)
  const rows = [...readme.matchAll(/^\| `(\w+)` +\|.*\|.*\|.*\|$/gm)].map((match) => match[1])
  for (const kind of kinds) assert.include(rows, kind)
})

it("the command by the name of its package, since npx takes no other", () => {
  const manifest: { readonly name: string } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  )
  const started = [...readme.matchAll(/npx (\S+)/g)].map((match) => match[1])
  assert.isNotEmpty(started)
  for (const name of started) assert.strictEqual(name, manifest.name)
})

it("every control route", () => {
  const emulator = Emulator.makeUnsafe(example)
  const reply = emulator.answer({ method: "GET", target: "/__emulator/", headers: {}, body: "" }, 0)
  const { routes } = JSON.parse(reply._tag === "Answer" ? reply.body : "{}")
  assert.isAbove(routes.length, 15)
  for (const route of routes) {
    const [method, name] = String(route).split(" ")
    const row = new RegExp(`\`${method} /__emulator/${name}[\`?]|/__emulator/${name}\`, \`${method}\``)
    assert.match(readme, row)
  }
})
