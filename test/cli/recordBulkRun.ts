/**
 * Records the picture of a bulk run in docs/operators.md: runs the built command in a pseudo-terminal, over a socket,
 * against an emulator that is slow and does not know everybody, and draws what the terminal shows at the end.
 *
 * node test/cli/recordBulkRun.ts
 */
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { Effect, Layer } from "effect"
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { build, makeFolder, startInTerminal } from "./command.ts"
import { play, type Run } from "./terminalText.ts"
import { variablesFor } from "./variablesFor.ts"

const appIds = Seed.example.applications.map(({ appId }) => appId)
const emails = Array.from({ length: 2000 }, (_, number) => `user-${number + 1}@example.com`)
const isKnown = (email: string) => !["user-250@example.com", "user-1500@example.com"].includes(email)
const seed: Seed.Seed = {
  ...Seed.example,
  users: emails.filter(isKnown).map((email) => ({ userId: email.replace("@", "-"), email, loggedIn: appIds })),
}
const leavers = ["Name;email", ...emails.map((email, number) => (number === 900 ? "nobody;" : `someone;${email}`))]

const flags = ["--user-column", "email", "--type", "email", "--everywhere", "--report", "leavers.ndjson", "--yes"]
const args = ["bulk", "leavers.csv", ...flags]

const record = Effect.gen(function* () {
  const emulator = yield* Emulator.Emulator
  const distribution = { type: "uniform", minMillis: 10, maxMillis: 60 } as const
  yield* emulator.setFaults({ rules: [{ when: {}, fault: { kind: "latency", distribution } }] })
  const folder = makeFolder()
  folder.write("leavers.csv", leavers.join("\r\n"))
  const variables = yield* variablesFor(seed)
  const { stdout } = yield* Effect.promise(() => startInTerminal(args, variables, folder.path(".")).ended)
  folder.remove()
  return stdout
})

const character = { width: 8.4, height: 20 }
const columns = 100
const margin = 16
const plain = "#d8dee9"
const colours: Readonly<Record<number, string>> = { 2: "#7b8494", 31: "#ff7b85", 32: "#98d982", 33: "#ebcb8b" }

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")

// Blocks are drawn and not written: a font may leave gaps between them.
const draw = ({ style, text }: Run, column: number, row: number): string => {
  const x = (margin + column * character.width).toFixed(1)
  const y = margin + row * character.height
  const width = (text.length * character.width).toFixed(1)
  const fill = (style === undefined ? undefined : colours[style]) ?? plain
  if (/^[█░]+$/.test(text)) {
    const opacity = text.startsWith("█") ? 1 : 0.35
    return `<rect x="${x}" y="${y + 3}" width="${width}" height="14" fill="${fill}" opacity="${opacity}"/>`
  }
  if (text.trim() === "") return ""
  return `<text x="${x}" y="${y + 15}" textLength="${width}" fill="${fill}" xml:space="preserve">${escaped(text)}</text>`
}

const wrapped = (text: string): ReadonlyArray<string> => text.match(new RegExp(`.{1,${columns}}`, "g")) ?? [""]

/** Lines as the terminal has room for them. */
const fitting = (runs: ReadonlyArray<Run>): ReadonlyArray<ReadonlyArray<Run>> =>
  runs.length === 1 && runs[0] !== undefined
    ? wrapped(runs[0].text).map((text) => [{ text, style: runs[0]?.style }])
    : [runs]

const svg = (lines: ReadonlyArray<ReadonlyArray<Run>>): string => {
  const width = Math.ceil(columns * character.width + 2 * margin)
  const height = lines.length * character.height + 2 * margin
  const texts = lines.flatMap((runs, row) => {
    let column = 0
    return runs.map((run) => {
      const drawn = draw(run, column, row)
      column += run.text.length
      return drawn
    })
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A bulk run in a terminal" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#20242c"/>`,
    ...texts.filter((text) => text !== ""),
    "</svg>",
    "",
  ].join("\n")
}

build()
const output = await Effect.runPromise(
  record.pipe(Effect.provide(EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(seed))))),
)
const prompt = [{ text: `$ genauth-kick ${args.join(" ")}`, style: undefined }]
const lines = [prompt, ...play(output)].flatMap(fitting)
writeFileSync(fileURLToPath(new URL("../../docs/bulk-run.svg", import.meta.url)), svg(lines))
