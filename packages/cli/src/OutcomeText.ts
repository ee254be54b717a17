/** Outcomes in words, for people. */
import type { Outcome } from "@genauth-effect/client"
import { counted } from "./counted.ts"
import { printable } from "./printable.ts"

const applications = (count: number): string => counted(count, "application")

const namedAtMost = 3

/** Applications by their ids, as many as one reads. */
const list = (appIds: ReadonlyArray<string>): string => {
  const more = appIds.length - namedAtMost
  return appIds.slice(0, namedAtMost).map(shown).join(", ") + (more > 0 ? ` and ${more} more` : "")
}

const receipts = (requestIds: ReadonlyArray<string>): string =>
  requestIds.length === 0 ? "" : `\n  requestId: ${requestIds.join(", ")}`

/** A user or an application, as much of it as one reads. */
export const shown = (text: string): string => {
  const visible = printable(text)
  return visible.length > 120 ? `${visible.slice(0, 117)}...` : visible
}

const reasons = (notKicked: ReadonlyArray<Outcome.NotKicked>): string =>
  notKicked.map(({ appIds, error }) => `\n  ${appIds.map(shown).join(", ")}: ${error.message}`).join("")

/** One outcome in a line or a few. */
export const outcomeText = (outcome: Outcome.Outcome): string => {
  const user = `${shown(outcome.user.id)} (${outcome.user.type})`
  switch (outcome._tag) {
    case "Kicked": {
      const checked = outcome.verified ? ", and check-session-status says offline" : ""
      return `Kicked ${user} out of ${applications(outcome.apps.length)}${checked}.${receipts(outcome.requestIds)}`
    }
    case "WasOffline":
      return `${user} had no session in ${applications(outcome.apps.length)}.${receipts(outcome.requestIds)}`
    case "NotFound":
      return `Not found: ${user}. ${outcome.error.message}`
    case "PartlyKicked": {
      const kicked = `${outcome.kicked.length} of ${applications(outcome.apps.length)}`
      return `Kicked ${user} out of ${kicked} only.${reasons(outcome.notKicked)}${receipts(outcome.requestIds)}`
    }
    case "Failed": {
      const unknown = "outcomeUnknown" in outcome.error && outcome.error.outcomeUnknown
      const where = outcome.apps.length === 0 ? "" : ` out of ${list(outcome.apps)}`
      return `Failed: ${user}${where}. ${outcome.error.message}${unknown ? "; whether he was kicked is unknown" : ""}`
    }
    case "WouldKick":
      return `Would kick ${user} out of ${applications(outcome.apps.length)}.`
  }
}
