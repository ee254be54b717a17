/** Outcomes as the command prints them with --json and writes them into a report. */
import type { Outcome } from "@genauth-effect/client"
import type { BadLine } from "./input/Row.ts"

const errorJson = (error: Outcome.KickError) => ({
  _tag: error._tag,
  ...("apiCode" in error && error.apiCode !== undefined ? { apiCode: error.apiCode } : {}),
  ...("statusCode" in error && error.statusCode !== undefined ? { statusCode: error.statusCode } : {}),
  ...("requestId" in error && error.requestId !== undefined ? { requestId: error.requestId } : {}),
  message: error.message,
  isRetryable: error.isRetryable,
  ...("outcomeUnknown" in error && error.outcomeUnknown ? { outcomeUnknown: true } : {}),
})

/** The JSON of one outcome. `verified` stands only where it was checked. */
export const outcomeJson = (outcome: Outcome.Outcome): object => {
  const { apps, attempts, requestIds, user } = outcome
  const common = { outcome: outcome._tag, user, apps, requestIds, attempts }
  switch (outcome._tag) {
    case "Kicked":
    case "WasOffline":
      return outcome.verified ? { ...common, verified: true } : common
    case "NotFound":
    case "Failed":
      return { ...common, error: errorJson(outcome.error) }
    case "PartlyKicked":
      return {
        ...common,
        kicked: outcome.kicked,
        notKicked: outcome.notKicked.map(({ appIds, error }) => ({ appIds, error: errorJson(error) })),
      }
    case "WouldKick":
      return common
  }
}

/** The JSON of a line that could not be read: nobody was kicked for it. */
export const badLineJson = ({ line, problem, user }: BadLine): object => ({
  outcome: "Failed",
  ...(user === undefined ? {} : { user }),
  error: { _tag: "BadLine", message: problem, isRetryable: false },
  line,
})
