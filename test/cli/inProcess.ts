/** Runs the command in this process, against an emulator on a socket. */
import { NodeServices } from "@effect/platform-node"
import { run } from "@genauth-effect/cli/Cli"
import * as Screen from "@genauth-effect/cli/screen/Screen"
import type { Seed } from "@genauth-effect/emulator"
import { ConfigProvider, Effect } from "effect"
import { TestConsole } from "effect/testing"
import { variablesFor } from "./variablesFor.ts"

/** Runs a command line with the first key of `seed`; its output, line by line, and its exit code. */
export const kickWith = (seed: Seed.Seed, isTerminal = false) => {
  const variables = variablesFor(seed)
  return Effect.fnUntraced(function* (
    args: ReadonlyArray<string>,
    changes: Readonly<Record<string, string | undefined>> = {},
  ) {
    const notes: Array<string> = []
    const screen = Screen.make({ isTerminal, columns: () => 80, write: (text) => notes.push(text) }, false)
    const environment = { ...(yield* variables), ...changes }
    const provider = ConfigProvider.fromUnknown(
      Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined)),
    )
    return yield* Effect.gen(function* () {
      const exitCode = yield* run(args)
      const lines = (yield* TestConsole.logLines).map(String)
      return { exitCode, lines, notes: notes.join("") }
    }).pipe(
      Effect.provide([TestConsole.layer, NodeServices.layer, ConfigProvider.layer(provider)]),
      Effect.provideService(Screen.Screen, screen),
    )
  })
}
