/** One seed from the draw to the verdict. */
import { Effect } from "effect"
import { type Violation, violations } from "./invariants.ts"
import * as Scenario from "./Scenario.ts"
import * as World from "./World.ts"

/** What became of a seed. */
export interface Verdict {
  readonly story: World.Story
  readonly violations: ReadonlyArray<Violation>
}

/** Draws, runs and judges. */
export const simulate = (seed: number, sabotage?: World.Sabotage): Effect.Effect<Verdict> =>
  Effect.map(World.run(Scenario.draw(seed), sabotage), (story) => ({ story, violations: violations(story) }))
