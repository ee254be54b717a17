/** Seeded pseudo-randomness, so that a run can be repeated. Not for secrets. */

// The finalizer of MurmurHash3: every bit of the input moves every bit of the output.
const mix = (value: number): number => {
  let bits = value | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** Draws from 0 (inclusive) to 1 (exclusive). Different streams of one seed are independent of each other. */
export const make = (seed: number, stream = 0): (() => number) => {
  let state = mix(mix(seed) + Math.imul(stream, 0x9e3779b1))
  return () => {
    state = (state + 0x6d2b79f5) | 0
    return mix(state) / 0x1_0000_0000
  }
}
