/** Who sends a request: checks signatures and tokens as the service is documented to. */
import * as Brand from "@genauth-effect/protocol/Brand"
import * as Signature from "@genauth-effect/protocol/Signature"
import type { WireRequest } from "../Emulator.ts"
import type { Resolved } from "../Options.ts"
import * as ConstantTime from "./constantTime.ts"
import type { Directory, Grant, Key } from "./directory.ts"
import type { Nonces } from "./nonces.ts"
import { badArgument, type Outcome, type Refusal } from "./outcome.ts"
import { textField } from "./params.ts"
import * as SignedAt from "./signedAt.ts"

const notLoggedIn: Refusal = { statusCode: 401, apiCode: 2020 }
const wrongKey: Refusal = { statusCode: 401, detail: "accessKeyId, accessKeySecret" }
const refuse = (apiCode: number, detail?: string): Refusal =>
  detail === undefined ? { statusCode: 400, apiCode } : { statusCode: 400, apiCode, detail }

// btoa takes no character above U+00FF, which the id of a pool may hold; JSON can say each without it.
const base64Url = (value: unknown): string => {
  const ascii = JSON.stringify(value).replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
  return btoa(ascii).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
}

interface Token {
  readonly key: Key
  readonly userPoolId: string
  readonly expiresAt: number
}

/** A key and what it opens. */
export interface Opened {
  readonly key: Key
  readonly grant: Grant
}

/** A request in parts. */
export interface Parts {
  readonly request: WireRequest
  readonly path: string
  /** The ways in which its parameters can be read, likeliest first. */
  readonly readings: ReadonlyArray<object>
  /** The server's time. */
  readonly serverNow: number
}

const allProfiles = Brand.brands.map((brand) => Brand.profiles[brand])

const userPoolIdOf = ({ headers }: WireRequest, profiles = allProfiles): string | undefined => {
  for (const { userPoolIdHeader } of profiles) {
    const id = headers[userPoolIdHeader]
    if (id !== undefined && id !== "") return id
  }
  return undefined
}

const present = (headers: WireRequest["headers"]): Record<string, string> => {
  const all: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) all[name] = value
  return all
}

/** The gate of an emulator. */
export const make = (directory: Directory, nonces: Nonces, options: Resolved) => {
  const tokens = new Map<string, Token>()

  // All tokens live equally long and a Map keeps the order of insertion, so those that have expired come first.
  const prune = (now: number): void => {
    for (const [token, { expiresAt }] of tokens) {
      if (now < expiresAt) return
      tokens.delete(token)
    }
  }

  /** Whose key a request for a token shows. */
  const checkKey = ({ readings: [params], request }: Parts): Opened | Refusal => {
    const accessKeyId = textField(params, "accessKeyId")
    const given = textField(params, "accessKeySecret")
    if (accessKeyId === undefined) return badArgument("accessKeyId")
    if (given === undefined) return badArgument("accessKeySecret")
    const key = directory.key(accessKeyId)
    // An unknown key is compared too, with what no secret is, so that it takes as long as a wrong secret.
    const isSecret = ConstantTime.equals(key?.accessKeySecret ?? "", given)
    if (key === undefined || !isSecret) return wrongKey
    const grant = directory.grant(key, userPoolIdOf(request))
    return "statusCode" in grant ? grant : { key, grant }
  }

  const issueToken = ({ grant, key }: Opened, now: number, serverNow: number): Outcome => {
    // Not by the server's time: a fault may have moved it for this request alone.
    prune(now)
    const userPoolId = grant.pool.id
    const claims = { scoped_userpool_id: userPoolId, iat: Math.floor(serverNow / 1000), jti: crypto.randomUUID() }
    const token = `${base64Url({ alg: "none" })}.${base64Url(claims)}.${base64Url("emulator")}`
    tokens.set(token, { key, userPoolId, expiresAt: serverNow + options.tokenLifetimeSeconds * 1000 })
    return { data: { access_token: token, expires_in: options.tokenLifetimeSeconds } }
  }

  const checkToken = (authorization: string, { request, serverNow }: Parts): Grant | Refusal => {
    const [, bearer] = /^Bearer (.+)$/i.exec(authorization) ?? []
    const token = tokens.get(bearer ?? (options.bareToken ? authorization : ""))
    if (token === undefined || serverNow >= token.expiresAt) return notLoggedIn
    return directory.grant(token.key, userPoolIdOf(request) ?? token.userPoolId)
  }

  const checkSignature = (
    profile: Brand.BrandProfile,
    authorization: string,
    { path, readings, request, serverNow }: Parts,
  ): Grant | Refusal => {
    const { headers } = request
    if (headers[profile.signatureMethodHeader] !== Signature.method) return refuse(1301)
    if (headers[profile.signatureVersionHeader] !== Signature.version) return refuse(1302)
    // The C# SDK, and whatever may not set `date`, a browser for one, has the date in a header of the brand's.
    const date = headers["date"] ?? headers[`${profile.headerPrefix}date`]
    if (date === undefined) return refuse(1304)
    const signedAt = SignedAt.parse(date)
    if (signedAt === undefined) return refuse(1303)
    if (Math.abs(signedAt - serverNow) > options.clockToleranceMillis) return refuse(1305)
    const accessKeyId = authorization.slice(profile.scheme.length + 1, authorization.lastIndexOf(":"))
    const key = directory.key(accessKeyId)
    if (key === undefined) return refuse(1300)
    const input = {
      method: request.method,
      path,
      headers: present(headers),
      brand: profile.brand,
      accessKeyId,
      accessKeySecret: key.accessKeySecret,
    }
    const isSigned = readings.some(
      (params) =>
        ConstantTime.equals(Signature.authorization({ ...input, params }), authorization) ||
        // The official SDKs sign "path?" when every value is undefined, which leaves nothing on the wire.
        (Object.keys(params).length === 0 &&
          ConstantTime.equals(Signature.authorization({ ...input, params: { none: undefined } }), authorization)),
    )
    if (!isSigned) return refuse(1300)
    const nonce = headers[profile.signatureNonceHeader] ?? ""
    if (nonce === "") return refuse(1300, profile.signatureNonceHeader)
    if (!nonces.consume(nonce)) return refuse(1306)
    // The other brand's header is not signed: anybody on the way could have added it.
    return directory.grant(key, userPoolIdOf(request, [profile]))
  }

  return {
    checkKey,
    issueToken,
    /** What the sender may do, or why not. */
    check: (parts: Parts): Grant | Refusal => {
      const authorization = parts.request.headers["authorization"] ?? ""
      const brand = Brand.brands.find((one) => authorization.startsWith(`${Brand.profiles[one].scheme} `))
      return brand === undefined
        ? checkToken(authorization, parts)
        : checkSignature(Brand.profiles[brand], authorization, parts)
    },
    revokeTokens: (): void => tokens.clear(),
  }
}

/** The gate of an emulator. */
export type Authentication = ReturnType<typeof make>
