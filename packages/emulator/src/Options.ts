/**
 * The switches of an emulator. Most stand for a fact that the vendor documents nowhere; the default is the
 * conservative reading, so that a program that holds against it holds against the others too.
 */
import type { Script } from "./Faults.ts"
import type { RateLimit } from "./RateLimit.ts"

/** The switches of an emulator. */
export interface Options {
  /**
   * The clock difference above which a signature is refused (1305), in milliseconds. The service publishes none.
   * @default 300000
   */
  readonly clockToleranceMillis?: number | undefined
  /**
   * Lifetime of a management token in seconds. The service publishes none.
   * @default 7200
   */
  readonly tokenLifetimeSeconds?: number | undefined
  /**
   * Whether a token is taken without the word Bearer in front, as the Java SDK and n8n send it. Both forms are in
   * production use, so the service must take both.
   * @default true
   */
  readonly bareToken?: boolean | undefined
  /**
   * A kick that names an application that the pool does not have. Undocumented. `refuseAll` answers 2011 and changes
   * nothing; `kickKnown` answers 2011 and has kicked the user out of the others; `ignore` does so and answers success.
   * @default "refuseAll"
   */
  readonly unknownApp?: "refuseAll" | "kickKnown" | "ignore" | undefined
  /**
   * A kick of a user who is online in none of the applications. Undocumented. `succeed` says success; `successFalse`
   * says `data.success: false`; `refuse` says 2401, that there is no such session.
   * @default "succeed"
   */
  readonly offlineUser?: "succeed" | "successFalse" | "refuse" | undefined
  /**
   * A kick of a user whose status is not Activated. Undocumented. `kick` ends its logins; `refuse` says 2005, that
   * the user is locked, and changes nothing.
   * @default "kick"
   */
  readonly lockedUser?: "kick" | "refuse" | undefined
  /**
   * What becomes of the logins of a user whose status is set to anything but Activated. Undocumented.
   * @default "keep"
   */
  readonly loginsOfLockedUser?: "keep" | "end" | undefined
  /**
   * How many requests, and how many kick events, are kept to be looked at; the oldest go first. Counts are exact
   * whatever this is.
   * @default 10000
   */
  readonly keptRequests?: number | undefined
  /** The rate limit of each pool at the start. @default none */
  readonly limit?: RateLimit | undefined
  /** What goes wrong from the start. @default nothing */
  readonly faults?: Script | undefined
}

/** The switches with their defaults. */
export interface Resolved {
  readonly clockToleranceMillis: number
  readonly tokenLifetimeSeconds: number
  readonly bareToken: boolean
  readonly unknownApp: "refuseAll" | "kickKnown" | "ignore"
  readonly offlineUser: "succeed" | "successFalse" | "refuse"
  readonly lockedUser: "kick" | "refuse"
  readonly loginsOfLockedUser: "keep" | "end"
  readonly keptRequests: number
}

/** Fills in the defaults. */
export const resolve = (options: Options | undefined): Resolved => ({
  clockToleranceMillis: options?.clockToleranceMillis ?? 300_000,
  tokenLifetimeSeconds: options?.tokenLifetimeSeconds ?? 7200,
  bareToken: options?.bareToken ?? true,
  unknownApp: options?.unknownApp ?? "refuseAll",
  offlineUser: options?.offlineUser ?? "succeed",
  lockedUser: options?.lockedUser ?? "kick",
  loginsOfLockedUser: options?.loginsOfLockedUser ?? "keep",
  keptRequests: options?.keptRequests ?? 10_000,
})
