/** Users and applications with the logins between them. */
import type * as Operation from "@genauth-effect/protocol/Operation"
import type { EventUser } from "../KickEvent.ts"
import type { Application, Identity, User } from "../Seed.ts"

/** An application and who is online in it. */
export interface LiveApplication {
  readonly application: Application
  readonly online: Set<Account>
  // The order of a page must not cost a walk over all users, so the list is kept until a login changes.
  listed: ReadonlyArray<Account> | undefined
}

/** A user and its state. */
export interface Account {
  user: User
  readonly online: Set<LiveApplication>
  readonly history: Set<LiveApplication>
  status: Operation.UserStatus
}

/** Opens an application. */
export const makeApplication = (application: Application): LiveApplication => ({
  application,
  online: new Set(),
  listed: undefined,
})

/** Opens an account that is online nowhere. */
export const makeAccount = (user: User): Account => ({
  user,
  online: new Set(),
  history: new Set(),
  status: user.status ?? "Activated",
})

/** Logs an account in. */
export const logIn = (account: Account, application: LiveApplication): void => {
  account.history.add(application)
  if (account.online.has(application)) return
  account.online.add(application)
  application.online.add(account)
  application.listed = undefined
}

/** Ends a login; `false` if there was none. */
export const logOut = (account: Account, application: LiveApplication): boolean => {
  if (!account.online.delete(application)) return false
  application.online.delete(account)
  application.listed = undefined
  return true
}

/** The accounts online in an application, in the order of their logins. */
export const onlineIn = (application: LiveApplication): ReadonlyArray<Account> => {
  application.listed ??= [...application.online]
  return application.listed
}

/** The ids under which a user is found. */
export const idsOf = (user: User): ReadonlyArray<readonly [type: Operation.UserIdType, id: string]> => {
  const ids: Array<readonly [Operation.UserIdType, string]> = [["user_id", user.userId]]
  if (user.username !== undefined) ids.push(["username", user.username])
  if (user.email !== undefined) ids.push(["email", user.email])
  if (user.phone !== undefined) ids.push(["phone", user.phone])
  if (user.externalId !== undefined) ids.push(["external_id", user.externalId])
  for (const one of user.identities ?? []) ids.push(["identity", `${one.extIdpId}:${one.userIdInIdp}`])
  for (const one of user.syncRelations ?? []) ids.push(["sync_relation", `${one.provider}:${one.userIdInIdp}`])
  return ids
}

const seededAt = "2024-01-01T00:00:00.000Z"

/** What is shown of a user only when it is asked for. */
export interface Shown {
  readonly withIdentities: boolean
  readonly withCustomData: boolean
  readonly withDepartmentIds: boolean
}

// The fields that the official SDK's IdentityDto calls required. What a seed does not say of the provider stands for
// the commonest; the service's identityId is an id of its own, here it is what makes an identity the one it is.
const identityDto = ({ extIdpId, userIdInIdp }: typeof Identity.Type) => ({
  identityId: `${extIdpId}:${userIdInIdp}`,
  extIdpId,
  provider: "oidc",
  type: "primary",
  userIdInIdp,
  userInfoInIdp: {},
  originConnIds: [],
})

/** The user as the service shows it: the fields that the official SDK calls required, and the seed's. */
export const userDto = ({ status, user }: Account, shownToo?: Shown): EventUser => {
  const { identities: _, loggedIn: __, syncRelations: ___, ...shown } = user
  return {
    ...shown,
    status,
    createdAt: seededAt,
    updatedAt: seededAt,
    workStatus: "Active",
    gender: "U",
    emailVerified: false,
    phoneVerified: false,
    userSourceType: "adminCreated",
    ...(shownToo?.withIdentities === true ? { identities: (user.identities ?? []).map(identityDto) } : {}),
    ...(shownToo?.withCustomData === true ? { customData: {} } : {}),
    ...(shownToo?.withDepartmentIds === true ? { departmentIds: [] } : {}),
  }
}

/** The application as `list-application-simple-info` shows it. */
export const applicationDto = ({ application }: LiveApplication) => ({
  ...application,
  appIdentifier: application.appId,
  appLogo: "",
  appType: "web",
  isIntegrateApp: false,
})

/** The application as `get-user-loggedin-apps` shows it. */
export const loggedInAppDto = ({ application }: LiveApplication) => ({ ...application, appLogo: "", appLoginUrl: "" })
