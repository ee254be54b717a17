/** The pools of an emulator and the access keys that open them. */
import type * as Operation from "@genauth-effect/protocol/Operation"
import type { Login } from "../Emulator.ts"
import type { KickEvent } from "../KickEvent.ts"
import type { Resolved } from "../Options.ts"
import * as Seed from "../Seed.ts"
import * as Account from "./account.ts"
import type { Refusal } from "./outcome.ts"
import * as Pool from "./pool.ts"

/** What a key may do in a pool. */
export interface Grant {
  readonly pool: Pool.Pool
  readonly managesUsers: boolean
}

/** An access key. A collaborator's may open several pools; the first is the one it means when it names none. */
export interface Key {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly isCollaborator: boolean
  readonly grants: ReadonlyMap<string, Grant>
  readonly first: Grant
}

interface OpenKey extends Key {
  readonly grants: Map<string, Grant>
}

/** Opens the pools of a seed. */
export const make = (seed: Seed.Seed, options: Resolved, onKick: (event: KickEvent) => void) => {
  const pools = new Map<string, Pool.Pool>()
  const poolOfUser = new Map<string, Pool.Pool>()
  const keys = new Map<string, OpenKey>()
  const surroundings: Pool.Surroundings = { options, isUserOfAnyPool: (userId) => poolOfUser.has(userId), onKick }
  for (const one of Seed.pools(seed)) {
    const pool = Pool.make(one, surroundings)
    pools.set(pool.id, pool)
    for (const { userId } of one.users) poolOfUser.set(userId, pool)
    for (const key of one.userPool.accessKeys) {
      const grant: Grant = { pool, managesUsers: key.managesUsers ?? true }
      const opened = keys.get(key.accessKeyId)
      if (opened === undefined) {
        const { accessKeyId, accessKeySecret } = key
        const grants = new Map([[pool.id, grant]])
        keys.set(accessKeyId, {
          accessKeyId,
          accessKeySecret,
          isCollaborator: key.isCollaborator ?? false,
          grants,
          first: grant,
        })
      } else opened.grants.set(pool.id, grant)
    }
  }

  const accountOf = (userId: string): Account.Account | undefined => poolOfUser.get(userId)?.account(userId)

  const onlineApps = (userId: string): ReadonlyArray<string> =>
    [...(accountOf(userId)?.online ?? [])].map(({ application }) => application.appId)

  const applicationsOfAll = (): ReadonlyArray<Account.LiveApplication> =>
    [...pools.values()].flatMap((pool) => pool.applications())

  return {
    key: (accessKeyId: string): Key | undefined => keys.get(accessKeyId),
    /** What the key may do in the pool it asks for: undefined stands for the one it means when it names none. */
    grant: (key: Key, userPoolId: string | undefined): Grant | Refusal => {
      // For a pool's own key the service makes pool id and key id the same, and PHP sends the key id as the pool's.
      if (userPoolId === undefined || (!key.isCollaborator && userPoolId === key.accessKeyId)) return key.first
      const grant = key.grants.get(userPoolId)
      if (grant !== undefined) return grant
      return pools.has(userPoolId) ? { statusCode: 403, apiCode: 3623 } : { statusCode: 404, apiCode: 2224 }
    },
    onlineApps,
    online: (): ReadonlyArray<Login> =>
      applicationsOfAll().flatMap((application) =>
        Account.onlineIn(application).map(({ user }) => ({
          userId: user.userId,
          appId: application.application.appId,
        })),
      ),
    onlineCount: (): number => applicationsOfAll().reduce((sum, { online }) => sum + online.size, 0),
    statusOf: (userId: string): Operation.UserStatus | undefined => accountOf(userId)?.status,
    setStatus: (userId: string, status: Operation.UserStatus): boolean => {
      const pool = poolOfUser.get(userId)
      const account = pool?.account(userId)
      if (pool === undefined || account === undefined) return false
      pool.setStatus(account, status)
      return true
    },
    logIn: (userId: string, appId: string): boolean => {
      const pool = poolOfUser.get(userId)
      const account = pool?.account(userId)
      const application = pool?.application(appId)
      if (account === undefined || application === undefined || account.status !== "Activated") return false
      Account.logIn(account, application)
      return true
    },
    logOut: (userId: string, appId: string): boolean => {
      const pool = poolOfUser.get(userId)
      const account = pool?.account(userId)
      const application = pool?.application(appId)
      return account !== undefined && application !== undefined && Account.logOut(account, application)
    },
  }
}

/** The pools of an emulator. */
export type Directory = ReturnType<typeof make>
