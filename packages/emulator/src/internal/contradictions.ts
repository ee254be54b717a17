/** Finds what a seed of the right form gets wrong all the same. */
import type { Pool, Problem, User } from "../Seed.ts"
import { idsOf } from "./account.ts"

// Where in the seed a pool stands: the first at the top, the others in a list.
const placeOf = (index: number): string => (index === 0 ? "" : `userPools[${index - 1}].`)

const fieldNames: Readonly<Record<string, string>> = {
  user_id: "userId",
  external_id: "externalId",
  identity: "identities",
  sync_relation: "syncRelations",
}

// Where one entry of a pool stands, as one number: a file may hold a million ids, and most places are never shown.
const poolStride = 2 ** 32
const pathOf = (place: number, list: string): string =>
  `${placeOf(Math.floor(place / poolStride))}${list}[${place % poolStride}]`

const repeated = (field: string, first: string): Problem => ({
  field,
  problem: `the same as ${first}`,
  remedy: "Take another: the second would hide the first",
})

// Notes where each id stands and tells when one stands twice.
const register = (problems: Array<Problem>, list: string, name: string) => {
  const places = new Map<string, number>()
  return (id: string, place: number): void => {
    const first = places.get(id)
    if (first === undefined) places.set(id, place)
    else problems.push(repeated(`${pathOf(place, list)}.${name}`, `${pathOf(first, list)}.${name}`))
  }
}

type Note = ReturnType<typeof register>

const findInUsers = (
  users: ReadonlyArray<User>,
  poolIndex: number,
  appIds: ReadonlySet<string>,
  noteUserId: Note,
  problems: Array<Problem>,
): void => {
  const notes = new Map<string, Note>([["user_id", noteUserId]])
  for (const [index, user] of users.entries()) {
    const place = poolIndex * poolStride + index
    for (const [type, id] of idsOf(user)) {
      let note = notes.get(type)
      if (note === undefined) {
        note = register(problems, "users", fieldNames[type] ?? type)
        notes.set(type, note)
      }
      note(id, place)
    }
    for (const [at, appId] of (user.loggedIn ?? []).entries()) {
      if (appIds.has(appId)) continue
      problems.push({
        field: `${pathOf(place, "users")}.loggedIn[${at}]`,
        problem: "no application of this pool has this appId",
        remedy: "Add the application, or take this entry out",
      })
    }
  }
}

/** User, application and pool ids are the service's own and the same in all pools; e-mails and the like are a pool's. */
export const find = (pools: ReadonlyArray<Pool>): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = []
  const poolIds = new Map<string, string>()
  const noteAppId = register(problems, "applications", "appId")
  const noteUserId = register(problems, "users", "userId")
  const keys = new Map<string, { readonly field: string; readonly secret: string; readonly isCollaborator: boolean }>()
  for (const [index, pool] of pools.entries()) {
    const place = placeOf(index)
    const first = poolIds.get(pool.userPool.id)
    if (first === undefined) poolIds.set(pool.userPool.id, `${place}userPool.id`)
    else problems.push(repeated(`${place}userPool.id`, first))
    const here = new Set<string>()
    for (const [at, key] of pool.userPool.accessKeys.entries()) {
      const field = `${place}userPool.accessKeys[${at}]`
      const isCollaborator = key.isCollaborator ?? false
      const first = keys.get(key.accessKeyId)
      if (first === undefined) keys.set(key.accessKeyId, { field, secret: key.accessKeySecret, isCollaborator })
      else if (here.has(key.accessKeyId) || !isCollaborator || !first.isCollaborator) {
        problems.push({
          field: `${field}.accessKeyId`,
          problem: `the same as ${first.field}.accessKeyId`,
          remedy: "Take another: only a collaborator's key may stand under several pools, once under each",
        })
      } else if (first.secret !== key.accessKeySecret) {
        problems.push({
          field: `${field}.accessKeySecret`,
          problem: `another than that of ${first.field}`,
          remedy: "Write the same: it is the same key",
        })
      }
      here.add(key.accessKeyId)
    }
    for (const [at, { appId }] of pool.applications.entries()) noteAppId(appId, index * poolStride + at)
    const appIds = new Set(pool.applications.map(({ appId }) => appId))
    findInUsers(pool.users, index, appIds, noteUserId, problems)
  }
  return problems
}
