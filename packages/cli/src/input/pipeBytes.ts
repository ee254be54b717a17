/**
 * The bytes of a named pipe, of /dev/fd/63 as shells pass them, or of a device. A thread that waits in the kernel for a
 * pipe or a terminal cannot be ended, and no process ends before its threads: so they are read as sockets are.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Fs from "node:fs"
import * as Net from "node:net"
import type { Readable } from "node:stream"
import * as Tty from "node:tty"
import { UsageError } from "../ExitCode.ts"

const unreadable = (path: string, error: unknown) => {
  const code = error instanceof Error && "code" in error ? `: ${String(error.code)}` : ""
  return new UsageError({ message: `${path} cannot be read${code}` })
}

/** Opening a named pipe takes until somebody writes to it. To open it for writing ends that, whoever does so. */
const endWait = (path: string): void => {
  try {
    Fs.closeSync(Fs.openSync(path, Fs.constants.O_WRONLY | Fs.constants.O_NONBLOCK))
  } catch {
    // Nobody waits any more.
  }
}

const open = (path: string): Effect.Effect<number, UsageError> =>
  Effect.callback((resume) => {
    const opening = { isWanted: true, isOver: false }
    Fs.open(path, "r", (error, fd) => {
      opening.isOver = true
      if (error !== null) resume(Effect.fail(unreadable(path, error)))
      else if (opening.isWanted) resume(Effect.succeed(fd))
      else Fs.closeSync(fd)
    })
    return Effect.gen(function* () {
      opening.isWanted = false
      // The thread may not have come to the pipe yet.
      while (!opening.isOver) {
        endWait(path)
        yield* Effect.sleep("1 millis")
      }
    })
  })

const readableOf = (fd: number): Readable => {
  if (Tty.isatty(fd)) return new Tty.ReadStream(fd)
  const stat = Fs.fstatSync(fd)
  return stat.isFIFO() || stat.isSocket()
    ? new Net.Socket({ fd, readable: true, writable: false })
    : Fs.createReadStream("", { fd })
}

/** Reads it to its end. */
export const pipeBytes = (path: string): Stream.Stream<Uint8Array, UsageError> =>
  Stream.unwrap(
    Effect.map(open(path), (fd) =>
      NodeStream.fromReadable<Uint8Array, UsageError>({
        evaluate: () => readableOf(fd),
        onError: (error) => unreadable(path, error),
      }),
    ),
  )
