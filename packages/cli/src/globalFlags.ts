/** The flags that every command knows. */
import * as Flag from "effect/cli/Flag"
import * as GlobalFlag from "effect/cli/GlobalFlag"

/** One JSON document on the standard output, or NDJSON for bulk. */
export const Json = GlobalFlag.Setting("json")({
  flag: Flag.Boolean("json").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Print JSON on the standard output (NDJSON for bulk)"),
  ),
})

/** Where variables are read from that the environment does not have. */
export const EnvFile = GlobalFlag.Setting("env-file")({
  flag: Flag.String("env-file").pipe(
    Flag.optional,
    Flag.withMetavar("file"),
    Flag.withDescription("Read GENAUTH_… variables from a file; the environment goes before it"),
  ),
})

/** Where the secret is read from. */
export const SecretFile = GlobalFlag.Setting("secret-file")({
  flag: Flag.String("secret-file").pipe(
    Flag.optional,
    Flag.withMetavar("file"),
    Flag.withDescription("Read the secret of the access key from a file; it goes before the environment"),
  ),
})

/** All of them. */
export const all = [Json, EnvFile, SecretFile] as const
