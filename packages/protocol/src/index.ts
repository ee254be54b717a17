/** The facts of the GenAuth / Authing V3 management wire, as data and pure functions. */
export * as ApiCode from "./ApiCode.ts"
export * as Brand from "./Brand.ts"
export * as Classification from "./Classification.ts"
export * as Envelope from "./Envelope.ts"
export * as Operation from "./Operation.ts"
export * as Remedy from "./Remedy.ts"
export * as Signature from "./Signature.ts"
export * as StatusCode from "./StatusCode.ts"
