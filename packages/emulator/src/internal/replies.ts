/** Turns the outcome of an operation, and what is to go wrong with it, into a reply. */
import type * as Faults from "../Faults.ts"
import type { Answered } from "../Received.ts"
import type { Answer, Pace, Reply } from "../Reply.ts"
import type { Ending, Plan } from "./faultScript.ts"
import { type Lang, message } from "./messages.ts"
import { isSuccess, type Outcome } from "./outcome.ts"

/** The request that is answered. */
export interface Asked {
  readonly requestId: string
  /** The server's time, off if a fault moved it. */
  readonly serverNow: number
  readonly lang: Lang
}

/** A reply and its codes, for the request log. */
export interface Built {
  readonly reply: Reply
  readonly answered: Answered | undefined
}

const json = "application/json; charset=utf-8"

const page = (title: string): string =>
  `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`

/** A complete answer without any fault. */
export const answer = (
  status: number,
  body: string,
  serverNow: number,
  contentType: string = json,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  _tag: "Answer",
  status,
  headers: { "content-type": contentType, date: new Date(serverNow).toUTCString(), ...headers },
  body,
  delayMillis: 0,
  pace: undefined,
  cutAfterBytes: undefined,
})

const envelope = (
  asked: Asked,
  codes: { readonly statusCode: number; readonly apiCode?: number | undefined; readonly detail?: string | undefined },
  httpStatus = 200,
  headers: Readonly<Record<string, string>> = {},
): Built => {
  const { apiCode, detail, statusCode } = codes
  const body = JSON.stringify({
    statusCode,
    apiCode,
    message: message(asked.lang, statusCode, apiCode, detail),
    requestId: asked.requestId,
  })
  return {
    reply: answer(httpStatus, body, asked.serverNow, json, headers),
    answered: { httpStatus, statusCode, apiCode, requestId: asked.requestId },
  }
}

const success = (asked: Asked, data: unknown): Built => {
  const body = JSON.stringify({ statusCode: 200, message: message(asked.lang, 200), requestId: asked.requestId, data })
  return {
    reply: answer(200, body, asked.serverNow),
    answered: { httpStatus: 200, statusCode: 200, apiCode: undefined, requestId: asked.requestId },
  }
}

const ordinary = (asked: Asked, outcome: Outcome): Built =>
  isSuccess(outcome) ? success(asked, outcome.data) : envelope(asked, outcome)

const foreign = (answer: Answer): Built => ({
  reply: answer,
  answered: { httpStatus: answer.status, statusCode: undefined, apiCode: undefined, requestId: undefined },
})

const noAnswer = (reply: Reply): Built => ({ reply, answered: undefined })

const retryAfterHeader = (
  retryAfter: typeof Faults.RetryAfter.Type | undefined,
  now: number,
): Readonly<Record<string, string>> => {
  if (retryAfter === undefined) return {}
  const isDate = retryAfter.as === "date"
  return {
    "retry-after": isDate ? new Date(now + retryAfter.seconds * 1000).toUTCString() : String(retryAfter.seconds),
  }
}

const changeBody = (built: Built, change: (answer: Answer) => Answer): Built =>
  built.reply._tag === "Answer" ? { ...built, reply: change(built.reply) } : built

const byteLength = (text: string): number => new TextEncoder().encode(text).byteLength

// These leave the answer to the request as it is carried out, and spoil it on its way.
const mangling = ["resetAfter", "resetDuring", "truncatedJson", "hugeBody"] as const

type Mangling = Extract<Ending, { readonly kind: (typeof mangling)[number] }>

const isMangling = (ending: Ending): ending is Mangling => mangling.some((kind) => kind === ending.kind)

const mangle = (ending: Mangling, built: Built): Built => {
  switch (ending.kind) {
    case "resetAfter":
      return noAnswer({ _tag: "ConnectionReset", delayMillis: 0 })
    case "resetDuring":
      return changeBody(built, (answer) => ({ ...answer, cutAfterBytes: Math.floor(byteLength(answer.body) / 2) }))
    case "truncatedJson":
      return changeBody(built, (answer) => ({ ...answer, body: answer.body.slice(0, answer.body.length / 2) }))
    case "hugeBody":
      return changeBody(built, (answer) => {
        const missing = (ending.bytes ?? 2 * 1024 * 1024) - byteLength(answer.body)
        return { ...answer, body: answer.body + " ".repeat(Math.max(0, missing)) }
      })
  }
}

const replace = (ending: Exclude<Ending, Mangling>, asked: Asked): Built => {
  const { serverNow } = asked
  switch (ending.kind) {
    case "connectionRefused":
      return noAnswer({ _tag: "ConnectionRefused", delayMillis: 0 })
    case "resetBefore":
      return noAnswer({ _tag: "ConnectionReset", delayMillis: 0 })
    case "silence":
      return noAnswer({ _tag: "Silence" })
    case "http": {
      const headers = retryAfterHeader(ending.retryAfter, serverNow)
      return ending.body === "envelope"
        ? envelope(asked, { statusCode: ending.status }, ending.status, headers)
        : foreign(answer(ending.status, page(String(ending.status)), serverNow, "text/html", headers))
    }
    case "throttled":
      return envelope(asked, { statusCode: 429 })
    case "apiCode":
      return envelope(asked, { statusCode: ending.statusCode ?? 500, apiCode: ending.apiCode })
    case "statusCode":
      return envelope(asked, { statusCode: ending.statusCode })
    case "successFalse":
      return success(asked, { success: false })
    case "v2Error": {
      const statusCode = ending.statusCode ?? 499
      const apiCode = ending.apiCode ?? 2011
      const body = {
        uniqueId: asked.requestId,
        statusCode,
        apiCode: String(apiCode),
        message: message(asked.lang, statusCode, apiCode),
        data: null,
      }
      return {
        reply: answer(200, JSON.stringify(body), serverNow),
        answered: { httpStatus: 200, statusCode, apiCode, requestId: asked.requestId },
      }
    }
    case "html200":
      return foreign(answer(200, page("200"), serverNow, "text/html"))
    case "redirect":
      return foreign(
        answer(ending.status ?? 307, "", serverNow, "text/plain", {
          location: ending.location ?? "/api/v3/redirected",
        }),
      )
    case "raw":
      return foreign(answer(ending.status ?? 200, ending.body, serverNow, ending.contentType ?? json))
  }
}

/** The reply to a request, with what goes wrong with it. Carries the request out, or not, as the fault has it. */
export const build = (plan: Plan, asked: Asked, carryOut: () => Outcome): Built => {
  const { delayMillis, ending, pace } = plan
  if (ending === undefined) return shape(ordinary(asked, carryOut()), delayMillis, pace)
  if (isMangling(ending)) return shape(mangle(ending, ordinary(asked, carryOut())), delayMillis, pace)
  if ("applied" in ending && ending.applied === true) carryOut()
  return shape(replace(ending, asked), delayMillis, pace)
}

const shape = (built: Built, delayMillis: number, pace: Pace | undefined): Built => {
  const { reply } = built
  if ((delayMillis === 0 && pace === undefined) || reply._tag === "Silence") return built
  return { ...built, reply: reply._tag === "Answer" ? { ...reply, delayMillis, pace } : { ...reply, delayMillis } }
}
