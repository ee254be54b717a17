/** The routes below `/__emulator/`: the service's control over HTTP, for programs in other languages. */
import * as Operation from "@genauth-effect/protocol/Operation"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { Service, WireRequest } from "../Emulator.ts"
import * as Faults from "../Faults.ts"
import * as RateLimit from "../RateLimit.ts"
import type { Answer } from "../Reply.ts"
import { splitTarget } from "./journal.ts"
import * as Nesting from "./nesting.ts"
import * as Replies from "./replies.ts"

const root = "/__emulator/"

/** Whether a request is for the emulator itself, not for the service it stands for. */
export const isControl = (target: string): boolean => target.startsWith(root)

interface Asked {
  readonly query: URLSearchParams
  readonly body: string
}

/** A JSON body, or what was wrong with the request. */
type Told = Result.Result<unknown, string>

type Route = (service: Service, asked: Asked) => Effect.Effect<Told>

const done: Told = Result.succeed({ done: true })

const give =
  <A>(name: string, read: (service: Service) => Effect.Effect<A>): Route =>
  (service) =>
    Effect.map(read(service), (value) => Result.succeed({ [name]: value }))

const act =
  (change: (service: Service) => Effect.Effect<void>): Route =>
  (service) =>
    Effect.as(change(service), done)

const take = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
  use: (service: Service, value: S["Type"]) => Effect.Effect<Told>,
): Route => {
  const read = Schema.decodeUnknownResult(Schema.fromJsonString(schema), { onExcessProperty: "error" })
  return (service, { body }) => {
    // The schema, and the message of what it refuses, walk over the value level by level.
    if (Nesting.isTooDeep(body)) return Effect.succeed(Result.fail("the body is nested too deeply"))
    const value = read(body)
    return Result.isSuccess(value)
      ? use(service, value.success)
      : Effect.succeed(Result.fail(`the body does not fit: ${value.failure.message}`))
  }
}

const LoginDto = Schema.Struct({ userId: Schema.NonEmptyString, appId: Schema.NonEmptyString })
const StatusDto = Schema.Struct({ userId: Schema.NonEmptyString, status: Schema.Literals(Operation.userStatuses) })

const answered =
  (name: string) =>
  (value: unknown): Told =>
    Result.succeed({ [name]: value })

const routes: Readonly<Record<string, Route>> = {
  "GET online": (service, { query }) => {
    const userId = query.get("userId")
    if (userId !== null) {
      return Effect.map(service.onlineApps(userId), (appIds) => Result.succeed({ userId, appIds }))
    }
    return Effect.map(service.online, (online) => Result.succeed({ count: online.length, online }))
  },
  "POST log-in": take(LoginDto, (service, { appId, userId }) =>
    Effect.map(service.logIn(userId, appId), answered("loggedIn")),
  ),
  "POST log-out": take(LoginDto, (service, { appId, userId }) =>
    Effect.map(service.logOut(userId, appId), answered("loggedOut")),
  ),
  "GET status": (service, { query }) => {
    const userId = query.get("userId")
    return userId === null
      ? Effect.succeed(Result.fail("the query has no userId"))
      : Effect.map(service.statusOf(userId), (status) => Result.succeed({ userId, status: status ?? null }))
  },
  "POST status": take(StatusDto, (service, { status, userId }) =>
    Effect.map(service.setStatus(userId, status), answered("changed")),
  ),
  "GET requests": give("requests", (service) => service.requests),
  "DELETE requests": act((service) => service.forgetRequests),
  "GET counts": give("counts", (service) => service.counts),
  "GET events": give("events", (service) => service.events),
  "GET faults": give("rules", (service) => service.faults),
  "POST faults": take(Faults.Script, (service, script) => Effect.as(service.setFaults(script), done)),
  "DELETE faults": act((service) => service.clearFaults),
  "GET limit": (service) => Effect.map(service.limit, (limit) => Result.succeed({ limit: limit ?? null })),
  "POST limit": take(RateLimit.RateLimit, (service, limit) => Effect.as(service.setLimit(limit), done)),
  "DELETE limit": act((service) => service.setLimit(undefined)),
  "POST revoke-tokens": act((service) => service.revokeTokens),
  "POST reset": act((service) => service.reset),
}

/** Answers a control request at `now`: JSON under HTTP 200, or `{"error": …}` under 400 or 404. */
export const answer = (service: Service, request: WireRequest, now: number): Answer => {
  const [path, query] = splitTarget(request.target)
  const route = routes[`${request.method} ${path.slice(root.length)}`]
  const say = (status: number, value: unknown) => Replies.answer(status, JSON.stringify(value), now)
  if (route === undefined) return say(404, { error: "no such route", routes: Object.keys(routes) })
  // Every route ends at once: the service's effects only read and write memory.
  const told = Effect.runSync(route(service, { query: new URLSearchParams(query), body: request.body }))
  return Result.isSuccess(told) ? say(200, told.success) : say(400, { error: told.failure })
}
