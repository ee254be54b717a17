/** Who is compared. Each is loaded only in its own process, so that none carries another's weight. */
import type { Contender } from "./job.ts"

interface Entry {
  readonly title: string
  readonly open: (url: string) => Promise<Contender>
}

export const contenders = {
  floor: {
    title: "raw undici, signed by hand",
    open: async (url) => (await import("./contenders/undici.ts")).open(url, false),
  },
  checked: {
    title: "raw undici, signed by hand, request and answer checked by hand",
    open: async (url) => (await import("./contenders/undici.ts")).open(url, true),
  },
  transport: {
    title: "UndiciHttpClient alone, signed by hand",
    open: async (url) => (await import("./contenders/transports.ts")).openUndici(url),
  },
  library: {
    title: "this library on UndiciHttpClient, as shipped",
    open: async (url) => (await import("./contenders/library.ts")).openUndici(url, true),
  },
  untraced: {
    title: "this library on UndiciHttpClient, tracing disabled",
    open: async (url) => (await import("./contenders/library.ts")).openUndici(url, false),
  },
  nodeTransport: {
    title: "Effect's NodeHttpClient on undici alone, signed by hand, without its span",
    open: async (url) => (await import("./contenders/transports.ts")).openNode(url),
  },
  libraryNode: {
    title: "this library on Effect's NodeHttpClient on undici, as shipped",
    open: async (url) => (await import("./contenders/library.ts")).openNode(url),
  },
  libraryFetch: {
    title: "this library on fetch, as shipped",
    open: async (url) => (await import("./contenders/library.ts")).openFetch(url),
  },
  throttled: {
    title: "this library on UndiciHttpClient, where kicks may fail",
    open: async (url) => (await import("./contenders/library.ts")).openThrottled(url),
  },
  sdk: {
    title: "authing-node-sdk 4.0.1",
    open: async (url) => (await import("./contenders/sdk.ts")).open(url),
  },
  axios: {
    title: "axios, signed by hand",
    open: async (url) => (await import("./contenders/axios.ts")).open(url),
  },
  fetch: {
    title: "global fetch, signed by hand",
    open: async (url) => (await import("./contenders/fetch.ts")).open(url),
  },
} satisfies Record<string, Entry>

export type ContenderName = keyof typeof contenders

export const isContenderName = (name: string): name is ContenderName => Object.hasOwn(contenders, name)

/** Those that are compared with each other, floor first. */
export const compared = [
  "floor",
  "checked",
  "transport",
  "library",
  "untraced",
  "nodeTransport",
  "libraryNode",
  "libraryFetch",
  "sdk",
  "axios",
  "fetch",
] as const satisfies ReadonlyArray<ContenderName>
