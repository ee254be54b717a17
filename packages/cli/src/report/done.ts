/** What a report says is done: a user's last line counts. */
import { KickUsers } from "@genauth-effect/client"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Target } from "../input/Row.ts"

const OutcomeLine = Schema.Struct({
  outcome: Schema.String,
  user: Schema.Struct({ id: Schema.String, type: KickUsers.UserIdType }),
  /** Every application that was asked for, where it is not there. */
  apps: Schema.optional(Schema.Array(Schema.String)),
  verified: Schema.optional(Schema.Boolean),
})

/** A line of the input that nobody was kicked for. It tells nothing of the user it may name. */
const BadLine = Schema.Struct({
  outcome: Schema.Literal("Failed"),
  error: Schema.TaggedStruct("BadLine", {}),
})

const decode = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Union([BadLine, OutcomeLine])))

const finished: ReadonlySet<string> = new Set(["Kicked", "WasOffline"])

/** What a run wants of each user. */
export interface Wanted {
  /** The applications of targets that name none themselves. */
  readonly apps: ReadonlyArray<string>
  readonly isVerified: boolean
}

/** Applications, or all of them. */
type List = ReadonlySet<string> | "all"

const isIn = (list: List, appId: string): boolean => list === "all" || list.has(appId)

/** Reads the lines of a report, then tells who is done. */
export interface Done {
  /** `false` for a line that is none of a report. */
  readonly read: (line: string) => boolean
  readonly isDone: (target: Target) => boolean
  /** Users who are done with what is wanted of targets that name no applications themselves. */
  readonly count: () => number
}

const keyOf = (type: string, id: string): string => `${type} ${id}`

/** Starts with nobody done. */
export const makeDone = (wanted: Wanted): Done => {
  // Most lines have the same applications: each list is kept once.
  const lists = new Map<string, ReadonlySet<string>>()
  const doneIn = new Map<string, List | ReadonlyArray<List>>()
  const shared = (apps: ReadonlyArray<string> | undefined): List => {
    if (apps === undefined) return "all"
    const key = JSON.stringify(apps)
    const known = lists.get(key)
    if (known !== undefined) return known
    const list = new Set(apps)
    lists.set(key, list)
    return list
  }
  const listsOf = (key: string): ReadonlyArray<List> => {
    const found = doneIn.get(key)
    if (found === undefined) return []
    return found === "all" || found instanceof Set ? [found] : Array.isArray(found) ? found : []
  }
  const isDoneIn = (known: ReadonlyArray<List>, apps: ReadonlyArray<string>): boolean =>
    known.length > 0 && apps.every((appId) => known.some((list) => isIn(list, appId)))
  return {
    read: (line) => {
      const decoded = decode(line)
      if (Result.isFailure(decoded)) return false
      if ("error" in decoded.success) return true
      const { apps, outcome, user, verified } = decoded.success
      const key = keyOf(user.type, user.id)
      const list = shared(apps)
      const isFinished = finished.has(outcome) && (!wanted.isVerified || verified === true)
      // A failure takes back what earlier lines said of the same applications; one that names none, everything.
      const named = apps ?? []
      const others = listsOf(key).filter((known) =>
        isFinished ? known !== list : named.length > 0 && !named.some((appId) => isIn(known, appId)),
      )
      const now = isFinished ? [...others, list] : others
      const [only] = now
      if (only === undefined) doneIn.delete(key)
      else doneIn.set(key, now.length === 1 ? only : now)
      return true
    },
    isDone: ({ apps, id, type }) => {
      const wantedApps = apps === undefined || apps === "everywhere" ? wanted.apps : apps
      return isDoneIn(listsOf(keyOf(type, id)), wantedApps)
    },
    count: () => {
      let count = 0
      for (const key of doneIn.keys()) if (isDoneIn(listsOf(key), wanted.apps)) count += 1
      return count
    },
  }
}
