/** The operations of the management API that this project speaks, with their documented limits. */

/** A method and a path. The path never holds a query. */
export interface Operation {
  /** The vendor's name in the official SDKs. */
  readonly name: string
  readonly method: "GET" | "POST"
  readonly path: string
}

const get = (name: string, path: string): Operation => ({ name, method: "GET", path: `/api/v3/${path}` })
const post = (name: string, path: string): Operation => ({ name, method: "POST", path: `/api/v3/${path}` })

/** Forces one user offline in up to 50 applications. */
export const kickUsers = post("kickUsers", "kick-users")
/** The same for a public account. */
export const kickPublicAccounts = post("kickPublicAccounts", "kick-public-accounts")
/** Whether a user is online in one application. Takes the GenAuth user id and no other. */
export const checkSessionStatus = post("checkSessionStatus", "check-session-status")
/** A page of the pool's applications. */
export const listApplicationSimpleInfo = get("listApplicationSimpleInfo", "list-application-simple-info")
/** The applications a user has logged into: history, not live state, judging by its name. */
export const getUserLoggedInApps = get("getUserLoggedInApps", "get-user-loggedin-apps")
/** A page of the users online in one application. */
export const listApplicationActiveUsers = post("listApplicationActiveUsers", "list-application-active-users")
/** Whether a user exists, by user name, e-mail, phone or external id. */
export const isUserExists = post("isUserExists", "is-user-exists")
/** One user by any id. */
export const getUser = get("getUser", "get-user")
/** Changes a user; here its status alone. */
export const updateUser = post("updateUser", "update-user")
/** A management token for an access key. Needs no authorization. */
export const getManagementToken = post("getManagementToken", "get-management-token")

/** Every operation above. */
export const all: ReadonlyArray<Operation> = [
  kickUsers,
  kickPublicAccounts,
  checkSessionStatus,
  listApplicationSimpleInfo,
  getUserLoggedInApps,
  listApplicationActiveUsers,
  isUserExists,
  getUser,
  updateUser,
  getManagementToken,
]

/** The most appIds one kick takes. Source: kick-users documentation; also every other batch of the API. */
export const maxAppIds = 50

/** The most rows one page of a list operation has. */
export const maxPageLimit = 50

/** How `userId` is to be read. `custom_field` is in the SDK enums, but its format is documented nowhere. */
export const userIdTypes = [
  "user_id",
  "phone",
  "email",
  "username",
  "external_id",
  "identity",
  "sync_relation",
  "custom_field",
] as const

/** One of {@link userIdTypes}. */
export type UserIdType = (typeof userIdTypes)[number]

/** The userIdType of a request that names none. */
export const defaultUserIdType: UserIdType = "user_id"

/** The states of a user. */
export const userStatuses = ["Suspended", "Resigned", "Activated", "Archived", "Deactivated"] as const

/** One of {@link userStatuses}. */
export type UserStatus = (typeof userStatuses)[number]
