import * as Operation from "@genauth-effect/protocol/Operation"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { InvalidRequest } from "../ApiError.ts"

const format = SchemaIssue.makeFormatterStandardSchemaV1()

type Path = ReadonlyArray<PropertyKey | { readonly key: PropertyKey }>

const fieldOf = (path: Path): string => {
  let field = ""
  for (const segment of path) {
    const key = typeof segment === "object" ? segment.key : segment
    field += typeof key === "number" ? `[${key}]` : field === "" ? String(key) : `.${String(key)}`
  }
  return field === "" ? "request" : field
}

/** What a field should hold, keyed by its name; `appIds[]` is an element of `appIds`. */
export type Remedies = Readonly<Record<string, string>>

/** Remedies for the fields that name a user. */
export const userIdRemedies: Remedies = {
  userId: "a non-empty text",
  options: "an object",
  userIdType: `one of ${Operation.userIdTypes.join(", ")}`,
  "options.userIdType": `one of ${Operation.userIdTypes.join(", ")}`,
  request: "an object with the fields of the request",
}

/** Remedies for the fields that name applications. */
export const appIdRemedies: Remedies = {
  appIds: `1 to ${Operation.maxAppIds} application ids; send more in several calls`,
  "appIds[]": "a non-empty text",
  appId: "a non-empty text",
}

const remedyFor = (field: string, message: string, remedies: Remedies): string => {
  if (message.startsWith("it has the form")) return message
  const name = field.replaceAll(/\[\d+\]/g, "[]")
  const known = Object.hasOwn(remedies, name) ? remedies[name] : undefined
  return known ?? "no field of this name is known; remove it or correct its spelling"
}

// Reading leaves unknown fields out. No request has a list of objects.
const isWhole = (request: object, read: unknown): boolean =>
  typeof read !== "object" ||
  read === null ||
  Array.isArray(read) ||
  Reflect.ownKeys(request).every(
    (key) => Object.hasOwn(read, key) && isWhole(Reflect.get(request, key), Reflect.get(read, key)),
  )

/**
 * A check of a request before it is sent. The first wrong field is named with what would be right; its value is not,
 * since it may be somebody's e-mail address. Unknown fields are refused: a misspelled `options` must not kick the
 * user whose id happens to equal somebody's phone number.
 */
export const validator = <A extends object>(schema: Schema.ConstraintDecoder<A>, remedies: Remedies) => {
  const read = Schema.decodeUnknownResult(schema)
  return (input: unknown): Result.Result<A, InvalidRequest> => {
    let issue: { readonly path?: Path | undefined; readonly message: string } | undefined
    try {
      // Schema has a fast way of reading, and refusing unknown fields is not on it.
      const known = read(input)
      const isKnown = Result.isSuccess(known) && isWhole(Object(input), known.success)
      const result = isKnown ? known : read(input, { onExcessProperty: "error" })
      if (Result.isSuccess(result)) return Result.succeed(result.success)
      issue = format(result.failure.issue).issues[0]
    } catch {
      // A getter or a proxy of the caller's threw: nothing more can be said of it.
    }
    const field = fieldOf(issue?.path ?? [])
    const remedy = remedyFor(field, issue?.message ?? "", remedies)
    return Result.fail(new InvalidRequest({ field, remedy, message: `${field} is invalid: ${remedy}` }))
  }
}
