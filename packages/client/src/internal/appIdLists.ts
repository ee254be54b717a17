import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaParser from "effect/SchemaParser"

/**
 * The lists of application ids that were checked and written lately. A run over many users sends the same few with
 * every one of them, and to check and write 50 ids anew is a tenth of a kick.
 */
export interface AppIdLists {
  /** The schema of a list. Where it took one of the same ids before, it gives the copy that was made then. */
  readonly remembered: (schema: Schema.Codec<ReadonlyArray<string>>) => Schema.Codec<ReadonlyArray<string>>
  /** The JSON of a value. */
  readonly json: (value: unknown) => string
}

// Those of a run over 3,200 applications. The service's ids have 24 characters, which makes 1,351 of 50.
const maxLists = 64
const maxJsonLength = 8 * 1024

/** Starts with none. */
export const make = (): AppIdLists => {
  // By the first id: the lists of a run have different ones.
  const lists = new Map<unknown, ReadonlyArray<string>>()
  const texts = new Map<unknown, string>()

  const keep = (appIds: ReadonlyArray<string>): ReadonlyArray<string> => {
    const text = JSON.stringify(appIds)
    if (text.length <= maxJsonLength) {
      if (texts.size === maxLists) {
        lists.clear()
        texts.clear()
      }
      lists.set(appIds[0], appIds)
      texts.set(appIds, text)
    }
    return appIds
  }

  return {
    remembered: (schema) =>
      Schema.declareConstructor<ReadonlyArray<string>>()([schema], ([list]) => {
        const check = SchemaParser.decodeUnknownEffect(list)
        return (input, _ast, options) => {
          if (Array.isArray(input)) {
            const like = lists.get(input[0])
            if (like?.length === input.length && like.every((appId, index) => appId === input[index])) {
              return Effect.succeed(like)
            }
          }
          return Effect.map(check(input, options), keep)
        }
      }),
    json: (value) => texts.get(value) ?? JSON.stringify(value),
  }
}
