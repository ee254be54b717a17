/** The memory of a bulk run does not grow with its input. Longer ones are measured by the benchmark. */
import { assert, beforeAll, it } from "@effect/vitest"
import { build } from "./command.ts"
import { peakOf, users } from "./memory.ts"

beforeAll(build)

it("200,000 lines take no more than 1,000 and 96 MiB", async () => {
  const args = ["-", "--app", "62188e71c0de000000000001", "--type", "username", "--dry-run"]
  const few = await peakOf(users(1000), args)
  const many = await peakOf(users(200_000), args)
  assert.include(few.summary, "1,000 would be kicked")
  assert.include(many.summary, "200,000 would be kicked")
  assert.isAtMost(many.mebibytes - few.mebibytes, 96)
}, 120_000)
