/**
 * The request and answer of kick-users and kick-public-accounts, under the vendor's own names.
 *
 * Source: reference of `POST /api/v3/kick-users` and the official SDK DTOs. One user and up to 50 applications per
 * call; there is no wildcard and no "all applications" value.
 */
import * as Operation from "@genauth-effect/protocol/Operation"
import * as Schema from "effect/Schema"
import * as ApiError from "./ApiError.ts"
import type { User } from "./User.ts"

/**
 * How `userId` is to be read: `user_id` (default), `phone`, `email`, `username`, `external_id`, `identity`,
 * `sync_relation` or `custom_field`. The format of a `custom_field` value is documented nowhere, so it is not checked.
 */
export const UserIdType = Schema.Literals(Operation.userIdTypes)

/** One of the eight values. */
export type UserIdType = typeof UserIdType.Type

/** An application id: any non-empty text. GenAuth's own have 24 hex characters, which is not required. */
export const AppId = Schema.NonEmptyString

/** Options of a kick. */
export const KickUsersOptionsDto = Schema.Struct({
  /** @default "user_id" */
  userIdType: Schema.optional(UserIdType),
})

/** Options of a kick. */
export interface KickUsersOptionsDto extends Schema.Schema.Type<typeof KickUsersOptionsDto> {}

const pairs: Partial<Record<UserIdType, string>> = {
  identity: "<extIdpId>:<userIdInIdp>",
  sync_relation: "<provider>:<userIdInIdp>",
}

/** The issue of a userId that does not have the form its type asks for; `undefined` where it does. */
export const userIdIssue = (userId: string, userIdType: UserIdType | undefined) => {
  const form = pairs[userIdType ?? Operation.defaultUserIdType]
  if (form === undefined) return undefined
  const colon = userId.indexOf(":")
  return colon > 0 && colon < userId.length - 1 ? undefined : { path: ["userId"], issue: `it has the form ${form}` }
}

// In the order in which fields are signed, so that they need not be sorted.
/** A request to force one user offline. */
export const KickUsersDto = Schema.Struct({
  /** 1 to 50 application ids; more go into several calls. */
  appIds: Schema.Array(AppId).check(Schema.isMinLength(1), Schema.isMaxLength(Operation.maxAppIds)),
  options: Schema.optional(KickUsersOptionsDto),
  /** The user, read as `options.userIdType` says. No length limit is documented. */
  userId: Schema.NonEmptyString,
}).check(Schema.makeFilter(({ options, userId }) => userIdIssue(userId, options?.userIdType)))

/** A request to force one user offline. */
export interface KickUsersDto extends Schema.Schema.Type<typeof KickUsersDto> {}

// The client reads answers without these two, and programs that do not name them are free of them.
/** The payload of the answer. */
export const IsSuccessDto = /* @__PURE__ */ (() => Schema.Struct({ success: Schema.Boolean }))()

/** The payload of the answer. */
export interface IsSuccessDto extends Schema.Schema.Type<typeof IsSuccessDto> {}

/**
 * The answer of a kick that the service confirmed: statusCode 200 and `data.success` true. `requestId` is the receipt:
 * the audit log and the vendor's support find the call by it. Documented "on failure", yet every current sample of a
 * success has it.
 */
export const IsSuccessRespDto = /* @__PURE__ */ (() =>
  Schema.Struct({
    statusCode: Schema.Int,
    message: Schema.String,
    apiCode: Schema.optional(Schema.Int),
    requestId: Schema.optional(Schema.String),
    data: IsSuccessDto,
  }))()

/** The answer of a kick. */
export interface IsSuccessRespDto extends Schema.Schema.Type<typeof IsSuccessRespDto> {}

/** The request that kicks a {@link User} out of some applications. */
export const forUser = (user: User, appIds: ReadonlyArray<string>): KickUsersDto => ({
  appIds,
  userId: user.id,
  options: { userIdType: user.type },
})

/** Every error of the operation. A Schema: it round-trips through JSON. */
export const KickUsersError = ApiError.ApiError

/** Every error of the operation. */
export type KickUsersError = ApiError.ApiError
