/** `genauth-kick completions`: a completion script for a shell. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Completions from "effect/cli/Completions"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { Json } from "../globalFlags.ts"

/** The command for the shells of `of`, which is asked when the command runs: it has this command in it. */
export const completions = (of: () => Command.Command.Any) =>
  Command.make(
    "completions",
    {
      shell: Argument.Literals("shell", ["bash", "zsh", "fish", "powershell"]).pipe(
        Argument.withDescription("The shell"),
      ),
    },
    Effect.fnUntraced(function* ({ shell }) {
      const command = of()
      const script = Completions.generate(command.name, shell, Completions.fromCommand(command))
      yield* Console.log((yield* Json) ? JSON.stringify({ shell, script }) : script)
    }),
  ).pipe(
    Command.withDescription("Print a completion script"),
    Command.withExamples([
      { command: "genauth-kick completions bash > /etc/bash_completion.d/genauth-kick", description: "For bash" },
    ]),
  )
