/** The command `genauth-kick` and what its errors come to. */
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { bulk } from "./commands/bulk.ts"
import { completions } from "./commands/completions.ts"
import { doctor } from "./commands/doctor.ts"
import { emulator } from "./commands/emulator.ts"
import { explain } from "./commands/explain.ts"
import { user } from "./commands/user.ts"
import { type ExitCode, exitCodes, isCallersFault } from "./ExitCode.ts"
import * as GlobalFlags from "./globalFlags.ts"
import { Screen } from "./screen/Screen.ts"
import { isSwitchedOn } from "./switches.ts"
import { version } from "./version.ts"

const root = Command.make("genauth-kick").pipe(
  Command.withDescription(
    "Force GenAuth / Authing users offline. Reads GENAUTH_ACCESS_KEY_ID, GENAUTH_ACCESS_KEY_SECRET and the other GENAUTH_… variables. Exit codes: 0 all kicked or offline, 1 some failed, 2 usage or unreadable input, 3 configuration or credentials, 130 interrupted.",
  ),
)

const subcommands = [user, bulk, doctor, emulator, explain] as const

/** The command. */
export const command = root.pipe(
  Command.withSubcommands([
    ...subcommands,
    completions((self) => root.pipe(Command.withSubcommands([...subcommands, self]))),
  ]),
  Command.withGlobalFlags(GlobalFlags.all),
)

/** An error of our own in words: on the standard error, and with --json as a document on the standard output. */
const report = (args: ReadonlyArray<string>, error: { readonly _tag: string; readonly message: string }) =>
  Effect.gen(function* () {
    const screen = yield* Screen
    screen.clear()
    screen.note(`${screen.style("red", "error:")} ${error.message}`)
    if (isSwitchedOn(args, "json")) {
      yield* Console.log(JSON.stringify({ error: { _tag: error._tag, message: error.message } }))
    }
  })

// Help that was asked for is data. A wrong command line gets what is wrong, and where to look, on the standard error.
const presenter = (args: ReadonlyArray<string>) =>
  CliOutput.layerPresenter({
    present: (event) =>
      event._tag === "InvalidInvocation"
        ? report(args, {
            _tag: "UsageError",
            message: `${event.errors.map(({ message }) => message).join("; ")}\nSee ${event.commandPath.join(" ")} --help`,
          })
        : CliOutput.defaultPresenter.present(event),
  })

// Log lines go to the standard error, above the progress that is drawn there.
const logger = Effect.map(Screen, (screen) =>
  Logger.layer([Logger.make((options) => screen.note(Logger.formatLogFmt.log(options)))]),
)

// What the service or the way to it refused, before there was an outcome to tell it by.
const exitCodeOf = (error: object): ExitCode =>
  isCallersFault(error) ? exitCodes.configuration : "category" in error ? exitCodes.someFailed : exitCodes.usage

/** Runs the command line and tells its exit code. */
export const run = (args: ReadonlyArray<string>) =>
  Effect.flatMap(logger, (layer) =>
    Command.runWith(command, { version })(args).pipe(
      Effect.as<ExitCode | number>(exitCodes.ok),
      Effect.catchTags({
        Ended: ({ exitCode }) => Effect.succeed(exitCode),
        UsageError: (error) => Effect.as(report(args, error), exitCodes.usage),
        ConfigurationError: (error) => Effect.as(report(args, error), exitCodes.configuration),
      }),
      Effect.catch((error) =>
        error._tag === "ShowHelp" ? Effect.succeed(exitCodes.usage) : Effect.as(report(args, error), exitCodeOf(error)),
      ),
      Effect.provide(Layer.merge(layer, presenter(args))),
    ),
  )
