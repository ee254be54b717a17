/** Runs a stand-in for the service on loopback, to try things on. */
import { Emulator, EmulatorServer, Seed } from "@genauth-effect/emulator"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { UsageError } from "../ExitCode.ts"
import { Json } from "../globalFlags.ts"

const readSeed = (path: string) =>
  Effect.gen(function* () {
    const files = yield* FileSystem.FileSystem
    const text = yield* files.readFileString(path)
    return yield* Seed.fromText(text)
  }).pipe(Effect.mapError((error) => new UsageError({ message: `--seed ${path} cannot be used: ${error.message}` })))

/** The example with more users, all online everywhere. */
const grown = (count: number): Seed.Seed => {
  const loggedIn = Seed.example.applications.map(({ appId }) => appId)
  const more = Array.from({ length: count }, (_, number) => ({
    userId: `user-${number + 1}`,
    username: `user-${number + 1}`,
    email: `user-${number + 1}@example.com`,
    loggedIn,
  }))
  return { ...Seed.example, users: [...Seed.example.users, ...more] }
}

/** What the command line says. */
export interface Flags {
  readonly port: number
  readonly seed: Option.Option<string>
  readonly users: number
}

/** Listens until it is interrupted. */
export const emulator = Effect.fnUntraced(function* ({ port, seed, users }: Flags) {
  if (Option.isSome(seed) && users !== 0) {
    return yield* new UsageError({ message: "--users grows the example; a --seed has users of its own" })
  }
  if (users < 0) return yield* new UsageError({ message: "--users is a whole number, 0 or more" })
  if (port < 0 || port > 65_535) return yield* new UsageError({ message: "--port is a number from 0 to 65535" })
  const start = Option.isSome(seed) ? yield* readSeed(seed.value) : grown(users)
  const isJson = yield* Json
  const [key] = start.userPool.accessKeys
  const apps = start.applications.slice(0, 3).map(({ appId }) => `--app ${appId}`)
  const server = EmulatorServer.layer({ port }).pipe(Layer.provide(Emulator.layer(start)))
  return yield* EmulatorServer.EmulatorServer.pipe(
    Effect.flatMap(({ url }) =>
      isJson
        ? Console.log(JSON.stringify({ listening: url }))
        : Console.log(
            [
              `The emulator listens on ${url} with ${start.users.length} users. Ctrl-C ends it.`,
              "",
              `export GENAUTH_HOST=${url}`,
              ...(Option.isSome(seed)
                ? ["# and GENAUTH_ACCESS_KEY_ID and GENAUTH_ACCESS_KEY_SECRET as in the seed"]
                : [
                    `export GENAUTH_ACCESS_KEY_ID=${key?.accessKeyId ?? ""}`,
                    `export GENAUTH_ACCESS_KEY_SECRET=${key?.accessKeySecret ?? ""}   # of the example, of no value`,
                  ]),
              `genauth-kick user ${start.users[0]?.userId ?? "<user id>"} ${apps.join(" ")} --verify`,
            ].join("\n"),
          ),
    ),
    Effect.andThen(Effect.never),
    Effect.provide(server),
    Effect.catchTag("ListenFailed", ({ message }) =>
      Effect.fail(new UsageError({ message: `cannot listen: ${message}` })),
    ),
  )
})
