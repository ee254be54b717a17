/** The environment of a command that is to talk to the emulator at hand. */
import { EmulatorServer, type Seed } from "@genauth-effect/emulator"
import { Effect } from "effect"

/** With the first key of `seed`. */
export const variablesFor = (seed: Seed.Seed) => {
  const [key = { accessKeyId: "", accessKeySecret: "" }] = seed.userPool.accessKeys
  return Effect.map(EmulatorServer.EmulatorServer, ({ url }) => ({
    GENAUTH_HOST: url,
    GENAUTH_ACCESS_KEY_ID: key.accessKeyId,
    GENAUTH_ACCESS_KEY_SECRET: key.accessKeySecret,
  }))
}
