/** What is shown while a run goes on: a bar that fits, a line every few seconds, the time that is left. */
import { assert, describe, it } from "@effect/vitest"
import { cut } from "@genauth-effect/cli/screen/cut"
import * as ProgressDisplay from "@genauth-effect/cli/screen/progressDisplay"
import { progressLine, type Shown } from "@genauth-effect/cli/screen/progressLine"
import * as Screen from "@genauth-effect/cli/screen/Screen"
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { stripVTControlCharacters } from "node:util"
import { afterAll } from "vitest"
import { makeFolder } from "./command.ts"
import { kickWith } from "./inProcess.ts"

const shown: Shown = {
  progress: {
    done: 400,
    kicked: 390,
    wasOffline: 0,
    notFound: 10,
    partlyKicked: 0,
    failed: 0,
    wouldKick: 0,
    duplicates: 100,
    total: undefined,
    rate: 50,
    etaMillis: undefined,
    elapsedMillis: 8000,
  },
  total: 2000,
  skipped: 500,
}

const makeScreen = (isTerminal: boolean, columns: number, hasColors = false) => {
  const written: Array<string> = []
  const write = (text: string) => void written.push(text)
  return { written, screen: Screen.make({ isTerminal, columns: () => columns, write }, hasColors) }
}

describe("the line", () => {
  it("counts who is done in the report as handled, and reckons the time of the others", () => {
    const { screen } = makeScreen(true, 100)
    assert.match(progressLine(shown, screen), /^█{20}░{20} {2}50 % {2}1,000\/2,000 {2}50\/s {2}ETA 20 s {2}10 failed$/)
  })
  it("never reaches the last column, with colours or without", () => {
    for (const columns of [10, 30, 40, 60, 80, 100]) {
      for (const hasColors of [false, true]) {
        const { screen, written } = makeScreen(true, columns, hasColors)
        screen.draw(progressLine(shown, screen))
        assert.isBelow(stripVTControlCharacters(written.join("")).length, columns)
      }
    }
  })
  it("is cut behind its colours", () => {
    assert.strictEqual(cut("\u001b[31mabc\u001b[39mdef", 2), "\u001b[31mab\u001b[39m")
  })
})

const during = (isTerminal: boolean, duration: "1 second" | "21 seconds") => {
  const { screen, written } = makeScreen(isTerminal, 100)
  let done = 0
  return Effect.scoped(
    Effect.gen(function* () {
      yield* ProgressDisplay.show(() => ({ ...shown, progress: { ...shown.progress, done: done++ } }))
      yield* TestClock.adjust(duration)
    }),
  ).pipe(
    Effect.provideService(Screen.Screen, screen),
    Effect.map(() => written),
  )
}

describe("the display", () => {
  it.effect("writes a line every five seconds where it is no terminal", () =>
    Effect.gen(function* () {
      const written = yield* during(false, "21 seconds")
      assert.strictEqual(written.length, 4)
      assert.isTrue(written.every((line) => line.endsWith("failed\n")))
    }),
  )
  it.effect("draws ten times a second on a terminal, in place, and leaves the last state", () =>
    Effect.gen(function* () {
      const written = yield* during(true, "1 second")
      assert.strictEqual(written.filter((text) => text.includes("/s")).length, 11)
      assert.isTrue(written.slice(1, -1).every((text) => text.startsWith("\r\u001b[2K")))
      assert.strictEqual(written.at(-1), "\n")
    }),
  )
})

const folder = makeFolder()
afterAll(folder.remove)
const seed = Seed.generate({ users: 10, applications: 3, loggedIn: 3 })
const serving = EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(seed)))

it.live("a run counts users, not lines, and ends at 100 %, resumed too", () =>
  Effect.gen(function* () {
    const kick = kickWith(seed, true)
    const [a = "", b = "", c = "", d = ""] = seed.users.map(({ userId }) => userId)
    const file = folder.write("users.csv", `userId,note\n${a},\n${b},"two\nlines"\n,nobody\n\n${c},\n${d},\n`)
    const args = ["bulk", file, "--everywhere", "--yes", "--report", folder.path("report.ndjson")]
    const bars = (notes: string) => notes.match(/\d+ % {2}\d+\/\d+/g)?.at(-1)
    assert.strictEqual(bars((yield* kick(args)).notes), "100 %  4/4")
    const again = yield* kick([...args, "--resume"])
    assert.include(again.lines.at(-1), "4 done before")
    assert.strictEqual(bars(again.notes), "100 %  4/4")
  }).pipe(Effect.provide(serving)),
)
