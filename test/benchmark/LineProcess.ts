/** A child process that is spoken to in lines: one line in, one line of JSON out. */
import { Schema } from "effect"
import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { availableParallelism } from "node:os"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import type { Readable, Writable } from "node:stream"

/** Which of two cores a process is held to, where that can be done. */
export type Core = 0 | 1

const canPin = availableParallelism() > 1 && spawnSync("taskset", ["--version"]).status === 0

/** Whether servers and clients have a core each. */
export const isPinned = canPin

/** The command that runs this Node, held to one core where that can be done. */
export const node = (core: Core, args: ReadonlyArray<string>): readonly [string, ReadonlyArray<string>] =>
  canPin ? ["taskset", ["-c", String(core), process.execPath, ...args]] : [process.execPath, args]

export class LineProcess implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>
  readonly #lines: AsyncIterator<string>

  constructor(core: Core, file: URL, args: ReadonlyArray<string>, nodeOptions: ReadonlyArray<string> = []) {
    const [command, all] = node(core, [...nodeOptions, fileURLToPath(file), ...args])
    this.#child = spawn(command, all, { stdio: ["pipe", "pipe", "inherit"] })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** The next line that the process writes. */
  async next<A>(schema: Schema.ConstraintDecoder<A>): Promise<A> {
    const line = await this.#lines.next()
    if (line.done === true) throw new Error("a process of the benchmark ended before its time")
    return Schema.decodePromise(Schema.fromJsonString(schema))(line.value)
  }

  /** Sends a line and waits for the answer. */
  ask<A>(line: string, schema: Schema.ConstraintDecoder<A>): Promise<A> {
    this.#child.stdin.write(`${line}\n`)
    return this.next(schema)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const exit = once(this.#child, "exit")
    this.#child.stdin.end()
    await exit
  }
}
