import * as Operation from "@genauth-effect/protocol/Operation"
import * as Effect from "effect/Effect"
import { type ApiError, UnreadableResponse } from "../ApiError.ts"
import type * as Applications from "../Applications.ts"

type Page = Applications.ApplicationSimpleInfoListDto
type ListPage = (query: Applications.ListApplicationSimpleInfoDto) => Effect.Effect<Page, ApiError>

const maxReadings = 3

/**
 * Reads all pages. Pages move when an application is added or removed in between, so a total that changed, or rows that
 * do not add up to it, start the reading over.
 */
export const readAll = (
  listPage: ListPage,
): Effect.Effect<ReadonlyArray<Applications.ApplicationSimpleInfoDto>, ApiError> => {
  const read = Effect.fnUntraced(function* () {
    const found = new Map<string, Applications.ApplicationSimpleInfoDto>()
    let expected: number | undefined
    for (let page = 1; ; page++) {
      const { list, totalCount } = yield* listPage({ page, limit: Operation.maxPageLimit })
      expected ??= totalCount
      if (totalCount !== expected) return undefined
      const before = found.size
      for (const application of list) found.set(application.appId, application)
      if (found.size === expected) return [...found.values()]
      // Whatever page is asked for, a server may send the same one.
      if (found.size === before || found.size > expected) return undefined
    }
  })
  return Effect.gen(function* () {
    for (let reading = 1; reading <= maxReadings; reading++) {
      const all = yield* read()
      if (all !== undefined) return all
    }
    const reason = "the pages of the application list do not add up to its totalCount"
    return yield* new UnreadableResponse({ reason, message: `the answer cannot be read: ${reason}` })
  })
}
