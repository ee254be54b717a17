/** Which column says what. */
import { UsageError } from "../ExitCode.ts"
import { printable } from "../printable.ts"
import * as Result from "effect/Result"

/** Where the parts of a target stand. */
export interface Columns {
  readonly user: string
  readonly type: string | undefined
  readonly app: string | undefined
}

/** The columns the caller named. */
export interface Named {
  readonly user: string | undefined
  readonly type: string | undefined
  readonly app: string | undefined
  /** The type of all ids, whose name a column may have as well. */
  readonly userIdType: string
}

const plain = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]/g, "")

/** The names of a column that holds the user, where the caller names none. */
export const userColumns = (userIdType: string): ReadonlyArray<string> => [
  userIdType,
  "userId",
  "user_id",
  "id",
  "user",
]

const find = (header: ReadonlyArray<string>, wanted: string): string | undefined =>
  header.find((name) => name === wanted) ?? header.find((name) => plain(name) === plain(wanted))

const list = (header: ReadonlyArray<string>): string => header.map((name) => `"${printable(name)}"`).join(", ")

/** Finds the columns in a header. */
export const findColumns = (header: ReadonlyArray<string>, named: Named): Result.Result<Columns, UsageError> => {
  const missing = (flag: string, wanted: string) =>
    Result.fail(new UsageError({ message: `${flag} "${wanted}" is no column; the columns are ${list(header)}` }))
  const wantedUsers = named.user === undefined ? userColumns(named.userIdType) : [named.user]
  const user = wantedUsers.map((name) => find(header, name)).find((name) => name !== undefined)
  if (user === undefined) {
    return named.user === undefined
      ? Result.fail(
          new UsageError({
            message: `which column holds the users? Name it with --user-column; the columns are ${list(header)}. A file without a header is read with --format lines`,
          }),
        )
      : missing("--user-column", named.user)
  }
  const type = named.type === undefined ? undefined : find(header, named.type)
  if (named.type !== undefined && type === undefined) return missing("--type-column", named.type)
  const app = named.app === undefined ? undefined : find(header, named.app)
  if (named.app !== undefined && app === undefined) return missing("--app-column", named.app)
  return Result.succeed({ user, type, app })
}
