/**
 * `Kick.all` in a process of its own.
 *
 * Each line `<users> <concurrency>` on standard input is a run over so many different users. It is answered by one line
 * of JSON.
 */
import * as Kick from "@genauth-effect/client/Kick"
import * as User from "@genauth-effect/client/User"
import * as UndiciHttpClient from "@genauth-effect/undici/UndiciHttpClient"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import { createInterface } from "node:readline"
import * as Client from "./contenders/client.ts"
import { appIds, nextUserId } from "./job.ts"

const [, , host = ""] = process.argv

const runtime = ManagedRuntime.make(Client.layer(host).pipe(Layer.provide(UndiciHttpClient.layer)))

const kickAll = (users: number, concurrency: number): Promise<number> =>
  Stream.range(1, users).pipe(
    Stream.map(() => User.userId(nextUserId())),
    (targets) => Kick.all(targets, { apps: appIds, concurrency }),
    Stream.runFold(
      () => 0,
      (kicked, { _tag }) => (_tag === "Kicked" ? kicked + 1 : kicked),
    ),
    runtime.runPromise,
  )

process.stdout.write('"ready"\n')
for await (const line of createInterface({ input: process.stdin })) {
  const [users = 0, concurrency = 1] = line.split(" ").map(Number)
  const startedAt = performance.now()
  const kicked = await kickAll(users, concurrency)
  const seconds = (performance.now() - startedAt) / 1000
  const peakRssMiB = process.resourceUsage().maxRSS / 1024
  process.stdout.write(`${JSON.stringify({ users, kicked, seconds, peakRssMiB })}\n`)
}
await runtime.dispose()
