/** `genauth-kick explain`: what a code or an error means and what to do about it. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"

/** The command. */
export const explain = Command.make(
  "explain",
  {
    code: Argument.String("code").pipe(Argument.withDescription("An apiCode, a statusCode or the _tag of an error")),
  },
  (given) =>
    Effect.flatMap(
      Effect.promise(() => import("../run/explain.ts")),
      (run) => run.explain(given),
    ),
).pipe(
  Command.withDescription("Say what an apiCode, statusCode or error means, whether to retry, what to do"),
  Command.withExamples([
    { command: "genauth-kick explain 2004", description: "An apiCode" },
    { command: "genauth-kick explain ThrottleError", description: "The _tag of an error" },
  ]),
)
