/** Deterministic simulation: thousands of drawn runs, in each of which every promise is kept. See main.ts for more seeds. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { names } from "./invariants.ts"
import { all } from "./sabotages.ts"
import { simulate } from "./simulate.ts"
import { tell } from "./telling.ts"

const seeds = 2000
const seedsPerTest = 250

const judge = (seed: number) =>
  Effect.map(simulate(seed), ({ violations }) => {
    const text = violations.map(({ detail, name }) => `${name}: ${detail}`).join("\n")
    assert.isEmpty(violations, `seed ${seed} (npm run simulate -- --seed ${seed}):\n${text}`)
  })

describe("every promise is kept", () => {
  for (let first = 1; first <= seeds; first += seedsPerTest) {
    it.live(
      `seeds ${first} to ${first + seedsPerTest - 1}`,
      () =>
        Effect.forEach(
          Array.from({ length: seedsPerTest }, (_, index) => first + index),
          judge,
          { discard: true },
        ),
      120_000,
    )
  }
})

describe("a client that breaks a promise is found out", () => {
  // Within so many seeds. Not every draw gives a broken client the opportunity.
  const patience = 400
  for (const [name, { breaks, sabotage }] of Object.entries(all)) {
    it.live(
      `one that ${name}`,
      () =>
        Effect.gen(function* () {
          for (let seed = 1; seed <= patience; seed += 1) {
            const { violations } = yield* simulate(seed, sabotage)
            if (violations.some((violation) => violation.name === breaks)) return
          }
          assert.fail(`nobody noticed in ${patience} seeds`)
        }),
      120_000,
    )
  }
  it("there is one for each promise", () => {
    const broken = new Set(Object.values(all).map(({ breaks }) => breaks))
    assert.sameMembers([...broken], [...names])
  })
})

it.live("a seed tells the same story every time", () =>
  Effect.gen(function* () {
    const told = new Set<string>()
    for (let seed = 1; seed <= 50; seed += 1) {
      const { story } = yield* simulate(seed)
      const again = yield* simulate(seed)
      assert.strictEqual(tell(again.story), tell(story))
      told.add(tell(story))
    }
    assert.strictEqual(told.size, 50)
  }),
)
