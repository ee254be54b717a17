/**
 * The server all contenders talk to: one fixed answer, and nothing else in its way.
 *
 * Commands on standard input, each answered by one line of JSON: `capture` keeps the next request and `captured`
 * gives it back, `limit <perSecond> <burst>` refuses what is over a token bucket with an envelope 429 and no
 * Retry-After, `open` lifts that, `counts` tells and resets how many requests were answered and refused.
 */
import * as Http from "node:http"
import { createInterface } from "node:readline"
import { json } from "node:stream/consumers"

const kicked = JSON.stringify({
  statusCode: 200,
  message: "操作成功",
  requestId: "3f8a51f2-5a1e-4f6b-9f4e-2f1a6f6f0c11",
  data: { success: true },
})
const refusal = JSON.stringify({ statusCode: 429, message: "请求过于频繁，请稍后再试" })

let isCapturing = false
let captured: unknown
let bucket: { readonly perSecond: number; readonly burst: number; tokens: number; filledAt: number } | undefined
let accepted = 0
let refused = 0

const isWithinLimit = (): boolean => {
  if (bucket === undefined) return true
  const now = performance.now()
  bucket.tokens = Math.min(bucket.burst, bucket.tokens + ((now - bucket.filledAt) / 1000) * bucket.perSecond)
  bucket.filledAt = now
  if (bucket.tokens < 1) return false
  bucket.tokens -= 1
  return true
}

const answer = (response: Http.ServerResponse): void => {
  const isAccepted = isWithinLimit()
  if (isAccepted) accepted += 1
  else refused += 1
  const body = isAccepted ? kicked : refusal
  response
    .writeHead(200, { "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(body) })
    .end(body)
}

const capture = async (request: Http.IncomingMessage): Promise<void> => {
  isCapturing = false
  captured = { method: request.method, path: request.url, headers: request.headers, body: await json(request) }
}

const server = Http.createServer((request, response) => {
  if (isCapturing) void capture(request)
  else request.resume()
  request.once("end", () => answer(response))
})
server.keepAliveTimeout = 60_000

const reply = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  reply({ url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : ""}` })
})

const commands = createInterface({ input: process.stdin })
commands.on("line", (line) => {
  const [command = "", ...numbers] = line.split(" ")
  if (command === "capture") {
    isCapturing = true
    captured = undefined
  } else if (command === "limit") {
    const [perSecond = 0, burst = 0] = numbers.map(Number)
    bucket = { perSecond, burst, tokens: burst, filledAt: performance.now() }
  } else if (command === "open") {
    bucket = undefined
  }
  reply({ accepted, refused, captured: captured ?? null })
  if (command === "counts") {
    accepted = 0
    refused = 0
  }
})
commands.once("close", () => {
  server.close()
  server.closeAllConnections()
})
