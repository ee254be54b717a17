/** The entry point: the process around the command. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Cause from "effect/Cause"
import * as Fiber from "effect/Fiber"
import { run } from "./Cli.ts"
import { exitCodes } from "./ExitCode.ts"
import * as Interruption from "./Interruption.ts"
import { keepHeapSmall } from "./smallHeap.ts"

keepHeapSmall()

const interruption = Interruption.make()

const fiber = Effect.runFork(
  run(process.argv.slice(2)).pipe(
    Effect.provideService(Interruption.Interruption, interruption),
    Effect.provide(NodeServices.layer),
  ),
)

// The exit code, once the command is over.
let ended: number | undefined

// Whether a signal has broken the command off.
let isBrokenOff = false

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // What the command had to say waits for a reader, and nobody wants to wait with it.
    if (ended !== undefined) process.exit(ended)
    if (interruption.signal()) return
    isBrokenOff = true
    Effect.runFork(Fiber.interrupt(fiber))
  })
}

// Whether something of the output is lost: a full disk, a broken device.
let isOutputLost = false

// A reader that has had enough, such as head, is as good as a signal. Every later line fails too, and is not another.
let isRead = true
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (!isRead) return
  isRead = false
  if (error.code !== "EPIPE") {
    isOutputLost = true
    process.stderr.write(`error: the output cannot be written: ${error.code ?? error.message}\n`)
  }
  if (ended === undefined && !interruption.signal()) {
    process.exit(isOutputLost ? exitCodes.someFailed : exitCodes.interrupted)
  }
})

// Notes that nobody reads are no reason to leave users half kicked.
process.stderr.on("error", () => undefined)

// Node writes to a pipe without waiting: what its reader has not taken yet would be lost by the exit.
const taken = (stream: NodeJS.WriteStream): Promise<void> => new Promise((resolve) => stream.write("", () => resolve()))

const exitCodeOf = (exit: Exit.Exit<number>): number => {
  if (Exit.isSuccess(exit)) return exit.value
  if (Cause.hasInterruptsOnly(exit.cause)) return exitCodes.interrupted
  process.stderr.write(`A defect of genauth-kick; please report it.\n${Cause.pretty(exit.cause)}\n`)
  return exitCodes.someFailed
}

fiber.addObserver((exit) => {
  const code = exitCodeOf(exit)
  ended = code
  // Its reader may have stopped, and who breaks a command off waits for nobody.
  if (isBrokenOff) process.exit(code)
  // A keep-alive connection must not keep the process.
  void Promise.all([taken(process.stdout), taken(process.stderr)]).then(() =>
    process.exit(isOutputLost ? exitCodes.someFailed : code),
  )
})
