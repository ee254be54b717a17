/** Runs a script of faults: decides, request by request, what goes wrong. */
import type * as Faults from "../Faults.ts"
import type { Pace } from "../Reply.ts"
import * as Random from "./random.ts"

/** The faults that decide the answer; the others shape it. */
export type Ending = Exclude<Faults.Fault, { readonly kind: "clockOff" | "tokensRevoked" | "latency" | "slowBody" }>

/** What goes wrong with one request. */
export interface Plan {
  readonly kinds: ReadonlyArray<Faults.Kind>
  readonly clockOffMillis: number
  readonly revokesTokens: boolean
  readonly delayMillis: number
  readonly pace: Pace | undefined
  readonly ending: Ending | undefined
}

const nothing: Plan = {
  kinds: [],
  clockOffMillis: 0,
  revokesTokens: false,
  delayMillis: 0,
  pace: undefined,
  ending: undefined,
}

const delayOf = (distribution: Faults.Distribution, random: () => number): number => {
  switch (distribution.type) {
    case "constant":
      return distribution.millis
    case "uniform":
      return distribution.minMillis + random() * (distribution.maxMillis - distribution.minMillis)
    case "exponential":
      return Math.min(-Math.log(1 - random()) * distribution.meanMillis, distribution.maxMillis ?? Infinity)
  }
}

const add = (plan: Plan, fault: Faults.Fault, random: () => number): Plan => {
  const kinds = [...plan.kinds, fault.kind]
  switch (fault.kind) {
    case "clockOff":
      return { ...plan, kinds, clockOffMillis: plan.clockOffMillis + fault.millis }
    case "tokensRevoked":
      return { ...plan, kinds, revokesTokens: true }
    case "latency":
      return { ...plan, kinds, delayMillis: plan.delayMillis + Math.round(delayOf(fault.distribution, random)) }
    case "slowBody":
      return { ...plan, kinds, pace: { chunkBytes: fault.chunkBytes ?? 16, everyMillis: fault.everyMillis } }
    default:
      return plan.ending === undefined ? { ...plan, kinds, ending: fault } : plan
  }
}

const makeRule = (rule: Faults.Rule, seed: number, index: number) => {
  // A stream of its own: a rule draws the same whatever the other rules are.
  const random = Random.make(seed, index + 1)
  const { every, nth, path, probability, times } = rule.when ?? {}
  let seen = 0
  let injected = 0
  return {
    apply: (plan: Plan, requestPath: string): Plan => {
      if (path !== undefined && path !== requestPath) return plan
      seen += 1
      const isDrawn = probability === undefined || random() < probability
      if (!isDrawn || (times !== undefined && injected >= times)) return plan
      if ((nth !== undefined && seen !== nth) || (every !== undefined && seen % every !== 0)) return plan
      const fault = "kind" in rule.fault ? rule.fault : rule.fault[Math.floor(random() * rule.fault.length)]
      const next = fault === undefined ? plan : add(plan, fault, random)
      if (next !== plan) injected += 1
      return next
    },
    report: (): Faults.RuleReport => ({ rule, seen, injected }),
  }
}

/** A script under way. */
export const make = (script: Faults.Script | undefined) => {
  const rules = (script?.rules ?? []).map((rule, index) => makeRule(rule, script?.seed ?? 1, index))
  return {
    plan: (path: string): Plan => {
      let plan = nothing
      for (const rule of rules) plan = rule.apply(plan, path)
      return plan
    },
    report: (): ReadonlyArray<Faults.RuleReport> => rules.map((rule) => rule.report()),
  }
}

/** A script under way. */
export type FaultScript = ReturnType<typeof make>
