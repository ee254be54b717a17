import { Schema } from "effect"
import { LineProcess } from "./LineProcess.ts"

const State = Schema.Struct({
  accepted: Schema.Finite,
  refused: Schema.Finite,
  captured: Schema.NullOr(
    Schema.Struct({
      method: Schema.String,
      path: Schema.String,
      headers: Schema.Record(Schema.String, Schema.String),
      body: Schema.Record(Schema.String, Schema.Unknown),
    }),
  ),
})

export type State = typeof State.Type

/** The server in its process, on the first core. */
export class Server implements AsyncDisposable {
  readonly url: string
  readonly #process: LineProcess

  private constructor(process: LineProcess, url: string) {
    this.#process = process
    this.url = url
  }

  static async start(): Promise<Server> {
    const process = new LineProcess(0, new URL("serverProcess.ts", import.meta.url), [])
    const { url } = await process.next(Schema.Struct({ url: Schema.String }))
    return new Server(process, url)
  }

  tell(command: string): Promise<State> {
    return this.#process.ask(command, State)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]()
  }
}
