/** Carries a request to the emulator and its answer back, without a socket, in the time of a clock. */
import type * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Service, WireRequest } from "../Emulator.ts"
import type { Answer } from "../Reply.ts"
import * as LastResort from "./lastResort.ts"

/** The connection failed. `code` is the system's word, where clients look for it. */
export class ConnectionFailed extends Data.Error<{
  readonly code: "ECONNREFUSED" | "ECONNRESET"
  readonly message: string
}> {}

const refused = () => new ConnectionFailed({ code: "ECONNREFUSED", message: "connect ECONNREFUSED (emulated)" })
const reset = () => new ConnectionFailed({ code: "ECONNRESET", message: "read ECONNRESET (emulated)" })

// An answer that is neither slow nor cut needs no stream, and most are neither.
const bodyOf = (answer: Answer, clock: Clock.Clock, signal: AbortSignal): string | ReadableStream<Uint8Array> => {
  const { body, cutAfterBytes, pace } = answer
  if (pace === undefined && cutAfterBytes === undefined) return body
  const bytes = new TextEncoder().encode(body)
  const end = cutAfterBytes ?? bytes.byteLength
  const chunkBytes = pace?.chunkBytes ?? Math.max(1, end)
  const cancelled = new AbortController()
  let offset = 0
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        if (pace !== undefined) {
          await Effect.runPromiseExit(clock.sleep(Duration.millis(pace.everyMillis)), {
            signal: AbortSignal.any([signal, cancelled.signal]),
          })
        }
        if (cancelled.signal.aborted) return
        if (signal.aborted) {
          controller.error(signal.reason)
          return
        }
        if (offset < end) {
          controller.enqueue(bytes.slice(offset, Math.min(end, offset + chunkBytes)))
          offset += chunkBytes
        }
        if (offset < end) return
        if (cutAfterBytes === undefined) controller.close()
        else controller.error(reset())
      },
      cancel: () => cancelled.abort(),
    },
    // Nothing is read ahead: a body that nobody reads must not keep a timer.
    { highWaterMark: 0 },
  )
}

const arrive = (answer: Answer, clock: Clock.Clock, signal: AbortSignal): Response =>
  new Response(bodyOf(answer, clock, signal), { status: answer.status, headers: answer.headers })

const after = <A, E>(delayMillis: number, clock: Clock.Clock, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  delayMillis === 0 ? effect : Effect.andThen(clock.sleep(Duration.millis(delayMillis)), effect)

/** The answer to a request as a fetch would see it. A body that is under way ends when `signal` says so. */
export const carry = (
  emulator: Service,
  request: WireRequest,
  clock: Clock.Clock,
  signal: AbortSignal,
): Effect.Effect<Response, ConnectionFailed> =>
  Effect.suspend(() => {
    const reply = LastResort.answer(emulator, request, clock.currentTimeMillisUnsafe())
    switch (reply._tag) {
      case "Answer":
        return after(
          reply.delayMillis,
          clock,
          Effect.sync(() => {
            try {
              return arrive(reply, clock, signal)
            } catch (error) {
              return arrive(LastResort.failure(request, clock.currentTimeMillisUnsafe(), error), clock, signal)
            }
          }),
        )
      case "ConnectionRefused":
        return after(reply.delayMillis, clock, Effect.fail(refused()))
      case "ConnectionReset":
        return after(reply.delayMillis, clock, Effect.fail(reset()))
      case "Silence":
        return Effect.never
    }
  })
