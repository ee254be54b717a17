/**
 * How a kick ended, as a value: one outcome for each user, whatever went wrong. A Schema, so that an outcome survives
 * JSON (`Schema.toCodecJson(Outcome)`), a queue or a report.
 */
import * as Schema from "effect/Schema"
import { ApiError } from "./ApiError.ts"
import { User } from "./User.ts"

/** The kick was confirmed, yet check-session-status still said "online" when the time for checking was over. */
export class StillOnline extends Schema.TaggedError<StillOnline>()("StillOnline", {
  message: Schema.String,
  /** Kicking again may help. */
  isRetryable: Schema.Boolean,
  appIds: Schema.Array(Schema.String),
}) {}

/** The kick was confirmed, yet check-session-status gave no answer to go by. `error` says why. */
export class NotVerified extends Schema.TaggedError<NotVerified>()("NotVerified", {
  message: Schema.String,
  isRetryable: Schema.Boolean,
  error: ApiError,
}) {}

/** Why a user was not kicked out of some application, or is not known to be out. */
export const KickError = Schema.Union([ApiError, StillOnline, NotVerified])

/** Why a user was not kicked out of some application, or is not known to be out. */
export type KickError = typeof KickError.Type

/** Whether the kick was confirmed and only the check did not come out well. */
export const isOfVerification = (error: KickError): error is StillOnline | NotVerified =>
  error._tag === "StillOnline" || error._tag === "NotVerified"

const fields = {
  /** As it was given, also where no such user can be. */
  user: Schema.Struct({ ...User.fields, id: Schema.String }),
  /** The application ids asked for, without duplicates, in the order given. Empty where they could not be listed. */
  apps: Schema.Array(Schema.String),
  /** The receipts of the kicks, in the order of the calls. The vendor's audit log finds the calls by them. */
  requestIds: Schema.Array(Schema.String),
  /** Requests of kick-users sent, retries included. Listing, looking up and verifying are not counted. */
  attempts: Schema.Int,
  /** From the start to the outcome, in milliseconds. */
  durationMillis: Schema.Finite,
}

/** The service confirmed the kick in all applications. */
export const Kicked = Schema.TaggedStruct("Kicked", {
  ...fields,
  /** Whether check-session-status said "offline" for every application afterwards. `false` where it was not asked. */
  verified: Schema.Boolean,
})

/** The answer told that the user had no session in any of the applications (apiCode 2401). */
export const WasOffline = Schema.TaggedStruct("WasOffline", { ...fields, verified: Schema.Boolean })

/** The user is unknown to this user pool (apiCode 2004 or 2036). Nobody was kicked. */
export const NotFound = Schema.TaggedStruct("NotFound", { ...fields, error: ApiError })

/** Applications with one reason. */
export const NotKicked = Schema.Struct({ appIds: Schema.Array(Schema.String), error: KickError })

/** Applications with one reason. */
export interface NotKicked extends Schema.Schema.Type<typeof NotKicked> {}

/** Some applications were kicked from, others not. */
export const PartlyKicked = Schema.TaggedStruct("PartlyKicked", {
  ...fields,
  /** The applications the user is out of. */
  kicked: Schema.Array(Schema.String),
  /** The others, by reason. */
  notKicked: Schema.Array(NotKicked),
})

/** Nothing was confirmed. `error.outcomeUnknown` tells whether the kick may have happened all the same. */
export const Failed = Schema.TaggedStruct("Failed", { ...fields, error: KickError })

/** Nothing was sent: a dry run. The request is valid and this is what would be kicked. */
export const WouldKick = Schema.TaggedStruct("WouldKick", fields)

/** The user is out of all applications asked for. */
export interface Kicked extends Schema.Schema.Type<typeof Kicked> {}
/** The user had no session. */
export interface WasOffline extends Schema.Schema.Type<typeof WasOffline> {}
/** The user is unknown. */
export interface NotFound extends Schema.Schema.Type<typeof NotFound> {}
/** Some applications were kicked from. */
export interface PartlyKicked extends Schema.Schema.Type<typeof PartlyKicked> {}
/** Nothing was confirmed. */
export interface Failed extends Schema.Schema.Type<typeof Failed> {}
/** A dry run. */
export interface WouldKick extends Schema.Schema.Type<typeof WouldKick> {}

/** How a kick of one user ended. */
export const Outcome = Schema.Union([Kicked, WasOffline, NotFound, PartlyKicked, Failed, WouldKick])

/** How a kick of one user ended. */
export type Outcome = Kicked | WasOffline | NotFound | PartlyKicked | Failed | WouldKick

/** Whether nothing is left to do for this user: out of every application, or there before. */
export const isOut = (outcome: Outcome): outcome is Kicked | WasOffline =>
  outcome._tag === "Kicked" || outcome._tag === "WasOffline"
