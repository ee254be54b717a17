/** What a report says is done: a user's last line counts. */
import { KickUsers } from "@genauth-effect/client"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Target } from "../input/Row.ts"

const ReportLine = Schema.fromJsonString(
  Schema.Struct({
    outcome: Schema.String,
    user: Schema.Struct({ id: Schema.String, type: KickUsers.UserIdType }),
    apps: Schema.Array(Schema.String),
    verified: Schema.optional(Schema.Boolean),
  }),
)

const decode = Schema.decodeUnknownResult(ReportLine)

const finished: ReadonlySet<string> = new Set(["Kicked", "WasOffline"])

/** What a run wants of each user. */
export interface Wanted {
  /** The applications of targets that name none themselves. */
  readonly apps: ReadonlyArray<string>
  readonly isVerified: boolean
}

/** Reads the lines of a report, then tells who is done. */
export interface Done {
  /** `false` for a line that is none of a report. */
  readonly read: (line: string) => boolean
  readonly isDone: (target: Target) => boolean
  readonly count: () => number
}

const keyOf = (type: string, id: string): string => `${type} ${id}`

/** Starts with nobody done. */
export const makeDone = (wanted: Wanted): Done => {
  // Most lines have the same applications: each list is kept once.
  const lists = new Map<string, ReadonlySet<string>>()
  const doneIn = new Map<string, ReadonlySet<string> | ReadonlyArray<ReadonlySet<string>>>()
  const shared = (apps: ReadonlyArray<string>): ReadonlySet<string> => {
    const key = JSON.stringify(apps)
    const known = lists.get(key)
    if (known !== undefined) return known
    const list = new Set(apps)
    lists.set(key, list)
    return list
  }
  const listsOf = (key: string): ReadonlyArray<ReadonlySet<string>> => {
    const found = doneIn.get(key)
    return found === undefined ? [] : found instanceof Set ? [found] : Array.isArray(found) ? found : []
  }
  return {
    read: (line) => {
      const decoded = decode(line)
      if (Result.isFailure(decoded)) return false
      const { apps, outcome, user, verified } = decoded.success
      const key = keyOf(user.type, user.id)
      const list = shared(apps)
      const isFinished = finished.has(outcome) && (!wanted.isVerified || verified === true)
      // A failure takes back what earlier lines said of the same applications; one without any, everything.
      const others = listsOf(key).filter((known) =>
        isFinished ? known !== list : apps.length > 0 && !apps.some((appId) => known.has(appId)),
      )
      const now = isFinished ? [...others, list] : others
      const [only] = now
      if (only === undefined) doneIn.delete(key)
      else doneIn.set(key, now.length === 1 ? only : now)
      return true
    },
    isDone: ({ apps, id, type }) => {
      const wantedApps = apps === undefined || apps === "everywhere" ? wanted.apps : apps
      const known = listsOf(keyOf(type, id))
      return known.length > 0 && wantedApps.every((appId) => known.some((list) => list.has(appId)))
    },
    count: () => doneIn.size,
  }
}
