/** The pool's applications: what a kick "everywhere" is made of. */
import * as Operation from "@genauth-effect/protocol/Operation"
import * as Schema from "effect/Schema"

/** A page of a list: `page` from 1, `limit` 1 to 50. */
export const pageFields = {
  /** @default 1 */
  page: Schema.optional(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))),
  /** @default 10 */
  limit: Schema.optional(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: Operation.maxPageLimit }))),
}

/** The query of list-application-simple-info. */
export const ListApplicationSimpleInfoDto = Schema.Struct({
  ...pageFields,
  isIntegrateApp: Schema.optional(Schema.Boolean),
  isSelfBuiltApp: Schema.optional(Schema.Boolean),
  ssoEnabled: Schema.optional(Schema.Boolean),
  keywords: Schema.optional(Schema.String),
})

/** The query of list-application-simple-info. */
export interface ListApplicationSimpleInfoDto extends Schema.Schema.Type<typeof ListApplicationSimpleInfoDto> {}

/**
 * One application. The vendor declares more fields as required than samples always show, so only the id is required
 * here: an application without a logo must not break a kick.
 */
export const ApplicationSimpleInfoDto = Schema.Struct({
  appId: Schema.NonEmptyString,
  appName: Schema.optional(Schema.NullOr(Schema.String)),
  appIdentifier: Schema.optional(Schema.NullOr(Schema.String)),
  appLogo: Schema.optional(Schema.NullOr(Schema.String)),
  appDescription: Schema.optional(Schema.NullOr(Schema.String)),
  /** web, spa, native, api, mfa, mini-program, gateway-app, gateway-agent. */
  appType: Schema.optional(Schema.NullOr(Schema.String)),
  isIntegrateApp: Schema.optional(Schema.NullOr(Schema.Boolean)),
})

/** One application. */
export interface ApplicationSimpleInfoDto extends Schema.Schema.Type<typeof ApplicationSimpleInfoDto> {}

/** A page of applications and how many there are in all. */
export const ApplicationSimpleInfoListDto = Schema.Struct({
  totalCount: Schema.Int,
  list: Schema.Array(ApplicationSimpleInfoDto),
})

/** A page of applications and how many there are in all. */
export interface ApplicationSimpleInfoListDto extends Schema.Schema.Type<typeof ApplicationSimpleInfoListDto> {}
