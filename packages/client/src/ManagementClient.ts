/**
 * The management API of GenAuth / Authing as a service: the kick, and the operations an operator needs around it.
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const client = yield* ManagementClient.ManagementClient
 *   return yield* client.kickUsers(KickUsers.forUser(User.email("ada@example.com"), ["<appId>"]))
 * })
 * ```
 *
 * The layers leave `HttpClient` to the app, which brings undici, fetch, one with a CA of its own, or the emulator's.
 */
import * as Brand from "@genauth-effect/protocol/Brand"
import * as Envelope from "@genauth-effect/protocol/Envelope"
import * as Operation from "@genauth-effect/protocol/Operation"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as CircuitBreaker from "effect/persistence/CircuitBreaker"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { ApiError } from "./ApiError.ts"
import * as Applications from "./Applications.ts"
import * as Credentials from "./Credentials.ts"
import { readAll } from "./internal/allApplications.ts"
import * as AppIdLists from "./internal/appIdLists.ts"
import { parseHost } from "./internal/baseUrl.ts"
import * as Call from "./internal/call.ts"
import * as Circuit from "./internal/circuit.ts"
import * as Exchange from "./internal/exchange.ts"
import type { PayloadProblem } from "./internal/failure.ts"
import { appIdRemedies, type Remedies, userIdRemedies, validator } from "./internal/invalidRequest.ts"
import * as ManagementToken from "./internal/managementToken.ts"
import { optionMillis } from "./internal/optionMillis.ts"
import * as RetryBudget from "./internal/retryBudget.ts"
import * as Telemetry from "./internal/telemetry.ts"
import { write } from "./internal/written.ts"
import { InvalidOption } from "./InvalidOption.ts"
import * as KickUsers from "./KickUsers.ts"
import * as RateControl from "./RateControl.ts"
import * as Retry from "./Retry.ts"
import * as Sessions from "./Sessions.ts"
import * as Users from "./Users.ts"
import { version } from "./Version.ts"

/** The operations. Every one fails with a member of `ApiError` and with nothing else. */
export interface Service {
  /**
   * Forces one user offline in 1 to 50 applications. Succeeds only when the service confirmed it: statusCode 200 and
   * `success: true`. Undocumented: whether issued tokens die with it, how soon it takes effect, and what happens to
   * the other applications when one is unknown; check with {@link Service.checkSessionStatus}.
   */
  readonly kickUsers: (
    request: KickUsers.KickUsersDto,
  ) => Effect.Effect<KickUsers.IsSuccessRespDto, KickUsers.KickUsersError>
  /**
   * The same for a public account. Documented for user_id, phone, email, username and external_id; the SDK enums list
   * all eight types, so none is refused here.
   */
  readonly kickPublicAccounts: (
    request: KickUsers.KickUsersDto,
  ) => Effect.Effect<KickUsers.IsSuccessRespDto, KickUsers.KickUsersError>
  /** Whether a user is online in one application. */
  readonly checkSessionStatus: (
    request: Sessions.CheckSessionStatusDto,
  ) => Effect.Effect<Sessions.SessionStatusDto, ApiError>
  /** A page of the pool's applications. */
  readonly listApplicationSimpleInfo: (
    request: Applications.ListApplicationSimpleInfoDto,
  ) => Effect.Effect<Applications.ApplicationSimpleInfoListDto, ApiError>
  /**
   * All of the pool's applications: the pages of {@link Service.listApplicationSimpleInfo}, read once for any number
   * of simultaneous callers and kept for `Options.applicationsFor`. The list a kick "everywhere" goes by.
   */
  readonly listAllApplications: Effect.Effect<ReadonlyArray<Applications.ApplicationSimpleInfoDto>, ApiError>
  /** The applications a user has logged into at some time. */
  readonly getUserLoggedInApps: (
    request: Sessions.GetUserLoggedInAppsDto,
  ) => Effect.Effect<ReadonlyArray<Sessions.UserLoggedInAppDto>, ApiError>
  /** A page of the users online in one application. */
  readonly listApplicationActiveUsers: (
    request: Sessions.ListApplicationActiveUsersDto,
  ) => Effect.Effect<Users.UserListDto, ApiError>
  /** Whether a user exists. */
  readonly isUserExists: (request: Users.IsUserExistsDto) => Effect.Effect<Users.IsUserExistsRespDto, ApiError>
  /** One user, by any type of id. */
  readonly getUser: (request: Users.GetUserDto) => Effect.Effect<Users.UserDto, ApiError>
  /** Suspends, activates or otherwise changes the status of a user, through update-user. */
  readonly updateUserStatus: (request: Users.UpdateUserStatusDto) => Effect.Effect<Users.UserDto, ApiError>
}

/** The management API. */
export class ManagementClient extends Context.Service<ManagementClient, Service>()(
  "@genauth-effect/client/ManagementClient",
) {}

/** The header a tenant id is sent in. Which one the service reads is undocumented, so it is a choice. */
export type TenantHeader = keyof Brand.BrandProfile["tenantHeaders"]

const tenantHeaders: ReadonlyArray<TenantHeader> = ["appTenantId", "appId", "tenantId"]

/** How a client is set up. */
export interface Options {
  /** The id of the access key; for a pool's own key the id of the pool. */
  readonly accessKeyId: string
  /** The secret of the access key. */
  readonly accessKeySecret: Redacted.Redacted
  /**
   * Decides the default host, the header names and the scheme word.
   * @default "genauth"
   */
  readonly brand?: Brand.Brand | undefined
  /**
   * For private deployments: a host name or URL, with or without a trailing slash. A CA of its own goes into the
   * app's HttpClient; certificate checks are never switched off here.
   * @default the brand's public cloud
   */
  readonly host?: string | undefined
  /** @default "signature" */
  readonly authentication?: Credentials.Authentication | undefined
  /**
   * The pool, for a token whose claim `scoped_userpool_id` is missing.
   * @default the claim
   */
  readonly userPoolId?: string | undefined
  /**
   * The language of the service's messages: `zh-CN` or `en-US`.
   * @default no header, which the service reads as zh-CN
   */
  readonly lang?: string | undefined
  /** Scopes calls to one tenant. */
  readonly tenantId?: string | undefined
  /**
   * `appTenantId` (Go, terraform, Guard), `appId` (the Node SDKs, where it is the application id elsewhere) or
   * `tenantId` (Java).
   * @default "appTenantId"
   */
  readonly tenantHeader?: TenantHeader | undefined
  /**
   * For one attempt, from sending to the last byte of the answer.
   * @default "10 seconds"
   */
  readonly timeout?: Duration.Input | undefined
  /**
   * For a whole call: waits for its turn, attempts and retries together.
   * @default "60 seconds"
   */
  readonly deadline?: Duration.Input | undefined
  /**
   * The policy for repeating failed attempts; `false` for one attempt and no more. A clock that was learned and a
   * token that was refused then serve the next call.
   */
  readonly retry?: Retry.Options | false | undefined
  /**
   * How requests are paced. Without it, a {@link RateControl.RateControl} in the context is used, which several
   * clients may share, and otherwise an adaptive one of the client's own.
   */
  readonly rateControl?: RateControl.Options | undefined
  /**
   * Fails calls at once while the service is down, see `Circuit.make`.
   * @default none
   */
  readonly circuitBreaker?: Effect.Effect<CircuitBreaker.CircuitBreaker, InvalidOption, Scope.Scope> | undefined
  /**
   * How long the list of all applications is kept. An application made meanwhile is not in it.
   * @default "1 minute"
   */
  readonly applicationsFor?: Duration.Input | undefined
  /**
   * Whether log lines name the user.
   * @default false
   */
  readonly logUserId?: boolean | undefined
  /** Changes the app's HttpClient for this client. It must not retry: attempts would multiply. */
  readonly transformClient?: ((client: HttpClient.HttpClient) => HttpClient.HttpClient) | undefined
}

// A header value that would end the header, or that fetch would refuse, is found here rather than at the first call.
const headerText = (option: string, value: unknown): Effect.Effect<string, InvalidOption> =>
  typeof value === "string" && /^[\x21-\x7e]+( +[\x21-\x7e]+)*$/.test(value)
    ? Effect.succeed(value)
    : Effect.fail(new InvalidOption({ option, remedy: "a non-empty text of visible ASCII characters" }))

const oneOf = <A extends string>(option: string, known: ReadonlyArray<A>, value: A): Effect.Effect<A, InvalidOption> =>
  known.includes(value)
    ? Effect.succeed(value)
    : Effect.fail(new InvalidOption({ option, remedy: `one of ${known.join(", ")}` }))

const environment = Effect.fnUntraced(function* (
  options: Options,
): Effect.fn.Return<Call.Environment, InvalidOption, HttpClient.HttpClient | Scope.Scope> {
  const profile = Brand.profiles[yield* oneOf("brand", Brand.brands, options.brand ?? "genauth")]
  const authentication = yield* oneOf(
    "authentication",
    Credentials.authentications,
    options.authentication ?? "signature",
  )
  const accessKeyId = yield* headerText("accessKeyId", options.accessKeyId)
  const secret: unknown = Redacted.isRedacted(options.accessKeySecret) && Redacted.value(options.accessKeySecret)
  if (typeof secret !== "string" || secret === "") {
    return yield* new InvalidOption({ option: "accessKeySecret", remedy: "a non-empty text in Redacted.make" })
  }
  const baseUrl = yield* Effect.fromResult(parseHost(options.host ?? profile.defaultHost))
  if (baseUrl.isClearText) {
    yield* Effect.logWarning(
      `${baseUrl.host} is called without TLS: whoever listens on the way can read and change calls`,
    )
  }
  const timeoutMillis = yield* optionMillis("timeout", options.timeout ?? "10 seconds", false)
  const headers: Record<string, string> = {
    accept: "application/json",
    "content-type": "application/json",
    "user-agent": `genauth-effect/${version}`,
    [profile.sdkVersionHeader]: `genauth-effect:${version}`,
  }
  if (options.lang !== undefined) headers[profile.langHeader] = yield* headerText("lang", options.lang)
  if (options.tenantId !== undefined) {
    const name =
      profile.tenantHeaders[yield* oneOf("tenantHeader", tenantHeaders, options.tenantHeader ?? "appTenantId")]
    headers[name] = yield* headerText("tenantId", options.tenantId)
  }
  const userPoolId = options.userPoolId === undefined ? undefined : yield* headerText("userPoolId", options.userPoolId)
  const client = yield* HttpClient.HttpClient
  const exchange = Exchange.make(options.transformClient?.(client) ?? client, baseUrl.url, timeoutMillis)
  const key: Credentials.AccessKey = { accessKeyId, accessKeySecret: options.accessKeySecret }
  const policy = yield* Retry.policy(options.retry)
  return {
    exchange,
    credentials:
      authentication === "token"
        ? Credentials.token(
            profile,
            key,
            headers,
            yield* ManagementToken.make({ ...key, exchange, userPoolId, headers }),
          )
        : Credentials.signature(profile, key, headers),
    policy,
    budget: RetryBudget.make(policy.budget),
    rateControl: yield* rateControlOf(options),
    guard:
      options.circuitBreaker === undefined ? Circuit.none : Circuit.guard(yield* options.circuitBreaker, baseUrl.host),
    telemetry: Telemetry.make({ logUserId: options.logUserId ?? false }),
    timeoutMillis,
    deadlineMillis: yield* optionMillis("deadline", options.deadline ?? "60 seconds", false),
  }
})

const rateControlOf = (options: Options): Effect.Effect<RateControl.Service, InvalidOption> =>
  Effect.flatMap(Effect.serviceOption(RateControl.RateControl), (shared) =>
    options.rateControl === undefined && Option.isSome(shared)
      ? Effect.succeed(shared.value)
      : RateControl.make(options.rateControl),
  )

type Decode<A> = (envelope: Envelope.Envelope) => Result.Result<A, PayloadProblem>

const otherShape = Result.fail<PayloadProblem>("a payload of another shape")
const successFalse = Result.fail<PayloadProblem>("success: false")

const confirmed: Decode<KickUsers.IsSuccessRespDto> = (envelope) => {
  const success = Envelope.success(envelope)
  if (success === undefined) return otherShape
  if (!success) return successFalse
  const { message, requestId, statusCode } = envelope
  return Result.succeed({ statusCode, message, ...(requestId === undefined ? {} : { requestId }), data: { success } })
}

// success=false under statusCode 200 was seen on update-application, whose payload is otherwise an object of its own.
const payload = <A>(schema: Schema.ConstraintDecoder<A>): Decode<A> => {
  const decode = Schema.decodeUnknownResult(schema)
  return (envelope) => {
    if (Envelope.success(envelope) === false) return successFalse
    const decoded = decode(envelope.data)
    return Result.isSuccess(decoded) ? Result.succeed(decoded.success) : otherShape
  }
}

interface Named {
  readonly userId?: string | undefined
  readonly appIds?: ReadonlyArray<string> | undefined
  readonly userIdType?: string | undefined
  readonly options?: object | undefined
}

const attributes = (request: Named): Record<string, unknown> => {
  const shown: Record<string, unknown> = {}
  if (request.appIds !== undefined) shown["genauth.app_count"] = request.appIds.length
  if (request.userId !== undefined) {
    const inOptions =
      request.options !== undefined && "userIdType" in request.options ? request.options.userIdType : undefined
    shown["genauth.user_id_type"] = inOptions ?? request.userIdType ?? Operation.defaultUserIdType
  }
  return shown
}

const pageRemedies: Remedies = {
  page: "a whole number, 1 or more",
  limit: `a whole number from 1 to ${Operation.maxPageLimit}`,
  "options.pagination.page": "a whole number, 1 or more",
  "options.pagination.limit": `a whole number from 1 to ${Operation.maxPageLimit}`,
}

const flag = "true or false"

/** Where a client of these options sends its requests: scheme, host and, where there is one, a path. */
export const baseUrl = (options: Pick<Options, "brand" | "host">): Result.Result<string, InvalidOption> =>
  Result.map(parseHost(options.host ?? Brand.profiles[options.brand ?? "genauth"].defaultHost), ({ url }) => url)

/** Makes the client. The scope bounds its token renewals and its circuit breaker. */
export const make = Effect.fnUntraced(function* (
  options: Options,
): Effect.fn.Return<Service, InvalidOption, HttpClient.HttpClient | Scope.Scope> {
  const env = yield* environment(options)
  const appIdLists = AppIdLists.make()
  const kick = KickUsers.KickUsersDto.mapFields(
    (fields) => ({ ...fields, appIds: appIdLists.remembered(fields.appIds) }),
    { unsafePreserveChecks: true },
  )

  const operation = <Request extends object & Named, A>(
    of: Operation.Operation,
    schema: Schema.ConstraintDecoder<Request>,
    remedies: Remedies,
    decode: Decode<A>,
  ) => {
    const check = validator(schema, { ...userIdRemedies, ...remedies })
    return (request: Request): Effect.Effect<A, ApiError> => {
      const checked = check(request)
      if (Result.isFailure(checked)) {
        const nothingSafe = { operation: of, attributes: {}, userId: undefined }
        return env.telemetry.observe(nothingSafe, () => Effect.fail(checked.failure))
      }
      return Call.run(env, {
        attributes: attributes(checked.success),
        userId: checked.success.userId,
        decode,
        ...write(of, checked.success, appIdLists.json),
      })
    }
  }

  const listApplicationSimpleInfo = operation(
    Operation.listApplicationSimpleInfo,
    Applications.ListApplicationSimpleInfoDto,
    { ...pageRemedies, isIntegrateApp: flag, isSelfBuiltApp: flag, ssoEnabled: flag, keywords: "a text" },
    payload(Applications.ApplicationSimpleInfoListDto),
  )
  const applicationsFor = yield* optionMillis("applicationsFor", options.applicationsFor ?? "1 minute", true)

  return ManagementClient.of({
    kickUsers: operation(Operation.kickUsers, kick, appIdRemedies, confirmed),
    kickPublicAccounts: operation(Operation.kickPublicAccounts, kick, appIdRemedies, confirmed),
    checkSessionStatus: operation(
      Operation.checkSessionStatus,
      Sessions.CheckSessionStatusDto,
      appIdRemedies,
      payload(Sessions.SessionStatusDto),
    ),
    listApplicationSimpleInfo,
    listAllApplications: yield* Effect.cachedWithTTL(readAll(listApplicationSimpleInfo), (exit) =>
      Exit.isSuccess(exit) ? applicationsFor : 0,
    ),
    getUserLoggedInApps: operation(
      Operation.getUserLoggedInApps,
      Sessions.GetUserLoggedInAppsDto,
      {},
      payload(Schema.Array(Sessions.UserLoggedInAppDto)),
    ),
    listApplicationActiveUsers: operation(
      Operation.listApplicationActiveUsers,
      Sessions.ListApplicationActiveUsersDto,
      {
        ...appIdRemedies,
        ...pageRemedies,
        "options.pagination": "an object with page and limit",
        "options.withCustomData": flag,
        "options.withIdentities": flag,
        "options.withDepartmentIds": flag,
      },
      payload(Users.UserListDto),
    ),
    isUserExists: operation(
      Operation.isUserExists,
      Users.IsUserExistsDto,
      {
        username: "a non-empty text; one of username, email, phone, externalId is needed",
        email: "a non-empty text",
        phone: "a non-empty text, without country code",
        externalId: "a non-empty text",
      },
      payload(Users.IsUserExistsRespDto),
    ),
    getUser: operation(
      Operation.getUser,
      Users.GetUserDto,
      { withCustomData: flag, withIdentities: flag, withDepartmentIds: flag },
      payload(Users.UserDto),
    ),
    updateUserStatus: operation(
      Operation.updateUser,
      Users.UpdateUserStatusDto,
      { status: `one of ${Operation.userStatuses.join(", ")}` },
      payload(Users.UserDto),
    ),
  })
})

/**
 * The client as a layer. Two of them with other hosts and keys live side by side: build each where it is used, or put
 * a second one under a service key of your own with {@link make}.
 */
export const layer = (options: Options): Layer.Layer<ManagementClient, InvalidOption, HttpClient.HttpClient> =>
  Layer.effect(ManagementClient, make(options))

/** {@link layer} with each option, or all together, read from a Config. */
export const layerConfig = (
  options: Config.Wrap<Options>,
): Layer.Layer<ManagementClient, InvalidOption | Config.ConfigError, HttpClient.HttpClient> =>
  Layer.effect(ManagementClient, Effect.flatMap(Config.unwrap(options), make))

// What follows reads the environment. It is marked pure so that bundles of programs with options of their own are free
// of Config, which is a twentieth of the README's first program.
const optional = <A>(config: Config.Config<A>): Config.Config<A | undefined> =>
  Config.map(Config.option(config), Option.getOrUndefined)

// The vendor's clients take milliseconds, so a bare number is read as such.
const timeoutConfig = (name: string): Config.Config<Duration.Duration> =>
  Config.orElse(Config.map(Config.Finite(name), Duration.millis), () => Config.Duration(name))

/**
 * The options in the environment:
 *
 * | variable | value | needed |
 * |---|---|---|
 * | GENAUTH_ACCESS_KEY_ID | id of the access key | yes |
 * | GENAUTH_ACCESS_KEY_SECRET | its secret | yes |
 * | GENAUTH_HOST | host name or URL of a private deployment | no |
 * | GENAUTH_BRAND | `genauth` or `authing` | no |
 * | GENAUTH_AUTHENTICATION | `signature` or `token` | no |
 * | GENAUTH_LANG | `zh-CN` or `en-US` | no |
 * | GENAUTH_TENANT_ID | tenant to act in | no |
 * | GENAUTH_TIMEOUT | per attempt, milliseconds or a duration such as `10 seconds` | no |
 */
export const configEnv: Config.Config<Options> = /* @__PURE__ */ (() =>
  Config.all({
    accessKeyId: Config.NonEmptyString("GENAUTH_ACCESS_KEY_ID"),
    accessKeySecret: Config.Redacted("GENAUTH_ACCESS_KEY_SECRET"),
    host: optional(Config.NonEmptyString("GENAUTH_HOST")),
    brand: optional(Config.Literals(Brand.brands, "GENAUTH_BRAND")),
    authentication: optional(Config.Literals(Credentials.authentications, "GENAUTH_AUTHENTICATION")),
    lang: optional(Config.NonEmptyString("GENAUTH_LANG")),
    tenantId: optional(Config.NonEmptyString("GENAUTH_TENANT_ID")),
    timeout: optional(timeoutConfig("GENAUTH_TIMEOUT")),
  }))()

/** {@link layer} with the options of {@link configEnv}. A missing variable is a ConfigError that names it. */
export const layerEnv: Layer.Layer<ManagementClient, InvalidOption | Config.ConfigError, HttpClient.HttpClient> =
  /* @__PURE__ */ layerConfig(configEnv)

/**
 * A double for callers who stub a method or two; the others fail as unimplemented when they are called. For the whole
 * service use the emulator.
 */
export const layerTest = (implemented: Partial<Service>): Layer.Layer<ManagementClient> =>
  Layer.mock(ManagementClient, implemented)
