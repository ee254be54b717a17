/** Lines of JSON to rows. */
import type { KickUsers } from "@genauth-effect/client"
import type { Named } from "./columns.ts"
import { userColumns } from "./columns.ts"
import type { Line } from "./lines.ts"
import type { Row } from "./Row.ts"
import { appsInCell, rowOf } from "./rows.ts"

const fieldOf = (value: object, name: string): unknown =>
  Object.hasOwn(value, name) ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined

// A number is taken where it is surely the one that was written.
const textOf = (value: unknown): string | undefined =>
  typeof value === "string" ? value : Number.isSafeInteger(value) ? String(value) : undefined

/** One line: an object, a line of a report, or a text that is the user. */
export const ndjsonRow = ({ line, text }: Line, named: Named, userIdType: KickUsers.UserIdType): Row | undefined => {
  if (text === undefined) return { line, problem: "the line is too long" }
  if (text.trim() === "") return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { line, problem: "the line is no JSON" }
  }
  if (typeof value !== "object" || value === null) {
    return rowOf({ line, user: textOf(value), type: undefined, apps: undefined }, userIdType)
  }
  const object: object = value
  const names = named.user === undefined ? userColumns(named.userIdType) : [named.user]
  const found = names.map((name) => fieldOf(object, name)).find((user) => user !== undefined && user !== null)
  const apps = named.app === undefined ? undefined : appsOf(fieldOf(object, named.app))
  if (apps === "unreadable") return { line, problem: `an application in "${named.app}" is no text` }
  if (typeof found === "object" && found !== null) {
    return rowOf({ line, user: textOf(fieldOf(found, "id")), type: textOf(fieldOf(found, "type")), apps }, userIdType)
  }
  const type = named.type === undefined ? undefined : (textOf(fieldOf(object, named.type)) ?? "")
  return rowOf({ line, user: textOf(found), type, apps }, userIdType)
}

// One that cannot be read spoils the line: the user would stay in it, and nobody would say so.
const appsOf = (value: unknown): ReadonlyArray<string> | "unreadable" => {
  if (!Array.isArray(value)) return value === undefined || value === null ? [] : appsInCell(textOf(value))
  const apps = value.map(textOf)
  const readable = apps.filter((appId) => appId !== undefined)
  return readable.length === apps.length ? readable : "unreadable"
}
