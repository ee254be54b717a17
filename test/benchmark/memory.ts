/** What the command takes for long lists, beside short ones. */
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import { Effect, Layer } from "effect"
import { build } from "../cli/command.ts"
import { peakOf, users } from "../cli/memory.ts"

const few = 1000
const dryRun = 1_000_000
const kicked = 200_000

/** Peaks of the resident set, in MiB. */
export interface Comparison {
  readonly title: string
  readonly users: number
  readonly few: number
  readonly many: number
}

const applications = ["--type", "username", "--everywhere", "--yes"]

const throughEmulator = (count: number): Promise<number> => {
  const seed = Seed.generate({ users: count, applications: 3, loggedIn: 3 })
  return Effect.gen(function* () {
    const { url } = yield* EmulatorServer.EmulatorServer
    const [key] = seed.userPool.accessKeys
    const { mebibytes } = yield* Effect.promise(() =>
      peakOf(users(count), ["-", ...applications], {
        GENAUTH_HOST: url,
        GENAUTH_ACCESS_KEY_ID: key?.accessKeyId ?? "",
        GENAUTH_ACCESS_KEY_SECRET: key?.accessKeySecret ?? "",
      }),
    )
    const emulator = yield* Emulator.Emulator
    const online = yield* emulator.onlineCount
    if (online !== 0) throw new Error(`${online} logins are left of ${count} users`)
    return mebibytes
  }).pipe(Effect.provide(EmulatorServer.layer().pipe(Layer.provideMerge(Emulator.layer(seed)))), Effect.runPromise)
}

const dry = async (count: number): Promise<number> =>
  (await peakOf(users(count), ["-", "--type", "username", "--app", "62188e71c0de000000000001", "--dry-run"])).mebibytes

/** Each in a process of its own. */
export const measureMemory = async (): Promise<ReadonlyArray<Comparison>> => {
  build()
  return [
    { title: "`bulk --dry-run`", users: dryRun, few: await dry(few), many: await dry(dryRun) },
    {
      title: "`bulk` through the emulator",
      users: kicked,
      few: await throughEmulator(few),
      many: await throughEmulator(kicked),
    },
  ]
}
