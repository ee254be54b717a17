/** The flags that say who and where. */
import type { Kick } from "@genauth-effect/client"
import * as Operation from "@genauth-effect/protocol/Operation"
import * as Flag from "effect/cli/Flag"
import * as Result from "effect/Result"
import { UsageError } from "./ExitCode.ts"

/** How ids are to be read. */
export const type = Flag.Literals("type", Operation.userIdTypes).pipe(
  Flag.withDefault("user_id"),
  Flag.withDescription("How the id of a user is to be read"),
)

/** Application ids, any number of them. */
export const app = Flag.String("app").pipe(
  Flag.withMetavar("id"),
  Flag.withDescription("An application id; say it again for more, any number of them"),
  Flag.atLeast(0),
)

/** Every application of the pool. */
export const everywhere = Flag.Boolean("everywhere").pipe(
  Flag.withDefault(false),
  Flag.withDescription("All applications of the user pool"),
)

/** Whether to check afterwards. */
export const verify = Flag.Boolean("verify").pipe(
  Flag.withDefault(false),
  Flag.withDescription("Ask check-session-status afterwards until the user is offline"),
)

/** What the flags of one user come to. */
export interface TargetFlags {
  readonly type: Operation.UserIdType
  readonly app: ReadonlyArray<string>
  readonly everywhere: boolean
  readonly verify: boolean
}

/** The applications that the flags name; `undefined` where they name none. */
export const appsOf = (flags: {
  readonly app: ReadonlyArray<string>
  readonly everywhere: boolean
}): Result.Result<Kick.Apps | undefined, UsageError> => {
  if (flags.app.some((appId) => appId.trim() === "")) {
    return Result.fail(new UsageError({ message: "--app is an application id, and one of them is empty" }))
  }
  if (flags.everywhere) {
    return flags.app.length === 0
      ? Result.succeed("everywhere")
      : Result.fail(new UsageError({ message: "--app and --everywhere exclude each other" }))
  }
  return Result.succeed(flags.app.length === 0 ? undefined : flags.app)
}
