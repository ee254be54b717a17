/** Who is online where: the operations that a kick is checked with. */
import * as Schema from "effect/Schema"
import { pageFields } from "./Applications.ts"
import { AppId, userIdIssue, UserIdType } from "./KickUsers.ts"

/**
 * The question whether a user is online in one application. `userId` is the GenAuth user id: no SDK has a userIdType
 * here, although the vendor's text mentions one.
 */
export const CheckSessionStatusDto = Schema.Struct({ appId: AppId, userId: Schema.NonEmptyString })

/** The question whether a user is online in one application. */
export interface CheckSessionStatusDto extends Schema.Schema.Type<typeof CheckSessionStatusDto> {}

/** Whether the user is online. */
export const SessionStatusDto = Schema.Struct({ active: Schema.Boolean })

/** Whether the user is online. */
export interface SessionStatusDto extends Schema.Schema.Type<typeof SessionStatusDto> {}

/** The query of get-user-loggedin-apps. */
export const GetUserLoggedInAppsDto = Schema.Struct({
  userId: Schema.NonEmptyString,
  /** @default "user_id" */
  userIdType: Schema.optional(UserIdType),
}).check(Schema.makeFilter(({ userId, userIdType }) => userIdIssue(userId, userIdType)))

/** The query of get-user-loggedin-apps. */
export interface GetUserLoggedInAppsDto extends Schema.Schema.Type<typeof GetUserLoggedInAppsDto> {}

/** An application that the user has logged into at some time: history, not live state, judging by the name. */
export const UserLoggedInAppDto = Schema.Struct({
  appId: Schema.NonEmptyString,
  appName: Schema.optional(Schema.NullOr(Schema.String)),
  appLogo: Schema.optional(Schema.NullOr(Schema.String)),
  appLoginUrl: Schema.optional(Schema.NullOr(Schema.String)),
})

/** An application that the user has logged into at some time. */
export interface UserLoggedInAppDto extends Schema.Schema.Type<typeof UserLoggedInAppDto> {}

/** The query of list-application-active-users. */
export const ListApplicationActiveUsersDto = Schema.Struct({
  appId: AppId,
  options: Schema.optional(
    Schema.Struct({
      pagination: Schema.optional(Schema.Struct(pageFields)),
      withCustomData: Schema.optional(Schema.Boolean),
      withIdentities: Schema.optional(Schema.Boolean),
      withDepartmentIds: Schema.optional(Schema.Boolean),
    }),
  ),
})

/** The query of list-application-active-users. */
export interface ListApplicationActiveUsersDto extends Schema.Schema.Type<typeof ListApplicationActiveUsersDto> {}
