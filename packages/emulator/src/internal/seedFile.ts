/** Reads the file that a command was told to start from, with errors fit to be shown to whoever wrote it. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type * as PlatformError from "effect/PlatformError"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import * as Seed from "../Seed.ts"

/** A seed file that cannot be used: says which file, what is wrong where, and what to do. */
export class SeedFileUnusable extends Schema.TaggedError<SeedFileUnusable>()("SeedFileUnusable", {
  message: Schema.String,
}) {
  // The command prints the message itself; a cause with a stack would bury it.
  override readonly [Runtime.errorReported] = false
  override readonly [Runtime.errorExitCode] = 2
}

const causes: Readonly<Record<string, string>> = {
  NotFound: "there is no such file. Check the path",
  PermissionDenied: "it may not be read. Check its permissions",
}

/** The seed in a file. */
export const read = Effect.fnUntraced(function* (
  path: string,
): Effect.fn.Return<Seed.Seed, SeedFileUnusable, FileSystem.FileSystem> {
  const files = yield* FileSystem.FileSystem
  const fail = (message: string) => Effect.fail(new SeedFileUnusable({ message: `${path}: ${message}` }))
  const unreadable = ({ reason }: PlatformError.PlatformError) =>
    fail(causes[reason._tag] ?? "it cannot be read. Name a JSON file")
  const { type } = yield* Effect.catch(files.stat(path), unreadable)
  if (type === "Directory") return yield* fail("it is a directory. Name a JSON file")
  const text = yield* Effect.catch(files.readFileString(path), unreadable)
  return yield* Effect.catchTag(Seed.fromText(text), "InvalidSeed", ({ message }) =>
    fail(message.includes("\n") ? `\n${message}` : message),
  )
})
