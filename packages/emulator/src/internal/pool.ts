/** The operations on one user pool, without a wire. */
import * as Operation from "@genauth-effect/protocol/Operation"
import type { KickEvent } from "../KickEvent.ts"
import type { Resolved } from "../Options.ts"
import type { Pool as PoolSeed } from "../Seed.ts"
import * as Account from "./account.ts"
import { badArgument, type Outcome, type Refusal } from "./outcome.ts"
import { field, textField } from "./params.ts"

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

const page = <A>(rows: ReadonlyArray<A>, pagination: unknown, show: (row: A) => unknown): Outcome => {
  const number = Number(field(pagination, "page") ?? 1)
  const limit = Number(field(pagination, "limit") ?? 10)
  if (!Number.isInteger(number) || number < 1) return badArgument("page")
  if (!Number.isInteger(limit) || limit < 1 || limit > Operation.maxPageLimit) return badArgument("limit")
  const list = rows.slice((number - 1) * limit, number * limit).map((row) => show(row))
  return { data: { totalCount: rows.length, list } }
}

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
    const application = applications.get(textField(params, "appId") ?? "")
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

  const kick = (params: unknown): Outcome => {
    const appIds: unknown = field(params, "appIds")
    if (!Array.isArray(appIds) || appIds.length === 0 || appIds.length > Operation.maxAppIds) {
      return badArgument("appIds")
    }
    if (!appIds.every((appId) => typeof appId === "string" && appId !== "")) return badArgument("appIds")
    return withAccount(params, field(field(params, "options"), "userIdType"), (account) => {
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
    [Operation.checkSessionStatus.path]: (params) =>
      withAccount(params, "user_id", (account) =>
        withApplication(params, (application) => ({ data: { active: account.online.has(application) } })),
      ),
    [Operation.listApplicationSimpleInfo.path]: (params) => {
      const keywords = textField(params, "keywords") ?? ""
      // Every application of the emulator is self-built.
      const isNone = field(params, "isIntegrateApp") === "true" || field(params, "isSelfBuiltApp") === "false"
      const rows = listedApplications.filter(({ application }) => application.appName.includes(keywords))
      return page(isNone ? [] : rows, params, Account.applicationDto)
    },
    [Operation.getUserLoggedInApps.path]: (params) =>
      withAccount(params, field(params, "userIdType"), (account) => ({
        data: [...account.history].map((application) => Account.loggedInAppDto(application)),
      })),
    [Operation.listApplicationActiveUsers.path]: (params) =>
      withApplication(params, (application) =>
        page(Account.onlineIn(application), field(field(params, "options"), "pagination"), Account.userDto),
      ),
    [Operation.isUserExists.path]: (params) => {
      const ids = [
        ["username", "username"],
        ["email", "email"],
        ["phone", "phone"],
        ["external_id", "externalId"],
      ] as const
      const asked = ids.flatMap(([type, name]) => {
        const id = textField(params, name)
        return id === undefined ? [] : [byId(type, id) !== undefined]
      })
      return asked.length === 0 ? badArgument("username") : { data: { exists: asked.every(Boolean) } }
    },
    [Operation.getUser.path]: (params) =>
      withAccount(params, field(params, "userIdType"), (account) => ({ data: Account.userDto(account) })),
    [Operation.updateUser.path]: (params) =>
      withAccount(params, field(field(params, "options"), "userIdType"), (account) => {
        const status = Operation.userStatuses.find((one) => one === field(params, "status"))
        if (status === undefined) return badArgument("status")
        setStatus(account, status)
        return { data: Account.userDto(account) }
      }),
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
