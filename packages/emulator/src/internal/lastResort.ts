/**
 * What is answered where the emulator itself fails. Nothing that a client sends may end the process or leave a request
 * without an answer, not even what nobody has thought of.
 */
import type { Service, WireRequest } from "../Emulator.ts"
import type { Answer, Reply } from "../Reply.ts"
import * as Control from "./control.ts"
import * as Replies from "./replies.ts"

/** statusCode 500, as the service would say it; `{"error": …}` to a control request. */
export const failure = (request: WireRequest, now: number, error: unknown): Answer => {
  // The name alone: a message may quote the request, and with it a secret.
  const message = `the emulator failed: ${error instanceof Error ? error.name : "unknown error"}`
  return Control.isControl(request.target)
    ? Replies.answer(500, JSON.stringify({ error: message }), now)
    : Replies.answer(200, JSON.stringify({ statusCode: 500, message, requestId: "emulated-failure" }), now)
}

/** What becomes of a request, whatever it is. */
export const answer = (emulator: Service, request: WireRequest, now: number): Reply => {
  try {
    return emulator.answer(request, now)
  } catch (error) {
    return failure(request, now, error)
  }
}
