/** The command line that goes on with this run. */
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"

const quoted = (argument: string): string =>
  /^[\w./:@%+=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`

/** As it was typed, with --resume. */
export const resumeCommand = Effect.flatMap(Stdio.Stdio, ({ args }) =>
  Effect.map(args, (given) =>
    ["genauth-kick", ...given, ...(given.includes("--resume") ? [] : ["--resume"])].map(quoted).join(" "),
  ),
)
