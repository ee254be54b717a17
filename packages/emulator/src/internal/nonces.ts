/** Which nonces were seen, for as long as a signature can be valid. */

/** Remembers nonces for `keepMillis`. */
export const make = (keepMillis: number) => {
  const firstSeen = new Map<string, number>()
  const consumed = new Set<string>()

  // A Map keeps the order of insertion, so the oldest come first and each is visited once.
  const prune = (now: number): void => {
    for (const [nonce, at] of firstSeen) {
      if (now - at <= keepMillis) return
      firstSeen.delete(nonce)
      consumed.delete(nonce)
    }
  }

  return {
    /** Takes note of a request; `true` if its nonce was seen before. */
    see: (nonce: string, now: number): boolean => {
      prune(now)
      if (firstSeen.has(nonce)) return true
      firstSeen.set(nonce, now)
      return false
    },
    /** Uses a nonce that was seen up for a valid signature; `false` if it was used up before. */
    consume: (nonce: string): boolean => {
      if (consumed.has(nonce)) return false
      consumed.add(nonce)
      return true
    },
  }
}

/** A memory of nonces. */
export type Nonces = ReturnType<typeof make>
