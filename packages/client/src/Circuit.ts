/**
 * The option `circuitBreaker` of the client: off by default, in a module of its own so that programs without one do
 * not carry it.
 *
 * While it is open, attempts fail at once with `CircuitOpen`, which says until when, and nothing is sent. Failures
 * that count are those of the server and the way to it: transport failures, timeouts, 5xx, unreadable answers. An
 * unknown user counts as the service being well; a refusal for rate counts as nothing, the rate control handles it.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import type * as Scope from "effect/Scope"
import { optionMillis } from "./internal/optionMillis.ts"
import { InvalidOption } from "./InvalidOption.ts"

/** When the circuit opens and for how long. */
export interface Options {
  /**
   * Failed attempts in a row that open it.
   * @default 5
   */
  readonly failures?: number | undefined
  /**
   * How long it stays open before one attempt may probe.
   * @default "30 seconds"
   */
  readonly openFor?: Duration.Input | undefined
}

/** A breaker for one client, with its state in memory. For one shared between processes use Effect's own `make`. */
export const make = Effect.fnUntraced(function* (
  options?: Options,
): Effect.fn.Return<CircuitBreaker.CircuitBreaker, InvalidOption, Scope.Scope> {
  const failures = options?.failures ?? 5
  if (!Number.isInteger(failures) || failures < 1) {
    return yield* new InvalidOption({ option: "circuitBreaker.failures", remedy: "a whole number, 1 or more" })
  }
  const openFor = yield* optionMillis("circuitBreaker.openFor", options?.openFor ?? "30 seconds", false)
  return yield* CircuitBreaker.make({
    tripPolicy: CircuitBreaker.consecutive(failures),
    openDuration: openFor,
  }).pipe(Effect.provide(CircuitBreaker.layerStoreMemory()))
})
