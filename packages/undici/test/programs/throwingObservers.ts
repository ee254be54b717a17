/** Every caller but the last has an observer that throws; says who was answered all the same. Takes a URL. */
import * as UndiciHttpClient from "@genauth-effect/undici/UndiciHttpClient"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"

const [, , url = ""] = process.argv
let thrown = 0
process.on("uncaughtException", () => (thrown += 1))

const callers = 10
const program = Effect.scoped(
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const context = yield* Effect.context<never>()
    const answered = yield* Effect.forEach(
      Array.from({ length: callers }, (_, index) => index),
      (index) =>
        Effect.callback<string>((resume) => {
          const fiber = Effect.runForkWith(context)(Effect.flatMap(client.get(url), ({ text }) => text))
          fiber.addObserver((exit) => {
            resume(exit._tag === "Success" ? Effect.succeed(exit.value) : Effect.succeed("failed"))
            if (index < callers - 1) throw new Error("an observer's own")
          })
        }),
      { concurrency: "unbounded" },
    )
    process.stdout.write(JSON.stringify({ answered, thrown }))
  }),
)

await Effect.runPromise(Effect.provide(program, UndiciHttpClient.layer))
