/** The command line that goes on with this run. */
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import { flagsOf, withoutSwitch } from "./switches.ts"

const quoted = (argument: string): string =>
  /^[\w./:@%+=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`

/** As it was typed, with --resume, once. */
export const resumeCommand = Effect.flatMap(Stdio.Stdio, ({ args }) =>
  Effect.map(args, (given) => {
    const flags = flagsOf(given)
    const resuming = [...withoutSwitch(flags, "resume"), "--resume", ...given.slice(flags.length)]
    return ["genauth-kick", ...resuming].map(quoted).join(" ")
  }),
)
