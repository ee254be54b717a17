/** Kicks one user. */
import { Kick, type Outcome, User } from "@genauth-effect/client"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Connection from "../Connection.ts"
import { Ended, type ExitCode, exitCodes, isCallersFault, UsageError } from "../ExitCode.ts"
import { Json } from "../globalFlags.ts"
import { Interruption } from "../Interruption.ts"
import { outcomeJson } from "../OutcomeJson.ts"
import { outcomeText } from "../OutcomeText.ts"
import { Screen } from "../screen/Screen.ts"
import { appsOf, type TargetFlags } from "../targetFlags.ts"

const exitCodeOf = (outcome: Outcome.Outcome): ExitCode => {
  if (outcome._tag === "Kicked" || outcome._tag === "WasOffline" || outcome._tag === "WouldKick") return exitCodes.ok
  if (outcome._tag !== "Failed") return exitCodes.someFailed
  if (outcome.error._tag === "InvalidRequest") return exitCodes.usage
  return isCallersFault(outcome.error) ? exitCodes.configuration : exitCodes.someFailed
}

/** What the command line says. */
export interface Flags extends TargetFlags {
  readonly id: string
  readonly lockOut: boolean
}

/** Kicks, prints, and ends with the exit code. */
export const user = Effect.fnUntraced(function* (flags: Flags) {
  const isJson = yield* Json
  const screen = yield* Screen
  const interruption = yield* Interruption
  const apps = yield* Effect.fromResult(appsOf(flags))
  const target = User.make(flags.id, flags.type)
  if (apps === undefined && !flags.lockOut) {
    return yield* new UsageError({ message: "say from where: --app <id> (any number of times) or --everywhere" })
  }
  const print = (json: object, text: string) => Console.log(isJson ? JSON.stringify(json) : text)
  const kick = Effect.gen(function* () {
    if (!flags.lockOut) {
      const outcome = yield* Kick.user(target, { apps: apps ?? "everywhere", verify: flags.verify })
      yield* print(outcomeJson(outcome), outcomeText(outcome))
      return outcome
    }
    const { done, outcome, statusBefore } = yield* Kick.lockOut(target, { apps: apps ?? "everywhere" })
    const steps = Kick.lockOutSteps.map((step) => `${step} ${done.includes(step) ? "done" : "NOT done"}`).join(", ")
    const before = statusBefore === undefined ? "" : `\n  status before: ${statusBefore}`
    yield* print(
      { ...outcomeJson(outcome), lockOut: { done, ...(statusBefore === undefined ? {} : { statusBefore }) } },
      `${outcomeText(outcome)}\n  ${steps}${before}`,
    )
    return outcome
  })
  let isInterrupted = false
  const outcome = yield* Effect.scoped(
    Effect.gen(function* () {
      yield* interruption.onFirst(() => {
        isInterrupted = true
        screen.note("Finishing what is in flight. Once more to end at once.")
      })
      return yield* kick
    }),
  ).pipe(
    Effect.provide(Connection.layer({})),
    Effect.onInterrupt(() => Effect.sync(() => screen.note("Ended. How far it came with the user is unknown."))),
  )
  const exitCode = isInterrupted ? exitCodes.interrupted : exitCodeOf(outcome)
  if (exitCode !== exitCodes.ok) return yield* new Ended({ exitCode })
})
