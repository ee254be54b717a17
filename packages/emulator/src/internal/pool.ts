/** The state of a user pool and the operations on it, without a wire. */
import * as Operation from "@genauth-effect/protocol/Operation"
import type { Seed, User } from "../Seed.ts"

/** What an operation answers: a payload, or codes. */
export type Outcome =
  | { readonly data: unknown }
  | { readonly statusCode: number; readonly apiCode?: number; readonly message: string }

interface Account extends User {
  readonly online: Set<string>
  readonly history: Set<string>
  currentStatus: string
}

const badArgument = (message: string): Outcome => ({ statusCode: 400, message })
const userNotFound: Outcome = { statusCode: 404, apiCode: 2004, message: "user not found" }
const applicationNotFound: Outcome = { statusCode: 404, apiCode: 2011, message: "application does not exist" }

const field = (params: unknown, name: string): unknown =>
  typeof params === "object" && params !== null ? Object.getOwnPropertyDescriptor(params, name)?.value : undefined

const textField = (params: unknown, name: string): string | undefined => {
  const value = field(params, name)
  return typeof value === "string" && value !== "" ? value : undefined
}

/** A pool as its seed says. */
export const make = (seed: Seed) => {
  const applications = new Map(seed.applications.map((application) => [application.appId, application]))
  const accounts = new Map<string, Account>()
  const index = new Map<string, Account>()
  for (const user of seed.users) {
    const loggedIn = user.loggedIn ?? []
    const account: Account = {
      ...user,
      online: new Set(loggedIn),
      history: new Set(loggedIn),
      currentStatus: user.status ?? "Activated",
    }
    accounts.set(user.userId, account)
    const ids: ReadonlyArray<readonly [Operation.UserIdType, string | undefined]> = [
      ["user_id", user.userId],
      ["username", user.username],
      ["email", user.email],
      ["phone", user.phone],
      ["external_id", user.externalId],
      ...(user.identities ?? []).map((one) => ["identity", `${one.extIdpId}:${one.userIdInIdp}`] as const),
      ...(user.syncRelations ?? []).map((one) => ["sync_relation", `${one.provider}:${one.userIdInIdp}`] as const),
    ]
    for (const [type, id] of ids) if (id !== undefined) index.set(`${type} ${id}`, account)
  }

  const find = (params: unknown, type: unknown): Account | undefined =>
    index.get(`${String(type ?? Operation.defaultUserIdType)} ${textField(params, "userId")}`)

  const userDto = (account: Account) => {
    const { currentStatus, history: _, identities: __, loggedIn: ___, online: ____, ...user } = account
    return { ...user, status: currentStatus }
  }

  const page = <A>(rows: ReadonlyArray<A>, pagination: unknown): Outcome => {
    const number = Number(field(pagination, "page") ?? 1)
    const limit = Number(field(pagination, "limit") ?? 10)
    if (!Number.isInteger(number) || number < 1) return badArgument("page")
    if (!Number.isInteger(limit) || limit < 1 || limit > Operation.maxPageLimit) return badArgument("limit")
    return { data: { totalCount: rows.length, list: rows.slice((number - 1) * limit, number * limit) } }
  }

  const kick = (params: unknown): Outcome => {
    const appIds = field(params, "appIds")
    if (!Array.isArray(appIds) || appIds.length === 0 || appIds.length > Operation.maxAppIds)
      return badArgument("appIds")
    if (!appIds.every((appId) => typeof appId === "string" && appId !== "")) return badArgument("appIds")
    if (textField(params, "userId") === undefined) return badArgument("userId")
    const account = find(params, field(field(params, "options"), "userIdType"))
    if (account === undefined) return userNotFound
    // Undocumented; the conservative reading: one unknown application refuses the call and nothing changes.
    if (!appIds.every((appId) => applications.has(appId))) return applicationNotFound
    for (const appId of appIds) account.online.delete(appId)
    return { data: { success: true } }
  }

  const operations: Readonly<Record<string, (params: unknown) => Outcome>> = {
    [Operation.kickUsers.path]: kick,
    [Operation.kickPublicAccounts.path]: kick,
    [Operation.checkSessionStatus.path]: (params) => {
      const account = find(params, "user_id")
      if (account === undefined) return userNotFound
      const appId = textField(params, "appId")
      if (appId === undefined || !applications.has(appId)) return applicationNotFound
      return { data: { active: account.online.has(appId) } }
    },
    [Operation.listApplicationSimpleInfo.path]: (params) => page([...applications.values()], params),
    [Operation.getUserLoggedInApps.path]: (params) => {
      const account = find(params, field(params, "userIdType"))
      return account === undefined
        ? userNotFound
        : { data: [...account.history].map((appId) => applications.get(appId) ?? { appId, appName: "" }) }
    },
    [Operation.listApplicationActiveUsers.path]: (params) => {
      const appId = textField(params, "appId")
      if (appId === undefined || !applications.has(appId)) return applicationNotFound
      const online = [...accounts.values()].filter((account) => account.online.has(appId))
      return page(online.map(userDto), field(field(params, "options"), "pagination"))
    },
    [Operation.isUserExists.path]: (params) => {
      const asked = (
        [
          ["username", "username"],
          ["email", "email"],
          ["phone", "phone"],
          ["external_id", "externalId"],
        ] as const
      ).flatMap(([type, name]) => {
        const value = textField(params, name)
        return value === undefined ? [] : [`${type} ${value}`]
      })
      return asked.length === 0 ? badArgument("username") : { data: { exists: asked.every((id) => index.has(id)) } }
    },
    [Operation.getUser.path]: (params) => {
      const account = find(params, field(params, "userIdType"))
      return account === undefined ? userNotFound : { data: userDto(account) }
    },
    [Operation.updateUser.path]: (params) => {
      const account = find(params, field(field(params, "options"), "userIdType"))
      if (account === undefined) return userNotFound
      const status = Operation.userStatuses.find((one) => one === field(params, "status"))
      if (status === undefined) return badArgument("status")
      account.currentStatus = status
      return { data: userDto(account) }
    },
  }

  return {
    secretOf: (accessKeyId: string): string | undefined =>
      seed.userPool.accessKeys.find((key) => key.accessKeyId === accessKeyId)?.accessKeySecret,
    onlineApps: (userId: string): ReadonlyArray<string> => [...(accounts.get(userId)?.online ?? [])],
    logIn: (userId: string, appId: string): boolean => {
      const account = accounts.get(userId)
      if (account === undefined || !applications.has(appId) || account.currentStatus !== "Activated") return false
      account.online.add(appId)
      account.history.add(appId)
      return true
    },
    operation: (path: string) => operations[path],
  }
}
