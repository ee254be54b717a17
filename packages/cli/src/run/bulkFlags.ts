/** What the flags of `genauth-kick bulk` come to, and which of them do not go together. */
import { type Kick, RateControl } from "@genauth-effect/client"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Flags } from "../commands/bulk.ts"
import { UsageError } from "../ExitCode.ts"
import { formatOf } from "../input/format.ts"
import type * as Input from "../input/Input.ts"
import { appsOf } from "../targetFlags.ts"

/** Where the users are to be kicked from; `undefined` where each line says so itself. */
export const appsOfRun = Effect.fnUntraced(function* (
  given: Flags,
): Effect.fn.Return<Kick.Apps | undefined, UsageError> {
  const apps = yield* Effect.fromResult(appsOf(given))
  if (Option.isSome(given.appColumn)) {
    return apps === undefined
      ? undefined
      : yield* new UsageError({ message: "--app-column excludes --app and --everywhere" })
  }
  return (
    apps ??
    (yield* new UsageError({
      message: "say from where: --app <id> (any number of times), --app-column <name> or --everywhere",
    }))
  )
})

const columnFlags = (given: Flags) =>
  [
    ["--user-column", given.userColumn],
    ["--type-column", given.typeColumn],
    ["--app-column", given.appColumn],
  ] as const

/** What to read, and how. */
export const inputOf = Effect.fnUntraced(function* (given: Flags): Effect.fn.Return<Input.Options, UsageError> {
  const format = Option.getOrElse(given.format, () => formatOf(given.file))
  const named = columnFlags(given).find(([, column]) => Option.isSome(column))
  if (format === "lines" && named !== undefined) {
    return yield* new UsageError({
      message: `${named[0]} needs columns, and ${given.file} is read as one user a line: say --format csv or --format ndjson`,
    })
  }
  return {
    file: given.file,
    format,
    userIdType: given.type,
    columns: {
      user: Option.getOrUndefined(given.userColumn),
      type: Option.getOrUndefined(given.typeColumn),
      app: Option.getOrUndefined(given.appColumn),
      userIdType: given.type,
    },
  }
})

/** Refuses what cannot work. */
export const checkFlags = Effect.fnUntraced(function* (given: Flags): Effect.fn.Return<void, UsageError> {
  if (given.resume && Option.isNone(given.report)) {
    return yield* new UsageError({ message: "--resume goes on with a report: name it with --report <file>" })
  }
  if (given.concurrency < 1) return yield* new UsageError({ message: "--concurrency is a whole number, 1 or more" })
  // The client would refuse it by the name of its own option.
  if (Option.isSome(given.rate) && !(given.rate.value > 0 && given.rate.value <= RateControl.maxPerSecond)) {
    return yield* new UsageError({ message: "--rate is a number of requests per second, above 0, a million at most" })
  }
})
