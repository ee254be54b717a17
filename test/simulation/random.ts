/** Draws that can be repeated: the same seed gives the same draws, in every run and on every machine. */

// The finalizer of MurmurHash3: every bit of the input moves every bit of the output.
const mix = (value: number): number => {
  let bits = value | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** A source of draws. */
export interface Random {
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly next: () => number
  /** A whole number between both ends, which may come too. */
  readonly int: (minimum: number, maximum: number) => number
  /** Whether something of this probability happens. */
  readonly chance: (probability: number) => boolean
  /** One of several. */
  readonly pick: <A>(first: A, ...others: ReadonlyArray<A>) => A
  /** Some of several, each once, in an order of its own. */
  readonly some: <A>(all: ReadonlyArray<A>, count: number) => ReadonlyArray<A>
}

/** The draws of a seed. */
export const make = (seed: number): Random => {
  let state = mix(mix(seed) ^ 0x5bd1e995)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    return mix(state) / 0x1_0000_0000
  }
  const int = (minimum: number, maximum: number): number => minimum + Math.floor(next() * (maximum - minimum + 1))
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (first, ...others) => {
      const index = int(0, others.length)
      return index === 0 ? first : (others[index - 1] ?? first)
    },
    some: (all, count) => {
      const rest = [...all]
      return Array.from({ length: Math.min(count, rest.length) }, () => rest.splice(int(0, rest.length - 1), 1)).flat()
    },
  }
}
