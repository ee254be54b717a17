/** Users: looking one up, and suspending or reinstating it. */
import * as Operation from "@genauth-effect/protocol/Operation"
import * as Schema from "effect/Schema"
import { userIdIssue, UserIdType } from "./KickUsers.ts"

/** The states of a user: Suspended, Resigned, Activated, Archived, Deactivated. */
export const UserStatus = Schema.Literals(Operation.userStatuses)

/** The states of a user. */
export type UserStatus = typeof UserStatus.Type

/** The question whether a user exists, by one of four attributes. */
export const IsUserExistsDto = Schema.Struct({
  username: Schema.optional(Schema.NonEmptyString),
  email: Schema.optional(Schema.NonEmptyString),
  /** Without country code. */
  phone: Schema.optional(Schema.NonEmptyString),
  externalId: Schema.optional(Schema.NonEmptyString),
}).check(
  Schema.makeFilter((dto) =>
    Object.values(dto).some((value) => value !== undefined)
      ? undefined
      : { path: ["username"], issue: "one of username, email, phone, externalId is needed" },
  ),
)

/** The question whether a user exists. */
export interface IsUserExistsDto extends Schema.Schema.Type<typeof IsUserExistsDto> {}

/** Whether the user exists. */
export const IsUserExistsRespDto = Schema.Struct({ exists: Schema.Boolean })

/** Whether the user exists. */
export interface IsUserExistsRespDto extends Schema.Schema.Type<typeof IsUserExistsRespDto> {}

/** The query of get-user. */
export const GetUserDto = Schema.Struct({
  userId: Schema.NonEmptyString,
  /** @default "user_id" */
  userIdType: Schema.optional(UserIdType),
  withCustomData: Schema.optional(Schema.Boolean),
  withIdentities: Schema.optional(Schema.Boolean),
  withDepartmentIds: Schema.optional(Schema.Boolean),
}).check(Schema.makeFilter(({ userId, userIdType }) => userIdIssue(userId, userIdType)))

/** The query of get-user. */
export interface GetUserDto extends Schema.Schema.Type<typeof GetUserDto> {}

/** An account of a user at an external identity provider: the parts of `User.identity`. */
export const IdentityDto = Schema.Struct({
  extIdpId: Schema.optional(Schema.NullOr(Schema.String)),
  userIdInIdp: Schema.optional(Schema.NullOr(Schema.String)),
  provider: Schema.optional(Schema.NullOr(Schema.String)),
})

/** An account of a user at an external identity provider. */
export interface IdentityDto extends Schema.Schema.Type<typeof IdentityDto> {}

/**
 * A user, with the attributes that an operator needs. The service sends about fifty; the others are left aside, so
 * that a field which changes its form cannot stand in the way of a kick.
 */
export const UserDto = Schema.Struct({
  userId: Schema.NonEmptyString,
  /** One of {@link UserStatus} today; kept as text so that a new state does not break reading. */
  status: Schema.optional(Schema.NullOr(Schema.String)),
  username: Schema.optional(Schema.NullOr(Schema.String)),
  email: Schema.optional(Schema.NullOr(Schema.String)),
  phone: Schema.optional(Schema.NullOr(Schema.String)),
  phoneCountryCode: Schema.optional(Schema.NullOr(Schema.String)),
  externalId: Schema.optional(Schema.NullOr(Schema.String)),
  lastLogin: Schema.optional(Schema.NullOr(Schema.String)),
  lastLoginApp: Schema.optional(Schema.NullOr(Schema.String)),
  tenantId: Schema.optional(Schema.NullOr(Schema.String)),
  /** Where `withIdentities` asked for it. */
  identities: Schema.optional(Schema.NullOr(Schema.Array(IdentityDto))),
  /** Where `withCustomData` asked for it. */
  customData: Schema.optional(Schema.Unknown),
  /** Where `withDepartmentIds` asked for it. */
  departmentIds: Schema.optional(Schema.NullOr(Schema.Array(Schema.String))),
})

/** A user. */
export interface UserDto extends Schema.Schema.Type<typeof UserDto> {}

/** A page of users and how many there are in all. */
export const UserListDto = Schema.Struct({ totalCount: Schema.Int, list: Schema.Array(UserDto) })

/** A page of users and how many there are in all. */
export interface UserListDto extends Schema.Schema.Type<typeof UserListDto> {}

/**
 * A change of status. `Suspended` keeps the user from logging in again, `Activated` lets him in; suspend before the
 * kick, or a live refresh may log in anew (an inference, documented nowhere).
 */
export const UpdateUserStatusDto = Schema.Struct({
  userId: Schema.NonEmptyString,
  status: UserStatus,
  options: Schema.optional(Schema.Struct({ userIdType: Schema.optional(UserIdType) })),
}).check(Schema.makeFilter(({ options, userId }) => userIdIssue(userId, options?.userIdType)))

/** A change of status. */
export interface UpdateUserStatusDto extends Schema.Schema.Type<typeof UpdateUserStatusDto> {}
