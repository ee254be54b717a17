/** What an emulator starts with. */
import * as Operation from "@genauth-effect/protocol/Operation"
import * as Schema from "effect/Schema"

/** A user and where it is logged in. */
export const User = Schema.Struct({
  userId: Schema.NonEmptyString,
  username: Schema.optional(Schema.String),
  email: Schema.optional(Schema.String),
  phone: Schema.optional(Schema.String),
  externalId: Schema.optional(Schema.String),
  identities: Schema.optional(
    Schema.Array(Schema.Struct({ extIdpId: Schema.NonEmptyString, userIdInIdp: Schema.NonEmptyString })),
  ),
  syncRelations: Schema.optional(
    Schema.Array(Schema.Struct({ provider: Schema.NonEmptyString, userIdInIdp: Schema.NonEmptyString })),
  ),
  /** @default "Activated" */
  status: Schema.optional(Schema.Literals(Operation.userStatuses)),
  /** Ids of applications. */
  loggedIn: Schema.optional(Schema.Array(Schema.NonEmptyString)),
})

/** A user and where it is logged in. */
export interface User extends Schema.Schema.Type<typeof User> {}

/** One user pool with its keys, applications and users. */
export const Seed = Schema.Struct({
  userPool: Schema.Struct({
    id: Schema.NonEmptyString,
    accessKeys: Schema.Array(
      Schema.Struct({ accessKeyId: Schema.NonEmptyString, accessKeySecret: Schema.NonEmptyString }),
    ),
  }),
  applications: Schema.Array(Schema.Struct({ appId: Schema.NonEmptyString, appName: Schema.String })),
  users: Schema.Array(User),
})

/** One user pool with its keys, applications and users. */
export interface Seed extends Schema.Schema.Type<typeof Seed> {}

/** Reads a seed from the text of a file. */
export const fromText = Schema.decodeUnknownEffect(Schema.fromJsonString(Seed), { onExcessProperty: "error" })

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
