/** Asks before something that concerns many. */
import * as Effect from "effect/Effect"
import { createInterface, type Interface } from "node:readline/promises"
import { Ended, exitCodes, UsageError } from "./ExitCode.ts"
import { Screen } from "./screen/Screen.ts"

/**
 * Asks on the terminal, on the standard error, and fails where the answer is not yes. Where nobody can answer it fails
 * at once: `isInputFree` is `false` where the standard input is the list itself.
 */
export const confirm = (question: string, isInputFree: boolean): Effect.Effect<void, UsageError | Ended> =>
  Effect.suspend(() => {
    const refusal = new UsageError({ message: `${question} Nobody is here to ask: say --yes if so` })
    if (!isInputFree || !process.stdin.isTTY || !process.stderr.isTTY) return Effect.fail(refusal)
    return Effect.acquireUseRelease(
      Effect.sync(() => createInterface({ input: process.stdin, output: process.stderr })),
      (terminal) => Effect.flatMap(ask(terminal, question), judge),
      (terminal) => Effect.sync(() => terminal.close()),
    )
  })

// While readline has the terminal, Ctrl-C is a key and no signal.
const ask = (terminal: Interface, question: string): Effect.Effect<string | undefined> =>
  Effect.callback((resume) => {
    for (const event of ["SIGINT", "close"] as const) terminal.once(event, () => resume(Effect.undefined))
    terminal.question(`${question} [y/N] `).then(
      (answer) => resume(Effect.succeed(answer)),
      () => resume(Effect.undefined),
    )
  })

const judge = (answer: string | undefined): Effect.Effect<void, UsageError | Ended> => {
  const nobody = "Nobody was kicked."
  if (answer === undefined) {
    // The cursor still stands behind the question.
    return Effect.flatMap(Screen, (screen) => {
      screen.note(`\n${nobody}`)
      return Effect.fail(new Ended({ exitCode: exitCodes.interrupted }))
    })
  }
  return /^y(es)?$/i.test(answer.trim()) ? Effect.void : Effect.fail(new UsageError({ message: nobody }))
}
