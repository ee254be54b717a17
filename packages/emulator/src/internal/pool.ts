/** The operations on one user pool, without a wire. */
import * as Operation from "@genauth-effect/protocol/Operation"
import type { KickEvent } from "../KickEvent.ts"
import type { Resolved } from "../Options.ts"
import type { Pool as PoolSeed } from "../Seed.ts"
import * as Account from "./account.ts"
import { badArgument, type Outcome, type Refusal } from "./outcome.ts"
import { field, flagField, objectField, textField } from "./params.ts"

const userNotFound: Refusal = { statusCode: 404, apiCode: 2004 }
const userOfAnotherPool: Refusal = { statusCode: 403, apiCode: 2036 }
const userLocked: Refusal = { statusCode: 403, apiCode: 2005 }
const sessionNotFound: Refusal = { statusCode: 404, apiCode: 2401 }
const applicationNotFound: Refusal = { statusCode: 404, apiCode: 2011 }

/** What a pool needs of its surroundings. */
export interface Surroundings {
  readonly options: Resolved
  /** Whether any pool has the user. */
  readonly isUserOfAnyPool: (userId: string) => boolean
  readonly onKick: (event: KickEvent) => void
}

// A number in a body, its digits in a query.
const wholeNumber = (value: unknown): number =>
  typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN

const page = <A>(rows: ReadonlyArray<A>, pagination: unknown, show: (row: A) => unknown): Outcome => {
  const number = wholeNumber(field(pagination, "page") ?? 1)
  const limit = wholeNumber(field(pagination, "limit") ?? 10)
  if (!Number.isInteger(number) || number < 1) return badArgument("page")
  if (!Number.isInteger(limit) || limit < 1 || limit > Operation.maxPageLimit) return badArgument("limit")
  const list = rows.slice((number - 1) * limit, number * limit).map((row) => show(row))
  return { data: { totalCount: rows.length, list } }
}

// Null is what the Python SDK sends for what is not given.
const isGiven = (value: unknown): boolean => value !== undefined && value !== null

const withOptions = (params: unknown, use: (options: object) => Outcome): Outcome => {
  const options = objectField(params, "options")
  return options === undefined ? badArgument("options") : use(options)
}

const shownToo = (params: unknown): Account.Shown => ({
  withIdentities: flagField(params, "withIdentities"),
  withCustomData: flagField(params, "withCustomData"),
  withDepartmentIds: flagField(params, "withDepartmentIds"),
})

// The ids that a pool knows of a user besides the service's own: is-user-exists looks for them, and update-user changes
// them. All other fields of an update are ignored.
const ownIds = [
  ["username", "username"],
  ["email", "email"],
  ["phone", "phone"],
  ["external_id", "externalId"],
] as const

/** A pool as its seed says. */
export const make = (seed: PoolSeed, surroundings: Surroundings) => {
  const { options } = surroundings
  const applications = new Map(
    seed.applications.map((application) => [application.appId, Account.makeApplication(application)]),
  )
  const listedApplications = [...applications.values()]
  const index = new Map(Operation.userIdTypes.map((type) => [type, new Map<string, Account.Account>()]))
  const byId = (type: Operation.UserIdType, id: string): Account.Account | undefined => index.get(type)?.get(id)
  for (const user of seed.users) {
    const account = Account.makeAccount(user)
    for (const [type, id] of Account.idsOf(user)) index.get(type)?.set(id, account)
    for (const appId of user.loggedIn ?? []) {
      const application = applications.get(appId)
      if (application !== undefined) Account.logIn(account, application)
    }
  }

  const find = (params: unknown, userIdType: unknown): Account.Account | Refusal => {
    const userId = textField(params, "userId")
    if (userId === undefined) return badArgument("userId")
    const type = Operation.userIdTypes.find((one) => one === (userIdType ?? Operation.defaultUserIdType))
    if (type === undefined) return badArgument("userIdType")
    const account = byId(type, userId)
    if (account !== undefined) return account
    // Only the GenAuth user id is the same in all pools; an e-mail may belong to a user of each.
    return type === "user_id" && surroundings.isUserOfAnyPool(userId) ? userOfAnotherPool : userNotFound
  }

  const withAccount = (params: unknown, userIdType: unknown, use: (account: Account.Account) => Outcome): Outcome => {
    const found = find(params, userIdType)
    return "user" in found ? use(found) : found
  }

  const withApplication = (params: unknown, use: (application: Account.LiveApplication) => Outcome): Outcome => {
    const appId = textField(params, "appId")
    if (appId === undefined) return badArgument("appId")
    const application = applications.get(appId)
    return application === undefined ? applicationNotFound : use(application)
  }

  const endLogins = (
    account: Account.Account,
    from: ReadonlyArray<Account.LiveApplication>,
  ): ReadonlyArray<Account.LiveApplication> => from.filter((application) => Account.logOut(account, application))

  const setStatus = (account: Account.Account, status: Operation.UserStatus): void => {
    account.status = status
    if (status !== "Activated" && options.loginsOfLockedUser === "end") endLogins(account, [...account.online])
  }

  const update = (account: Account.Account, params: unknown): Outcome => {
    const wanted: unknown = field(params, "status")
    const status = Operation.userStatuses.find((one) => one === wanted)
    if (isGiven(wanted) && status === undefined) return badArgument("status")
    let user = account.user
    for (const [type, name] of ownIds) {
      if (!isGiven(field(params, name))) continue
      const id = textField(params, name)
      if (id === undefined) return badArgument(name)
      if ((byId(type, id) ?? account) !== account) return { statusCode: 409, detail: name }
      user = { ...user, [name]: id }
    }
    for (const [type, id] of Account.idsOf(account.user)) index.get(type)?.delete(id)
    for (const [type, id] of Account.idsOf(user)) index.get(type)?.set(id, account)
    account.user = user
    if (status !== undefined) setStatus(account, status)
    return { data: Account.userDto(account) }
  }

  const kick = (params: unknown): Outcome => {
    const appIds: unknown = field(params, "appIds")
    if (!Array.isArray(appIds) || appIds.length === 0 || appIds.length > Operation.maxAppIds) {
      return badArgument("appIds")
    }
    if (!appIds.every((appId) => typeof appId === "string" && appId !== "")) return badArgument("appIds")
    const given = objectField(params, "options")
    if (given === undefined) return badArgument("options")
    return withAccount(params, field(given, "userIdType"), (account) => {
      const known = appIds.flatMap((appId) => applications.get(appId) ?? [])
      const isOneUnknown = known.length < appIds.length
      if (isOneUnknown && options.unknownApp === "refuseAll") return applicationNotFound
      if (account.status !== "Activated" && options.lockedUser === "refuse") return userLocked
      const ended = endLogins(account, known)
      const [only] = ended
      if (only !== undefined) {
        const users = [Account.userDto(account)]
        surroundings.onKick({
          eventName: "kick",
          data: ended.length === 1 ? { users, application: only.application } : { users },
        })
      }
      if (isOneUnknown && options.unknownApp === "kickKnown") return applicationNotFound
      if (ended.length > 0 || options.offlineUser === "succeed") return { data: { success: true } }
      return options.offlineUser === "refuse" ? sessionNotFound : { data: { success: false } }
    })
  }

  const operations: Readonly<Record<string, (params: unknown) => Outcome>> = {
    [Operation.kickUsers.path]: kick,
    [Operation.kickPublicAccounts.path]: kick,
    [Operation.checkSessionStatus.path]: (params) => {
      // The form of a request is looked at before what it names.
      if (textField(params, "appId") === undefined) return badArgument("appId")
      return withAccount(params, "user_id", (account) =>
        withApplication(params, (application) => ({ data: { active: account.online.has(application) } })),
      )
    },
    [Operation.listApplicationSimpleInfo.path]: (params) => {
      const keywords = textField(params, "keywords") ?? ""
      // The official SDK sends false for every filter that is not given, so false filters nothing. Every application of
      // the emulator is self-built: only who asks for the others, and for the others alone, gets none. What ssoEnabled
      // filters is documented nowhere.
      const isNone = flagField(params, "isIntegrateApp") && !flagField(params, "isSelfBuiltApp")
      const rows = listedApplications.filter(({ application }) => application.appName.includes(keywords))
      return page(isNone ? [] : rows, params, Account.applicationDto)
    },
    [Operation.getUserLoggedInApps.path]: (params) =>
      withAccount(params, field(params, "userIdType"), (account) => ({
        data: [...account.history].map((application) => Account.loggedInAppDto(application)),
      })),
    [Operation.listApplicationActiveUsers.path]: (params) =>
      withOptions(params, (given) => {
        const pagination = objectField(given, "pagination")
        if (pagination === undefined) return badArgument("pagination")
        const shown = shownToo(given)
        return withApplication(params, (application) =>
          page(Account.onlineIn(application), pagination, (account) => Account.userDto(account, shown)),
        )
      }),
    [Operation.isUserExists.path]: (params) => {
      const asked = ownIds.flatMap(([type, name]) => {
        const id = textField(params, name)
        return id === undefined ? [] : [byId(type, id) !== undefined]
      })
      return asked.length === 0 ? badArgument("username") : { data: { exists: asked.every(Boolean) } }
    },
    [Operation.getUser.path]: (params) =>
      withAccount(params, field(params, "userIdType"), (account) => ({
        data: Account.userDto(account, shownToo(params)),
      })),
    [Operation.updateUser.path]: (params) =>
      withOptions(params, (given) =>
        withAccount(params, field(given, "userIdType"), (account) => update(account, params)),
      ),
  }

  return {
    id: seed.userPool.id,
    operation: (path: string) => operations[path],
    account: (userId: string): Account.Account | undefined => byId("user_id", userId),
    application: (appId: string): Account.LiveApplication | undefined => applications.get(appId),
    applications: (): ReadonlyArray<Account.LiveApplication> => listedApplications,
    setStatus,
  }
}

/** A user pool. */
export type Pool = ReturnType<typeof make>
