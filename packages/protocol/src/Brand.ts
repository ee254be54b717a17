/**
 * The two brands under which one service is sold. They differ in hosts, header names and the word in front of the
 * signature; the operations, codes and envelopes are the same.
 *
 * Source: genauth-node-sdk ef9b64d and authing-node-sdk 4.0.1, both read and run.
 */

/** `genauth` (GenAuth, api.genauth.ai) or `authing` (Authing, api.authing.cn). */
export type Brand = "genauth" | "authing"

/** What a brand puts on the wire. All header names are in lower case. */
export interface BrandProfile {
  readonly brand: Brand
  /** The public cloud. Private deployments have a host of their own. */
  readonly defaultHost: string
  /** Headers that start with this are part of the string to sign. */
  readonly headerPrefix: string
  /** The word in front of `accessKeyId:signature` in the authorization header. */
  readonly scheme: string
  readonly langHeader: string
  readonly sdkVersionHeader: string
  readonly signatureNonceHeader: string
  readonly signatureMethodHeader: string
  readonly signatureVersionHeader: string
  /** Pool id beside a management token. */
  readonly userPoolIdHeader: string
  /**
   * The header that scopes a call to a tenant. Undocumented: Go, terraform and Guard send this one; the Node SDKs
   * send the tenant id in {@link tenantHeaders}.appId, which elsewhere means the application id, and Java sends
   * {@link tenantHeaders}.tenantId. The client has an option to choose.
   */
  readonly tenantHeader: string
  /** All three spellings seen. */
  readonly tenantHeaders: { readonly appTenantId: string; readonly appId: string; readonly tenantId: string }
}

const profile = (brand: Brand, defaultHost: string, scheme: string): BrandProfile => {
  const headerPrefix = `x-${brand}-`
  const tenantHeaders = {
    appTenantId: `${headerPrefix}app-tenant-id`,
    appId: `${headerPrefix}app-id`,
    tenantId: `${headerPrefix}tenant-id`,
  }
  return {
    brand,
    defaultHost,
    headerPrefix,
    scheme,
    langHeader: `${headerPrefix}lang`,
    sdkVersionHeader: `${headerPrefix}sdk-version`,
    signatureNonceHeader: `${headerPrefix}signature-nonce`,
    signatureMethodHeader: `${headerPrefix}signature-method`,
    signatureVersionHeader: `${headerPrefix}signature-version`,
    userPoolIdHeader: `${headerPrefix}userpool-id`,
    tenantHeader: tenantHeaders.appTenantId,
    tenantHeaders,
  }
}

/** The profile of each brand. The scheme words differ in case as the official SDKs write them. */
export const profiles: Readonly<Record<Brand, BrandProfile>> = {
  genauth: profile("genauth", "https://api.genauth.ai", "GenAuth"),
  authing: profile("authing", "https://api.authing.cn", "authing"),
}

/** Both brands, for option lists. */
export const brands: ReadonlyArray<Brand> = ["genauth", "authing"]

/** Looks a brand up by its name; `undefined` for any other text. */
export const fromName = (name: string): Brand | undefined => brands.find((brand) => brand === name)
