/** Cells to rows: what a line of any format comes to. */
import { KickUsers } from "@genauth-effect/client"
import * as Schema from "effect/Schema"
import { printable } from "../printable.ts"
import type { Row } from "./Row.ts"

/** The parts of a line, as they stand there. */
export interface Cells {
  readonly line: number
  readonly user: string | undefined
  /** `undefined` where no column has it. */
  readonly type: string | undefined
  readonly apps: ReadonlyArray<string> | undefined
}

const isUserIdType = Schema.is(KickUsers.UserIdType)

const replacement = "\uFFFD"

/** Makes a row of cells, which are trimmed. */
export const rowOf = ({ apps, line, type, user }: Cells, userIdType: KickUsers.UserIdType): Row => {
  const id = user?.trim() ?? ""
  if (id === "") return { line, problem: "no user" }
  if (id.includes(replacement)) return { line, problem: "the user is not valid UTF-8; save the file as UTF-8" }
  const wanted = type?.trim() ?? ""
  if (wanted !== "" && !isUserIdType(wanted)) {
    return { line, problem: `no such type of id: "${printable(wanted.slice(0, 50))}"` }
  }
  const idType = wanted === "" ? userIdType : wanted
  if (!isUserIdType(idType)) return { line, problem: "no such type of id" }
  const who = { id, type: idType }
  if (apps === undefined) return { line, ...who }
  return apps.length === 0 ? { line, user: who, problem: "no application" } : { line, ...who, apps }
}

/** The application ids in one cell: separated by spaces, commas, semicolons or bars. */
export const appsInCell = (cell: string | undefined): ReadonlyArray<string> =>
  (cell ?? "").split(/[\s,;|]+/).filter((appId) => appId !== "")
