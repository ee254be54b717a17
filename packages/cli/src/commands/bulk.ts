/** `genauth-kick bulk`: many users, from a file or the standard input. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { formats } from "../input/format.ts"
import { app, everywhere, type, verify } from "../targetFlags.ts"

const flags = {
  file: Argument.String("file").pipe(Argument.withDescription("The list of users; - for the standard input")),
  format: Flag.Literals("format", formats).pipe(
    Flag.optional,
    Flag.withDescription("By the name of the file where it is not given; lines for other names"),
  ),
  userColumn: Flag.String("user-column").pipe(
    Flag.optional,
    Flag.withMetavar("name"),
    Flag.withDescription("The column or field that holds the user; userId, user_id, id or user where it is not given"),
  ),
  type,
  typeColumn: Flag.String("type-column").pipe(
    Flag.optional,
    Flag.withMetavar("name"),
    Flag.withDescription("The column or field that says how the id is to be read; --type where it is empty"),
  ),
  app,
  appColumn: Flag.String("app-column").pipe(
    Flag.optional,
    Flag.withMetavar("name"),
    Flag.withDescription("The column or field with the application ids of each user"),
  ),
  everywhere,
  concurrency: Flag.Int("concurrency").pipe(
    Flag.withDefault(32),
    Flag.withDescription("Users handled at the same time"),
  ),
  rate: Flag.Finite("rate").pipe(
    Flag.optional,
    Flag.withMetavar("per second"),
    Flag.withDescription("A fixed rate of requests; learned from the service where it is not given"),
  ),
  report: Flag.String("report").pipe(
    Flag.optional,
    Flag.withMetavar("file"),
    Flag.withDescription("Write one line of NDJSON for each finished user, as it happens"),
  ),
  resume: Flag.Boolean("resume").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Go on with the report: skip those who are done in it"),
  ),
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Read and check everything, kick nobody"),
  ),
  yes: Flag.Boolean("yes").pipe(
    Flag.withAlias("y"),
    Flag.withDefault(false),
    Flag.withDescription("Do not ask before more than one user"),
  ),
  verify,
}

/** What the command line says. */
export type Flags = Command.Command.Config.Infer<typeof flags>

/** The command. */
export const bulk = Command.make("bulk", flags, (given) =>
  Effect.flatMap(
    Effect.promise(() => import("../run/bulk.ts")),
    (run) => run.bulk(given),
  ),
).pipe(
  Command.withDescription("Kick many users, with a report that can be resumed"),
  Command.withExamples([
    {
      command: "genauth-kick bulk leavers.csv --user-column email --type email --everywhere --report leavers.ndjson",
      description: "Everybody in a column of a CSV file, out of everything",
    },
    {
      command:
        "genauth-kick bulk leavers.csv --user-column email --type email --everywhere --report leavers.ndjson --resume",
      description: "The same again, after an interruption or to try the failed ones once more",
    },
  ]),
)
