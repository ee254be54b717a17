/** `genauth-kick completions`: a completion script for a shell. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Completions from "effect/cli/Completions"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { EnvFile, Json, SecretFile } from "../globalFlags.ts"

const shape = Command.make("completions", {
  shell: Argument.Literals("shell", ["bash", "zsh", "fish", "powershell"]).pipe(Argument.withDescription("The shell")),
}).pipe(
  Command.withDescription("Print a completion script"),
  Command.withExamples([
    { command: "genauth-kick completions bash > /etc/bash_completion.d/genauth-kick", description: "For bash" },
  ]),
)

// Every command knows them, and none has them in its description.
const everywhere = Completions.fromCommand(
  Command.make("any", {
    json: Json.flag,
    envFile: EnvFile.flag,
    secretFile: SecretFile.flag,
    logLevel: GlobalFlag.LogLevel.flag,
    help: GlobalFlag.Help.flag,
    version: GlobalFlag.Version.flag,
  }),
).flags

// As a file in effect/cli they would be absolute paths, and - is none.
const files: ReadonlySet<string> = new Set(["file", "report", "seed", "env-file", "secret-file"])

const path = { _tag: "Path", pathType: "file" } as const

const withFiles = <A extends { readonly name: string }>(described: A) =>
  files.has(described.name) ? { ...described, type: path } : described

const complete = (command: Completions.CommandDescriptor): Completions.CommandDescriptor => ({
  ...command,
  flags: [...command.flags, ...everywhere].map(withFiles),
  arguments: command.arguments.map(withFiles),
  subcommands: command.subcommands.map(complete),
})

/** The command, given the whole that it is a part of. */
export const completions = (wholeWith: (self: typeof shape) => Command.Command.Any) =>
  shape.pipe(
    Command.withHandler(
      Effect.fnUntraced(function* ({ shell }) {
        const described = complete(Completions.fromCommand(wholeWith(shape)))
        const script = Completions.generate(described.name, shell, described)
        yield* Console.log((yield* Json) ? JSON.stringify({ shell, script }) : script)
      }),
    ),
  )
