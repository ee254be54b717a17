/** From the environment and files to a client. Secrets never come from a flag: flags are in everybody's process list. */
import { ManagementClient } from "@genauth-effect/client"
import * as UndiciHttpClient from "@genauth-effect/undici/UndiciHttpClient"
import type * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { EnvFile, SecretFile } from "./globalFlags.ts"

/** The configuration is missing or cannot work. `message` names the variable or the file, never its content. */
export class ConfigurationError extends Schema.TaggedError<ConfigurationError>()("ConfigurationError", {
  message: Schema.String,
}) {}

const readFile = (flag: string, path: string) =>
  Effect.flatMap(FileSystem.FileSystem, (files) =>
    Effect.mapError(
      files.readFileString(path),
      (error) =>
        new ConfigurationError({
          message: `${flag}: ${path} ${error.reason._tag === "NotFound" ? "is not there" : `cannot be read: ${error.reason._tag}`}`,
        }),
    ),
  )

const noByteOrderMark = (text: string): string => text.replace(/^\uFEFF/, "")

// An editor's line end is no part of a secret. An empty file must not let another secret take its place.
const readSecret = Effect.fnUntraced(function* (path: string) {
  const secret = noByteOrderMark(yield* readFile("--secret-file", path)).trimEnd()
  return secret === "" ? yield* new ConfigurationError({ message: `--secret-file: ${path} is empty` }) : secret
})

/** The options of the client, from GENAUTH_… variables, --env-file and --secret-file. */
export const options = Effect.gen(function* () {
  const environment = yield* ConfigProvider.ConfigProvider
  const envFile = yield* EnvFile
  const secretFile = yield* SecretFile
  const fromFile = Option.isNone(envFile)
    ? environment
    : ConfigProvider.orElse(
        environment,
        ConfigProvider.fromDotEnvContents(noByteOrderMark(yield* readFile("--env-file", envFile.value))),
      )
  const provider = Option.isNone(secretFile)
    ? fromFile
    : ConfigProvider.orElse(
        ConfigProvider.fromUnknown({ GENAUTH_ACCESS_KEY_SECRET: yield* readSecret(secretFile.value) }),
        fromFile,
      )
  return yield* Effect.mapError(
    ManagementClient.configEnv.parse(provider),
    (error) => new ConfigurationError({ message: configMessage(error) }),
  )
})

const configMessage = (error: Config.ConfigError): string => {
  const text = error.message.replaceAll(/\s+/g, " ").trim()
  const name = /GENAUTH_[A-Z_]+/.exec(text)?.[0]
  if (name === undefined) return `the configuration cannot be used: ${text}`
  return name.endsWith("SECRET")
    ? `${name} is missing: set it in the environment, in a file for --env-file, or name a file with --secret-file`
    : `${name} is missing or invalid: set it in the environment or in a file for --env-file`
}

const variableOf = (option: string): string => option.replaceAll(/([A-Z])/g, "_$1").toUpperCase()

/** A client on undici. */
export const layer = (changes: Partial<ManagementClient.Options>) =>
  Layer.effect(
    ManagementClient.ManagementClient,
    Effect.flatMap(options, (found) =>
      Effect.mapError(
        ManagementClient.make({ ...found, ...changes }),
        (error) => new ConfigurationError({ message: `GENAUTH_${variableOf(error.option)}: ${error.message}` }),
      ),
    ),
  ).pipe(Layer.provide(UndiciHttpClient.layer))
