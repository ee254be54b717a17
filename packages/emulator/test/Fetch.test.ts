/** The emulator as a fetch function: as the global one behaves, without a network. */
import { assert, describe, it } from "@effect/vitest"
import { type Emulator, EmulatorFetch, type Faults } from "@genauth-effect/emulator"
import { Clock, Effect } from "effect"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { example, kick, userId } from "./wire.ts"

const requestOf = (wire: Emulator.WireRequest, init?: RequestInit) =>
  new Request(`http://emulated${wire.target}`, {
    method: wire.method,
    headers: Object.entries(wire.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] satisfies [string, string]],
    ),
    body: wire.body,
    ...init,
  })

const once = (fault: Faults.Fault): Faults.Script => ({ rules: [{ when: { times: 1 }, fault }] })
const emulated = (fault: Faults.Fault) => EmulatorFetch.make(example, { faults: once(fault) })
const kickNow = (init?: RequestInit) => requestOf(kick({ now: Date.now() }), init)

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no failure",
    (error: unknown) => error,
  )

const received = (emulator: Emulator.Service) =>
  Effect.runSync(emulator.requests).map(({ body, method, path }) => ({ method, path, hasBody: body !== "" }))

it.effect("takes the time from the clock it was given", () =>
  Effect.gen(function* () {
    const { emulator, fetch } = EmulatorFetch.make(example, { clock: yield* Clock.Clock })
    const response = yield* Effect.promise(() => fetch(requestOf(kick({ now: 0 }))))
    assert.strictEqual(response.headers.get("date"), "Thu, 01 Jan 1970 00:00:00 GMT")
    assert.deepInclude(yield* Effect.promise(() => response.json()), { statusCode: 200 })
    assert.isEmpty(yield* emulator.onlineApps(userId))
  }),
)

it("takes an address and an init, as fetch does", async () => {
  const { fetch } = EmulatorFetch.make(example)
  const got = await fetch("http://any.host/__emulator/online")
  assert.deepInclude(await got.json(), { count: 5 })
  const posted = await fetch(new URL("http://any.host/__emulator/reset"), { method: "POST" })
  assert.strictEqual(posted.status, 200)
})

describe("connections that end", () => {
  for (const [kind, code] of [
    ["connectionRefused", "ECONNREFUSED"],
    ["resetBefore", "ECONNRESET"],
    ["resetAfter", "ECONNRESET"],
  ] as const) {
    it(`${kind}: fails as fetch fails`, async () => {
      const { emulator, fetch } = emulated({ kind })
      const error = await failureOf(fetch(kickNow()))
      assert.instanceOf(error, TypeError)
      assert.strictEqual(error.message, "fetch failed")
      assert.deepInclude(error.cause, { code })
      const isOnline = Effect.runSync(emulator.onlineApps(userId)).length > 0
      assert.strictEqual(isOnline, kind !== "resetAfter")
    })
  }

  it("resetDuring: the head comes, the body fails", async () => {
    const { fetch } = emulated({ kind: "resetDuring" })
    const response = await fetch(kickNow())
    assert.strictEqual(response.status, 200)
    assert.deepInclude(await failureOf(response.text()), { code: "ECONNRESET" })
  })
})

describe("an aborted request ends with the caller's reason", () => {
  it("before it was sent", async () => {
    const { emulator, fetch } = EmulatorFetch.make(example)
    const error = await failureOf(fetch(kickNow({ signal: AbortSignal.abort(new Error("too late")) })))
    assert.deepInclude(error, { message: "too late" })
    assert.isEmpty(received(emulator))
  })
  it("in silence", async () => {
    const { emulator, fetch } = emulated({ kind: "silence" })
    const caller = new AbortController()
    const answering = failureOf(fetch(kickNow({ signal: caller.signal })))
    while (received(emulator).length === 0) await new Promise((resolve) => setImmediate(resolve))
    caller.abort(new Error("enough"))
    assert.deepInclude(await answering, { message: "enough" })
  })
  it("in a slow body", async () => {
    const { fetch } = emulated({ kind: "slowBody", everyMillis: 1e9 })
    const caller = new AbortController()
    const response = await fetch(kickNow({ signal: caller.signal }))
    const reading = failureOf(response.text())
    caller.abort(new Error("enough"))
    assert.deepInclude(await reading, { message: "enough" })
  })
  it("while an answer is late", async () => {
    const { fetch } = emulated({ kind: "latency", distribution: { type: "constant", millis: 1e9 } })
    const caller = new AbortController()
    const answering = failureOf(fetch(kickNow({ signal: caller.signal })))
    setImmediate(() => caller.abort(new Error("enough")))
    assert.deepInclude(await answering, { message: "enough" })
  })
})

it("a program waits for its answer, as it would for a connection", async () => {
  const program = fileURLToPath(new URL("programs/silence.ts", import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ["--no-warnings", program])
  assert.strictEqual(stdout, "TimeoutError")
})

describe("redirects", () => {
  it("are followed, with method and body", async () => {
    const { emulator, fetch } = emulated({ kind: "redirect" })
    assert.deepInclude(await (await fetch(kickNow())).json(), { statusCode: 404 })
    assert.deepStrictEqual(received(emulator), [
      { method: "POST", path: "/api/v3/kick-users", hasBody: true },
      { method: "POST", path: "/api/v3/redirected", hasBody: true },
    ])
  })
  it("303 is followed with a GET", async () => {
    const { emulator, fetch } = emulated({ kind: "redirect", status: 303 })
    await fetch(kickNow())
    assert.deepStrictEqual(received(emulator).at(-1), { method: "GET", path: "/api/v3/redirected", hasBody: false })
  })
  for (const [status, method, followedBy] of [
    [301, "POST", "GET"],
    [302, "DELETE", "DELETE"],
    [302, "HEAD", "HEAD"],
    [303, "HEAD", "HEAD"],
    [303, "PUT", "GET"],
    [307, "PUT", "PUT"],
  ] as const) {
    it(`${status} to ${method} is followed with ${followedBy}`, async () => {
      const { emulator, fetch } = emulated({ kind: "redirect", status })
      const response = await fetch("http://emulated/x", { method, headers: { "content-type": "text/plain" } })
      const last = Effect.runSync(emulator.requests).at(-1)
      assert.strictEqual(last?.method, followedBy)
      assert.strictEqual(last?.headers["content-type"], method === followedBy ? "text/plain" : undefined)
      assert.strictEqual((await response.text()) === "", followedBy === "HEAD")
    })
  }
  for (const [location, isKept] of [
    ["http://emulated/elsewhere", true],
    ["http://emulated:8080/elsewhere", false],
    ["//other/elsewhere", false],
  ] as const) {
    it(`to ${location} ${isKept ? "keep" : "leave out"} who is asking`, async () => {
      const { emulator, fetch } = emulated({ kind: "redirect", location })
      const response = await fetch(kickNow())
      assert.strictEqual(Effect.runSync(emulator.requests).at(-1)?.headers["authorization"] !== undefined, isKept)
      assert.strictEqual(response.url, new URL(location, "http://emulated").href)
      assert.isTrue(response.redirected)
    })
  }
  it("lead on from where they led", async () => {
    const rules = ["http://other/first", "/second"].map((location, index) => ({
      when: { nth: index + 1 },
      fault: { kind: "redirect", location } as const,
    }))
    const { fetch } = EmulatorFetch.make(example, { faults: { rules } })
    assert.strictEqual((await fetch(kickNow())).url, "http://other/second")
  })
  it("to what is no HTTP fail", async () => {
    for (const location of ["ftp://emulated/x", "http://"]) {
      assert.instanceOf(await failureOf(emulated({ kind: "redirect", location }).fetch(kickNow())), TypeError)
    }
  })
  it("are handed over when the request says manual", async () => {
    const { fetch } = emulated({ kind: "redirect" })
    const response = await fetch(kickNow({ redirect: "manual" }))
    assert.strictEqual(response.status, 307)
    assert.isFalse(response.redirected)
    assert.strictEqual(response.url, "http://emulated/api/v3/kick-users")
  })
  it("are refused when the request says error, and after twenty", async () => {
    const { fetch } = emulated({ kind: "redirect" })
    assert.instanceOf(await failureOf(fetch(kickNow({ redirect: "error" }))), TypeError)
    const endless = EmulatorFetch.make(example, { faults: { rules: [{ fault: { kind: "redirect" } }] } })
    assert.instanceOf(await failureOf(endless.fetch(kickNow())), TypeError)
    assert.strictEqual(received(endless.emulator).length, 21)
  })
})
