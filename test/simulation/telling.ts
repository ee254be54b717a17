/** A story as text, line by line in the order of its time, for whoever looks into a seed. */
import type { Story } from "./World.ts"

const outcome = (story: Story, index: number): string => {
  const ended = story.calls[index]
  if (ended === undefined) return "has not ended"
  const { result } = ended
  switch (result._tag) {
    case "Success":
      return `success ${result.requestId}`
    case "Failure":
      return `${result.error._tag} after ${result.error.attempts} attempts, outcomeUnknown ${result.error.outcomeUnknown}`
    case "Interrupted":
      return "interrupted"
    case "Defect":
      return result.text
  }
}

/** Tells a story. Two runs of a seed tell the same. */
export const tell = (story: Story): string => {
  const { calls, clients, emulator, phases, seed, sharedRateControl } = story.scenario
  const lines: Array<readonly [at: number, text: string]> = [
    ...phases.map(({ atMillis, clockStepMillis, faults, limit }) => {
      const step = clockStepMillis === 0 ? "" : `, clock set by ${clockStepMillis}`
      return [atMillis, `phase${step}, limit ${JSON.stringify(limit)}, faults ${JSON.stringify(faults)}`] as const
    }),
    ...story.calls.flatMap((ended, index) => {
      const call = calls[index]
      if (call === undefined) return []
      const { appIds, client, interruptAfterMillis, operation, userId } = call
      const until = interruptAfterMillis === undefined ? "" : `, interrupted after ${interruptAfterMillis}`
      const what = `call ${index} of client ${client}: ${operation} ${userId} from ${appIds.length}${until}`
      const start = [ended?.startedAt ?? call.startMillis, what] as const
      return [start, [ended?.endedAt ?? story.endedAt, `call ${index} ends: ${outcome(story, index)}`] as const]
    }),
    ...story.requests.map((request) => {
      const { apiCode, call, client, endedAt, faults, httpStatus, isApplied, path, startedAt, statusCode } = request
      const by = call === undefined ? `client ${client}` : `call ${call}`
      const codes = `HTTP ${httpStatus} statusCode ${statusCode} apiCode ${apiCode}`
      const applied = isApplied ? "carried out" : "not carried out"
      return [
        startedAt,
        `  ${by} sends ${path}: ${applied}, ${codes}, until ${endedAt}, faults ${faults.join(" ")}`,
      ] as const
    }),
  ]
  const sorted = lines
    .map((line, index) => ({ line, index }))
    .sort((a, b) => a.line[0] - b.line[0] || a.index - b.index)
  return [
    `seed ${seed}`,
    `emulator ${JSON.stringify(emulator)}, shared rate control ${JSON.stringify(sharedRateControl)}`,
    ...clients.map((client, index) => `client ${index} ${JSON.stringify(client)}`),
    ...sorted.map(({ line: [at, text] }) => `${String(at).padStart(7)} ${text}`),
    `left ${JSON.stringify(story.left)}`,
    "",
  ].join("\n")
}
