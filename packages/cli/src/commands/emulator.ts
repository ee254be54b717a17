/** `genauth-kick emulator`: a stand-in for the service on loopback, to try things on. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"

/** The command. */
export const emulator = Command.make(
  "emulator",
  {
    port: Flag.Int("port").pipe(Flag.withDefault(0), Flag.withDescription("0 for any free port")),
    seed: Flag.String("seed").pipe(
      Flag.optional,
      Flag.withMetavar("file"),
      Flag.withDescription("Keys, applications and users as JSON; an example without it"),
    ),
    users: Flag.Int("users").pipe(
      Flag.withDefault(0),
      Flag.withDescription("This many users more in the example: user-1, user-2, …"),
    ),
  },
  (given) =>
    Effect.flatMap(
      Effect.promise(() => import("../run/emulator.ts")),
      (run) => run.emulator(given),
    ),
).pipe(Command.withDescription("Run a stand-in for GenAuth on loopback"))
