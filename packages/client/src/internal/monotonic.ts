import type * as Clock from "effect/Clock"

/** The time of a clock that only grows, in milliseconds: what waits and deadlines are measured by, since people set the other. */
export const monotonicMillis = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe()) / 1e6
