/** What a line of the input asks for. */
import type { Kick, User } from "@genauth-effect/client"

/** A user to kick, and the line it stands in. */
export interface Target extends Kick.Target {
  readonly line: number
}

/** A line that asks for nothing that can be done. `user` where it still tells who was meant. */
export interface BadLine {
  readonly line: number
  readonly problem: string
  readonly user?: User.User | undefined
}

/** One line. */
export type Row = Target | BadLine

/** Whether a line could not be read. */
export const isBad = (row: Row): row is BadLine => "problem" in row
