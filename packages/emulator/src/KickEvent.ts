/**
 * The `kick` event, as the service sends it to webhooks.
 *
 * Documented: `eventName` "kick", `data.users` (the users taken offline) and `data.application` (present when the
 * user was taken offline from one application). No sample is published, and it is documented nowhere which fields the
 * users and the application have, whether a kick of several applications is one event or many, and whether a user who
 * was not online makes one. Here: one event for each call that ended at least one login, with the application if it
 * was exactly one.
 */

/** An application in an event. */
export interface EventApplication {
  readonly appId: string
  readonly appName: string
}

/** A user in an event: as `get-user` answers it. */
export interface EventUser {
  readonly userId: string
  readonly [field: string]: unknown
}

/** The body of a `kick` webhook. */
export interface KickEvent {
  readonly eventName: "kick"
  readonly data: {
    readonly users: ReadonlyArray<EventUser>
    readonly application?: EventApplication
  }
}
