#!/usr/bin/env node
/**
 * `genauth-emulator --port 0 --seed seed.json [--host 127.0.0.1]`: prints one line when it listens. Exits with 2 when
 * the seed file cannot be used, with 1 when it cannot listen.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Emulator from "./Emulator.ts"
import * as EmulatorServer from "./EmulatorServer.ts"
import * as SeedFile from "./internal/seedFile.ts"
import { version } from "./internal/version.ts"
import * as Seed from "./Seed.ts"

const command = Command.make(
  "genauth-emulator",
  {
    port: Flag.Int("port").pipe(Flag.withDefault(0), Flag.withDescription("0 for any free port")),
    host: Flag.String("host").pipe(Flag.withDefault("127.0.0.1"), Flag.withDescription("the address to bind")),
    seed: Flag.String("seed").pipe(Flag.optional, Flag.withDescription("a JSON file; an example without it")),
  },
  Effect.fnUntraced(
    function* ({ host, port, seed }) {
      const start = Option.isNone(seed) ? Seed.example : yield* SeedFile.read(seed.value)
      const server = EmulatorServer.layer({ host, port }).pipe(Layer.provide(Emulator.layer(start)))
      return yield* EmulatorServer.EmulatorServer.pipe(
        Effect.flatMap(({ url }) => Console.log(JSON.stringify({ listening: url }))),
        Effect.andThen(Effect.never),
        Effect.provide(server),
      )
    },
    Effect.tapError((error) => Console.error(`genauth-emulator: ${error.message}`)),
  ),
).pipe(
  Command.withDescription(
    'A stand-in for the GenAuth / Authing management API. Prints {"listening":"http://127.0.0.1:PORT"} when it is ready; what is below /__emulator/ controls it.',
  ),
  // npx takes the name of a package, which the command is not.
  Command.withExamples([
    { command: "npx @genauth-effect/emulator --port 0 --seed seed.json", description: "On any free port" },
    { command: "npx @genauth-effect/emulator --port 8080", description: "With three users of an example" },
  ]),
)

NodeRuntime.runMain(Command.run(command, { version }).pipe(Effect.provide(NodeServices.layer)))
