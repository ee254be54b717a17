/** What is drawn from a seed: who calls what, when and how, and what goes wrong meanwhile. Data, so that it can be shown. */
import type { Credentials, RateControl } from "@genauth-effect/client"
import { type Emulator, type Faults, Seed } from "@genauth-effect/emulator"
import { type Brand, Operation } from "@genauth-effect/protocol"
import * as Random from "./random.ts"

/** How a client repeats failed attempts. */
export type Retry =
  | { readonly type: "none" }
  | {
      readonly type: "policy"
      readonly attempts: number
      readonly baseMillis: number
      readonly capMillis: number
      readonly successFalse: boolean
      readonly budget: Budget | "none"
    }
  | {
      readonly type: "schedule"
      readonly times: number
      readonly everyMillis: number
      readonly budget: Budget | "none"
    }

/** The retries all calls of a client may make together. */
export interface Budget {
  readonly ratio: number
  readonly perSecond: number
  readonly reserve: number
}

/** A client. */
export interface Client {
  readonly authentication: Credentials.Authentication
  readonly brand: Brand.Brand
  readonly secret: "right" | "wrong"
  /** Without the right to manage users every kick is refused. */
  readonly managesUsers: boolean
  readonly timeoutMillis: number
  readonly deadlineMillis: number
  readonly retry: Retry
  /** `shared` is one control for all clients that say so. */
  readonly rateControl: RateControl.Options | "own" | "shared"
  readonly circuitBreaker: { readonly failures: number; readonly openForMillis: number } | undefined
  /** When its scope is closed, whoever is still calling. */
  readonly closesAtMillis: number | undefined
}

/** A call. */
export interface Call {
  readonly client: number
  readonly operation: "kickUsers" | "kickPublicAccounts"
  readonly startMillis: number
  readonly interruptAfterMillis: number | undefined
  readonly userIdType: Operation.UserIdType
  readonly userId: string
  /** The GenAuth id of the user meant; `undefined` where nobody is. */
  readonly target: string | undefined
  readonly appIds: ReadonlyArray<string>
  /** Whether the request is one that must not be sent at all. */
  readonly isInvalid: boolean
}

/** What goes wrong from a moment on. */
export interface Phase {
  readonly atMillis: number
  readonly faults: Faults.Script
  readonly limit: { readonly perSecond: number; readonly burst: number } | undefined
  /** How far somebody sets the clock of the clients then. */
  readonly clockStepMillis: number
}

/** One run. */
export interface Scenario {
  readonly seed: number
  readonly pool: Seed.Seed
  readonly emulator: Emulator.Options
  readonly clients: ReadonlyArray<Client>
  readonly sharedRateControl: RateControl.Options
  readonly calls: ReadonlyArray<Call>
  readonly phases: ReadonlyArray<Phase>
}

/** The key that may not manage users. */
export const powerlessKey = { accessKeyId: "64c0ffee00000000000000ff", accessKeySecret: "another-of-no-value" }

// What a gateway may have kept of an answer that was another's.
const foreign = [
  { statusCode: 401, apiCode: 2020, message: "" },
  { statusCode: 401, message: "" },
  { statusCode: 400, apiCode: 1305, message: "" },
  { statusCode: 400, apiCode: 1306, message: "" },
  { statusCode: 404, apiCode: 2004, message: "" },
] as const

const jwt = (claims: object): string =>
  ["{}", JSON.stringify(claims), "signature"].map((part) => Buffer.from(part).toString("base64url")).join(".")

const tokenAnswer = (access_token: unknown, expires_in: unknown) => ({
  statusCode: 200,
  message: "",
  data: { access_token, expires_in },
})

// To a kick they are answers of another shape.
const hostileTokens = [
  tokenAnswer("", 7200),
  tokenAnswer("no jwt", 7200),
  tokenAnswer(jwt({}), 7200),
  tokenAnswer(`${jwt({ scoped_userpool_id: "p" })}\r\nx: y`, 7200),
  tokenAnswer(jwt({ scoped_userpool_id: "a\r\nb" }), 7200),
  tokenAnswer(jwt({ scoped_userpool_id: "p" }), 0),
  tokenAnswer(jwt({ scoped_userpool_id: "p" }), "soon"),
] as const

const gatewayStatuses = [500, 502, 503, 504] as const

const distribution = (random: Random.Random): Faults.Distribution => {
  switch (random.int(0, 2)) {
    case 0:
      return { type: "constant", millis: random.int(1, 300) }
    case 1:
      return { type: "uniform", minMillis: random.int(0, 50), maxMillis: random.int(50, 2000) }
    default:
      return { type: "exponential", meanMillis: random.int(5, 500), maxMillis: 30_000 }
  }
}

const retryAfter = (random: Random.Random): typeof Faults.RetryAfter.Type | undefined =>
  random.chance(0.6)
    ? undefined
    : { seconds: random.pick(0, 1, random.int(2, 20), 90, 86_400), as: random.pick("seconds", "date") }

// A service that says "no" and has done it all the same, or "yes" and has not, cannot be seen through by anyone. So
// `applied` goes only with answers that leave it open.
const openFault = (random: Random.Random): Faults.Fault => {
  const applied = random.chance(0.5)
  switch (random.int(0, 10)) {
    case 0:
      return { kind: "resetAfter" }
    case 1:
      return { kind: "resetDuring" }
    case 2:
      return { kind: "silence", applied }
    case 3:
      return {
        kind: "http",
        status: random.pick(...gatewayStatuses),
        retryAfter: retryAfter(random),
        body: random.pick("html", "envelope"),
        applied,
      }
    case 4:
      return { kind: "apiCode", apiCode: 1000, applied }
    case 5:
      return { kind: "statusCode", statusCode: random.pick(500, 502, 503, 504, 601, 602, 603), applied }
    case 6:
      return { kind: "truncatedJson" }
    case 7:
      return { kind: "successFalse", applied }
    case 8:
      return { kind: "html200", applied }
    case 9:
      return {
        kind: "raw",
        applied,
        body: random.pick("", "null", "[]", '{"statusCode":"200"}', '{"statusCode":200,"data":{}}', "\u0000", "{"),
        contentType: random.pick(undefined, "text/html", "application/octet-stream"),
      }
    default:
      return random.chance(0.1) ? { kind: "hugeBody", bytes: 1_100_000 } : { kind: "resetAfter" }
  }
}

const definiteFault = (random: Random.Random): Faults.Fault => {
  switch (random.int(0, 14)) {
    case 13:
      return {
        kind: "raw",
        status: random.pick(408, 425, 429, ...gatewayStatuses),
        body: JSON.stringify(random.pick<object>(...foreign)),
      }
    case 14:
      return { kind: "raw", body: JSON.stringify(random.pick<object>(...hostileTokens)) }
    case 0:
    case 1:
      return { kind: "connectionRefused" }
    case 2:
    case 3:
      return { kind: "resetBefore" }
    case 4:
    case 5:
      return { kind: "throttled" }
    case 6:
      return { kind: "http", status: 429, retryAfter: retryAfter(random) }
    case 7:
      return { kind: "http", status: random.pick(400, 401, 403, 404, 408, 425) }
    case 8:
      return {
        kind: "apiCode",
        apiCode: random.pick(1001, 1305, 1306, 2004, 2011, 2020, 2206, 2207, 987_654),
        statusCode: random.pick(400, 403, 404, 499),
      }
    case 9:
      return { kind: "statusCode", statusCode: random.pick(400, 401, 403, 404, 422, 429, 777) }
    case 10:
      return { kind: "v2Error" }
    case 11:
      return { kind: "redirect", status: random.pick(301, 302, 303, 307, 308) }
    default:
      return { kind: "tokensRevoked" }
  }
}

const selector = (random: Random.Random): Faults.Selector => {
  const path = random.chance(0.3) ? random.pick(Operation.kickUsers.path, Operation.getManagementToken.path) : undefined
  switch (random.int(0, 4)) {
    case 0:
      return { path, nth: random.int(1, 6) }
    case 1:
      return { path, every: random.int(2, 5) }
    case 2:
      return { path, times: random.int(1, 8) }
    default:
      return { path, probability: random.pick(0.05, 0.2, 0.5, 0.9) }
  }
}

const rules = (random: Random.Random): ReadonlyArray<Faults.Rule> => {
  const drawn: Array<Faults.Rule> = []
  if (random.chance(0.35)) {
    // The server's clock, which jumps from phase to phase; 300 s are tolerated.
    const millis = random.pick(-1, 1) * random.pick(5000, 290_000, 400_000, 3_600_000, 86_400_000)
    drawn.push({ fault: { kind: "clockOff", millis } })
  }
  if (random.chance(0.8)) drawn.push({ fault: { kind: "latency", distribution: distribution(random) } })
  if (random.chance(0.15)) {
    drawn.push({
      when: { probability: 0.3 },
      fault: { kind: "slowBody", everyMillis: random.int(1, 3000), chunkBytes: random.pick(16, 64, 1000) },
    })
  }
  for (let count = random.int(0, 4); count > 0; count -= 1) {
    const one = () => (random.chance(0.6) ? openFault(random) : definiteFault(random))
    drawn.push({ when: selector(random), fault: random.chance(0.7) ? one() : [one(), one(), one()] })
  }
  return drawn
}

const budget = (random: Random.Random): Budget | "none" =>
  random.pick<Budget | "none">(
    "none",
    { ratio: 0.5, perSecond: 10, reserve: 100 },
    { ratio: 0.1, perSecond: 0.1, reserve: 2 },
    { ratio: 0, perSecond: 0, reserve: 0 },
  )

const retry = (random: Random.Random): Retry => {
  switch (random.int(0, 9)) {
    case 0:
      return { type: "none" }
    case 1:
      return {
        type: "schedule",
        times: random.int(0, 5),
        everyMillis: random.int(0, 2000),
        budget: budget(random),
      }
    default:
      return {
        type: "policy",
        attempts: random.int(1, 10),
        baseMillis: random.pick(0, 10, 200, 1000),
        capMillis: random.pick(0, 500, 5000),
        successFalse: random.chance(0.2),
        budget: budget(random),
      }
  }
}

const rateControl = (random: Random.Random): RateControl.Options => ({
  ...random.pick<RateControl.Options>(
    { mode: "adaptive" },
    { mode: "unlimited" },
    { mode: "fixed", perSecond: random.pick(0.5, 5, 50) },
  ),
  concurrency: random.chance(0.3) ? random.int(1, 4) : undefined,
})

const client = (random: Random.Random): Client => ({
  authentication: random.pick("signature", "signature", "token"),
  brand: random.pick(...brands),
  secret: random.chance(0.04) ? "wrong" : "right",
  managesUsers: !random.chance(0.04),
  timeoutMillis: random.pick(200, 1000, 3000, 10_000),
  deadlineMillis: random.pick(300, 2000, 10_000, 60_000),
  retry: retry(random),
  rateControl: random.chance(0.4) ? "shared" : random.chance(0.5) ? "own" : rateControl(random),
  circuitBreaker: random.chance(0.3)
    ? { failures: random.int(1, 5), openForMillis: random.pick(100, 1000, 30_000) }
    : undefined,
  closesAtMillis: random.chance(0.05) ? random.int(0, 20_000) : undefined,
})

const brands = ["genauth", "authing"] as const satisfies ReadonlyArray<Brand.Brand>

const idOf = (user: Seed.User, type: Operation.UserIdType): string | undefined => {
  switch (type) {
    case "username":
      return user.username
    case "email":
      return user.email
    case "phone":
      return user.phone
    case "external_id":
      return user.externalId
    case "identity":
      return user.identities?.map(({ extIdpId, userIdInIdp }) => `${extIdpId}:${userIdInIdp}`)[0]
    default:
      return user.userId
  }
}

const call = (random: Random.Random, pool: Seed.Seed, clients: number): Call => {
  const appIds = pool.applications.map(({ appId }) => appId)
  const [user = { userId: "" }] = random.some(pool.users, 1)
  const type = random.pick<Operation.UserIdType>("user_id", "username", "email", "phone", "external_id", "identity")
  const common = {
    client: random.int(0, clients - 1),
    operation: random.chance(0.85) ? "kickUsers" : "kickPublicAccounts",
    startMillis: random.chance(0.4) ? 0 : random.int(0, 20_000),
    interruptAfterMillis: random.chance(0.2) ? random.pick(0, random.int(1, 500), random.int(1, 10_000)) : undefined,
    userIdType: type,
    userId: idOf(user, type) ?? user.userId,
    target: user.userId,
    appIds: random.some(appIds, random.int(1, appIds.length)),
    isInvalid: false,
  } as const satisfies Call
  switch (random.int(0, 39)) {
    case 0:
    case 5:
      return { ...common, userIdType: "username", userId: "nobody", target: undefined }
    case 1:
    case 6:
      return { ...common, appIds: [...common.appIds, "no-such-app"] }
    case 2:
      return { ...common, appIds: [], isInvalid: true }
    case 3:
      return { ...common, appIds: Array.from({ length: 51 }, (_, index) => `app-${index}`), isInvalid: true }
    case 4:
      return { ...common, userIdType: "sync_relation", userId: "without-a-colon", isInvalid: true }
    default:
      return common
  }
}

const times = <A>(count: number, one: (index: number) => A): ReadonlyArray<A> =>
  Array.from({ length: count }, (_, index) => one(index))

/** The scenario of a seed. */
export const draw = (seed: number): Scenario => {
  const random = Random.make(seed)
  const generated = Seed.generate({ users: random.int(3, 12), applications: random.int(1, 5), loggedIn: 5 })
  const pool: Seed.Seed = {
    ...generated,
    userPool: {
      ...generated.userPool,
      accessKeys: [...generated.userPool.accessKeys, { ...powerlessKey, managesUsers: false }],
    },
  }
  const clients = times(random.int(1, 4), () => client(random))
  const phases = times(random.int(1, 3), (index) => ({
    atMillis: index === 0 ? 0 : random.int(1, 20_000),
    faults: { seed: random.int(1, 1_000_000), rules: rules(random) },
    limit: random.chance(0.15) ? { perSecond: random.pick(0.5, 2, 20), burst: random.int(1, 5) } : undefined,
    clockStepMillis: random.chance(0.25) ? random.pick(-1, 1) * random.pick(900, 30_000, 600_000) : 0,
  }))
  return {
    seed,
    pool,
    clients,
    phases,
    emulator: {
      unknownApp: random.pick("refuseAll", "ignore"),
      offlineUser: random.pick("succeed", "succeed", "successFalse", "refuse"),
      tokenLifetimeSeconds: random.pick(1, 5, 60, 7200),
    },
    sharedRateControl: rateControl(random),
    calls: times(random.chance(0.1) ? random.int(20, 60) : random.int(1, 16), () => call(random, pool, clients.length)),
  }
}
