/** `genauth-kick doctor`: looks at everything a kick needs, one after the other, and kicks nobody. */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"

/** The command. */
export const doctor = Command.make("doctor", {}, () =>
  Effect.flatMap(
    Effect.promise(() => import("../run/doctor.ts")),
    (run) => run.doctor,
  ),
).pipe(
  Command.withDescription("Check configuration, DNS, TLS, clock, credentials, permission and round trip; kicks nobody"),
)
