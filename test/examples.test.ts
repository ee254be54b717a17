/** Every example is run as a reader would run it, and what it prints is checked. */
import { assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

const folder = fileURLToPath(new URL("../examples", import.meta.url))

/** What each example must print, one pattern for each line that matters. */
const expected: Readonly<Record<string, ReadonlyArray<RegExp>>> = {
  "00_tour.ts": [
    /^The emulator listens on http:\/\/127\.0\.0\.1:\d+$/m,
    /^ {2}before {2}online in Mail, Wiki$/m,
    /^Kick by e-mail: lin@example\.com\n {2}before {2}online in Mail, Payroll\n {2}after {3}offline/m,
    /^ {2}unknown user {5}UserNotFound: /m,
    /^ {2}unknown app {6}ApplicationNotFound: /m,
    /^ {2}wrong secret {5}SignatureInvalid: /m,
    /^ {2}51 apps {10}InvalidRequest: appIds /m,
  ],
  "01_kick_one_user.ts": [
    /^Online in Mail: true\nKicked\. The audit log finds it by requestId emulated-\d+\nOnline in Mail: false\n$/,
  ],
  "02_handle_each_error.ts": [
    /^all well: {7}offline$/m,
    /^unknown user: {3}fine: /m,
    /^unknown app: {4}skipped: application does not exist \(apiCode 2011/m,
    /^no application: our own mistake in appIds: 1 to 50 application ids/m,
    /^wrong secret: {3}SignatureInvalid, final; the operator: /m,
    /^nobody listens: TransportFailed, kept for later; nobody: /m,
  ],
  "03_swap_the_http_client.ts": [
    /^undici, over a socket +success true, emulated-1$/m,
    /^undici by Effect, over a socket +success true, emulated-2$/m,
    /^fetch, over a socket +success true, emulated-3$/m,
    /^the emulator's fetch, no socket +success true, emulated-1$/m,
    /^the emulator's client, no socket +success true, emulated-4$/m,
  ],
  "04_test_your_own_code.ts": [/^lin@example\.com has left; online still in 0 applications$/m],
  "05_observe.ts": [
    /^span {4}ManagementClient\.kickUsers \{.*"genauth\.outcome":"ok".*\}$/m,
    /^report {2}kickUsers: UserNotFound, requestId emulated-2$/m,
    /^metric {2}kickUsers ok: calls 1, slowest \d+ ms$/m,
    /^metric {2}kickUsers UserNotFound: calls 1, slowest \d+ ms$/m,
  ],
  "06_everyone_out_of_one_app.ts": [/^Online: 120\nKicked: 120, failed: 0\nOnline: 0\nKicked: 0, failed: 0\n$/],
}

describe("the examples", () => {
  it("are all known here", () => {
    const found = readdirSync(folder).filter((name) => /^\d\d_\w+\.ts$/.test(name))
    assert.deepStrictEqual(found.sort(), Object.keys(expected).sort())
  })
  for (const [name, lines] of Object.entries(expected)) {
    it(`${name} ends well and prints what it promises`, async () => {
      // Fails for any exit code but 0, and kills what does not end.
      const { stderr, stdout } = await promisify(execFile)(process.execPath, [name], { cwd: folder, timeout: 20_000 })
      assert.strictEqual(stderr, "")
      for (const line of lines) assert.match(stdout, line)
      assert.notInclude(stdout, "an-example-secret-of-no-value")
    })
  }
})
