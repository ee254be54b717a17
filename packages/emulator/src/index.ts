/** A stand-in for the GenAuth / Authing management API behind the real wire. */
export * as Emulator from "./Emulator.ts"
export * as EmulatorFetch from "./EmulatorFetch.ts"
export * as EmulatorServer from "./EmulatorServer.ts"
export * as Seed from "./Seed.ts"
