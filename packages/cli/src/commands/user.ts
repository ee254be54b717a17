/** `genauth-kick user`: one user. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { app, everywhere, type, verify } from "../targetFlags.ts"

/** The command. */
export const user = Command.make(
  "user",
  {
    id: Argument.String("id").pipe(Argument.withDescription("The user, read as --type says")),
    type,
    app,
    everywhere,
    verify,
    lockOut: Flag.Boolean("lock-out").pipe(
      Flag.withDefault(false),
      Flag.withDescription("Suspend first, kick, then verify; everywhere unless --app says otherwise"),
    ),
  },
  (given) =>
    Effect.flatMap(
      Effect.promise(() => import("../run/user.ts")),
      (run) => run.user(given),
    ),
).pipe(
  Command.withDescription("Kick one user out of some applications or all of them"),
  Command.withExamples([
    { command: "genauth-kick user 6319a1504f3aaaaf214dd5b1 --everywhere --verify", description: "Out of everything" },
    { command: "genauth-kick user ada@example.com --type email --app 62188e71c0de", description: "Out of one app" },
    { command: "genauth-kick user ada --type username --lock-out", description: "Suspend, kick everywhere, verify" },
  ]),
)
