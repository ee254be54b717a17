/** What an emulator starts with. */
import * as Operation from "@genauth-effect/protocol/Operation"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as Contradictions from "./internal/contradictions.ts"

/** An account at an external identity provider. */
export const Identity = Schema.Struct({ extIdpId: Schema.NonEmptyString, userIdInIdp: Schema.NonEmptyString })

/** An account at a directory that users are synchronised from. */
export const SyncRelation = Schema.Struct({
  /** Such as `lark` or `wechatwork`. */
  provider: Schema.NonEmptyString,
  userIdInIdp: Schema.NonEmptyString,
})

/** A user and where it is logged in. */
export const User = Schema.Struct({
  userId: Schema.NonEmptyString,
  username: Schema.optional(Schema.String),
  email: Schema.optional(Schema.String),
  phone: Schema.optional(Schema.String),
  externalId: Schema.optional(Schema.String),
  identities: Schema.optional(Schema.Array(Identity)),
  syncRelations: Schema.optional(Schema.Array(SyncRelation)),
  /** @default "Activated" */
  status: Schema.optional(Schema.Literals(Operation.userStatuses)),
  /** Ids of applications. */
  loggedIn: Schema.optional(Schema.Array(Schema.NonEmptyString)),
})

/** A user and where it is logged in. */
export interface User extends Schema.Schema.Type<typeof User> {}

/**
 * A key pair that opens a pool. The vendor's own key of a pool has the pool's id for an accessKeyId; a collaborator's
 * has not, and may stand under several pools, which are what it was granted. It means the first when it names none.
 */
export const AccessKey = Schema.Struct({
  accessKeyId: Schema.NonEmptyString,
  accessKeySecret: Schema.NonEmptyString,
  /** @default false */
  isCollaborator: Schema.optional(Schema.Boolean),
  /** Whether it has the right to manage users; without it every operation on users is refused (1001). @default true */
  managesUsers: Schema.optional(Schema.Boolean),
})

/** An application. */
export const Application = Schema.Struct({ appId: Schema.NonEmptyString, appName: Schema.String })

/** An application. */
export interface Application extends Schema.Schema.Type<typeof Application> {}

const poolFields = {
  userPool: Schema.Struct({ id: Schema.NonEmptyString, accessKeys: Schema.Array(AccessKey) }),
  applications: Schema.Array(Application),
  users: Schema.Array(User),
}

/** One user pool with its keys, applications and users. */
export const Pool = Schema.Struct(poolFields)

/** One user pool with its keys, applications and users. */
export interface Pool extends Schema.Schema.Type<typeof Pool> {}

/** A user pool with its keys, applications and users, and further ones of the same form. */
export const Seed = Schema.Struct({ ...poolFields, userPools: Schema.optional(Schema.Array(Pool)) })

/** A user pool with its keys, applications and users, and further ones of the same form. */
export interface Seed extends Schema.Schema.Type<typeof Seed> {}

/** The pools of a seed, the first one first. */
export const pools = (seed: Seed): ReadonlyArray<Pool> => [seed, ...(seed.userPools ?? [])]

/** What is wrong with a seed, and what to do about it. */
export const Problem = Schema.Struct({
  /** Such as `users[2].loggedIn[0]`; empty for the whole file. */
  field: Schema.String,
  problem: Schema.String,
  remedy: Schema.String,
})

/** What is wrong with a seed, and what to do about it. */
export interface Problem extends Schema.Schema.Type<typeof Problem> {}

/** A seed that no emulator can start with. */
export class InvalidSeed extends Schema.TaggedError<InvalidSeed>()("InvalidSeed", {
  /** In the order of the file. */
  problems: Schema.Array(Problem),
}) {
  override get message(): string {
    const shown = this.problems.slice(0, maxShown).map(({ field, problem, remedy }) => {
      return `${field === "" ? "the seed" : field}: ${problem}. ${remedy}`
    })
    const rest = this.problems.length - shown.length
    return [...shown, ...(rest > 0 ? [`and ${rest} more problems`] : [])].join("\n")
  }
}

// A generated file can be wrong in every line.
const maxShown = 10

const fieldOf = (path: ReadonlyArray<PropertyKey>): string =>
  path.map((key, index) => (typeof key === "number" ? `[${key}]` : `${index === 0 ? "" : "."}${String(key)}`)).join("")

const knownFields = (path: ReadonlyArray<PropertyKey>): ReadonlyArray<string> => {
  const parent = path.slice(0, -1).findLast((key) => typeof key === "string")
  switch (parent) {
    case undefined:
      return Object.keys(Seed.fields)
    case "userPools":
      return Object.keys(Pool.fields)
    case "userPool":
      return Object.keys(poolFields.userPool.fields)
    case "accessKeys":
      return Object.keys(AccessKey.fields)
    case "applications":
      return Object.keys(Application.fields)
    case "identities":
      return Object.keys(Identity.fields)
    case "syncRelations":
      return Object.keys(SyncRelation.fields)
    default:
      return Object.keys(User.fields)
  }
}

const formProblem = (path: ReadonlyArray<PropertyKey>, message: string): Problem => {
  const field = fieldOf(path)
  switch (message) {
    case "Expected no excess property":
      return { field, problem: "unknown field", remedy: `Remove it, or take one of ${knownFields(path).join(", ")}` }
    case "Missing key":
      return { field, problem: "missing", remedy: "Add it" }
    default:
      return { field, problem: message, remedy: "Correct the value" }
  }
}

const decode = Schema.decodeUnknownResult(Seed, { errors: "all", onExcessProperty: "error" })
const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1()

/** Reads a seed from the text of a file. Fails with everything that is wrong with it. */
export const fromText = (text: string): Effect.Effect<Seed, InvalidSeed> =>
  Effect.suspend(() => {
    const fail = (problems: ReadonlyArray<Problem>) => Effect.fail(new InvalidSeed({ problems }))
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      // The parser's message may quote the file, and the file holds secrets.
      return fail([{ field: "", problem: "not JSON", remedy: "Write it as one JSON object, without comments" }])
    }
    const decoded = decode(json)
    if (Result.isFailure(decoded)) {
      const { issues } = formatIssue(decoded.failure.issue)
      return fail(
        issues.map(({ message, path }) =>
          formProblem(
            (path ?? []).map((segment) => (typeof segment === "object" ? segment.key : segment)),
            message,
          ),
        ),
      )
    }
    const problems = contradictions(decoded.success)
    return problems.length === 0 ? Effect.succeed(decoded.success) : fail(problems)
  })

/** What a seed of the right form still gets wrong: ids that stand twice, and logins to applications that are not there. */
export const contradictions = (seed: Seed): ReadonlyArray<Problem> => Contradictions.find(pools(seed))

/** How much {@link generate} makes. */
export interface Generation {
  readonly users: number
  readonly applications: number
  /**
   * In how many applications each user is online, at most all of them.
   * @default 1
   */
  readonly loggedIn?: number | undefined
}

const hex = (prefix: string, number: number): string => prefix + number.toString(16).padStart(24 - prefix.length, "0")

/**
 * A pool with many users: the same for the same numbers. User n (from 1) is `user-n`, `user-n@example.com`, external id
 * `employee-n`, identity `ou_n` at the provider of {@link example}; its logins go round the applications.
 */
export const generate = ({ applications, loggedIn = 1, users }: Generation): Seed => {
  const apps = Array.from({ length: applications }, (_, index) => ({
    appId: hex("62188e71c0de", index + 1),
    appName: `Application ${index + 1}`,
  }))
  const ids = apps.map(({ appId }) => appId)
  // Twice the list, so that a slice goes round; users with the same logins share it.
  const logins = ids.map((_, index) => [...ids, ...ids].slice(index, index + Math.min(loggedIn, ids.length)))
  return {
    userPool: example.userPool,
    applications: apps,
    users: Array.from({ length: users }, (_, index): User => ({
      userId: hex("6319a1504f3a", index + 1),
      username: `user-${index + 1}`,
      email: `user-${index + 1}@example.com`,
      phone: String(13_800_000_001 + index),
      externalId: `employee-${index + 1}`,
      identities: [{ extIdpId: "62f20932716fbcc10d966ee5", userIdInIdp: `ou_${index + 1}` }],
      loggedIn: logins[index % Math.max(1, ids.length)] ?? [],
    })),
  }
}

/** Three users online in several applications. */
export const example: Seed = {
  userPool: {
    id: "64c0ffee0000000000000000",
    accessKeys: [{ accessKeyId: "64c0ffee0000000000000001", accessKeySecret: "an-example-secret-of-no-value" }],
  },
  applications: [
    { appId: "62188e71c0de000000000001", appName: "Mail" },
    { appId: "62188e71c0de000000000002", appName: "Wiki" },
    { appId: "62188e71c0de000000000003", appName: "Payroll" },
  ],
  users: [
    {
      userId: "6319a1504f3aaaaf214dd5b1",
      username: "ada",
      loggedIn: ["62188e71c0de000000000001", "62188e71c0de000000000002"],
    },
    {
      userId: "6319a1504f3aaaaf214dd5b2",
      email: "lin@example.com",
      loggedIn: ["62188e71c0de000000000001", "62188e71c0de000000000003"],
    },
    {
      userId: "6319a1504f3aaaaf214dd5b3",
      identities: [{ extIdpId: "62f20932716fbcc10d966ee5", userIdInIdp: "ou_8bae746e" }],
      loggedIn: ["62188e71c0de000000000002"],
    },
  ],
}
