import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { InvalidOption } from "../InvalidOption.ts"

/** Reads an option that is a finite duration, as milliseconds; 0 only where it is allowed. */
export const optionMillis = (
  option: string,
  input: Duration.Input,
  isZeroAllowed: boolean,
): Effect.Effect<number, InvalidOption> => {
  const duration = Duration.fromInput(input)
  // Duration takes what is no number for 0.
  const millis = Option.isSome(duration) && !Number.isNaN(input) ? Duration.toMillis(duration.value) : Number.NaN
  if (Number.isFinite(millis) && (isZeroAllowed ? millis >= 0 : millis > 0)) return Effect.succeed(millis)
  const remedy = isZeroAllowed
    ? 'a finite duration, 0 or more, such as "200 millis"'
    : 'a finite duration above 0, such as "10 seconds"'
  return Effect.fail(new InvalidOption({ option, remedy }))
}
