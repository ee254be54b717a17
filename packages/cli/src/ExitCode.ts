/** What the command's exit code says. */
import * as Schema from "effect/Schema"

/** The exit codes. */
export const exitCodes = {
  /** Every user was kicked, or was offline. */
  ok: 0,
  /** Some users were not kicked, or a line could not be read. */
  someFailed: 1,
  /** The command line is wrong, or the input cannot be read. */
  usage: 2,
  /** Configuration, access key, rights or plan: every call would fail. */
  configuration: 3,
  /** Ended by a signal. What was in flight was finished and is in the report, unless a second one ended that too. */
  interrupted: 130,
} as const

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** A command ended, everything there was to say has been said, and this is its exit code. */
export class Ended extends Schema.TaggedError<Ended>()("Ended", { exitCode: Schema.Int }) {}

/** The command line does not make sense, or the input cannot be read. */
export class UsageError extends Schema.TaggedError<UsageError>()("UsageError", { message: Schema.String }) {}

const callersCategories: ReadonlySet<string> = new Set(["signature", "credentials", "permission", "plan"])

/** Whether the access key, its rights or the plan are to blame, so that every call would fail. */
export const isCallersFault = (error: object): boolean =>
  "category" in error && typeof error.category === "string" && callersCategories.has(error.category)
