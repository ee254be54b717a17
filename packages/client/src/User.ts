/** Who is meant: an id and how to read it, one constructor for each userIdType. */
import * as Schema from "effect/Schema"
import { UserIdType } from "./KickUsers.ts"

/** An id and the type it has. */
export const User = /* @__PURE__ */ Schema.Struct({ id: Schema.NonEmptyString, type: UserIdType })

/** An id and the type it has. */
export interface User extends Schema.Schema.Type<typeof User> {}

/** By the GenAuth user id: 24 hex characters in every published sample. */
export const userId = (id: string): User => ({ id, type: "user_id" })

/** By mobile number. Samples carry no country code, and how one is passed is undocumented. */
export const phone = (id: string): User => ({ id, type: "phone" })

/** By e-mail address. */
export const email = (id: string): User => ({ id, type: "email" })

/** By user name. */
export const username = (id: string): User => ({ id, type: "username" })

/** By the externalId that the user was imported with. */
export const externalId = (id: string): User => ({ id, type: "external_id" })

/** By an identity at an external identity provider: `<extIdpId>:<userIdInIdp>`. */
export const identity = (of: { readonly extIdpId: string; readonly userIdInIdp: string }): User => ({
  id: `${of.extIdpId}:${of.userIdInIdp}`,
  type: "identity",
})

/** By the record of a directory sync: `<provider>:<userIdInIdp>`, provider such as `lark` or `wechatwork`. */
export const syncRelation = (of: { readonly provider: string; readonly userIdInIdp: string }): User => ({
  id: `${of.provider}:${of.userIdInIdp}`,
  type: "sync_relation",
})

/** By a custom field. In the SDK enums since 2023; the format of the value is documented nowhere. */
export const customField = (id: string): User => ({ id, type: "custom_field" })

/** By a type that is only known at run time, as from the column of a file. */
export const make = (id: string, type: UserIdType): User => ({ id, type })
