/** What a layer fails with when its options cannot work. */
import * as Schema from "effect/Schema"

/** An option that cannot work. Found while the layer is built, before anything is sent. */
export class InvalidOption extends Schema.TaggedError<InvalidOption>()("InvalidOption", {
  /** The option as it is written, such as `retry.attempts`. */
  option: Schema.String,
  /** What would be right. */
  remedy: Schema.String,
}) {
  override get message(): string {
    return `option ${this.option} is invalid: ${this.remedy}`
  }
}
