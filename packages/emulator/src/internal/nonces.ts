/** Which nonces were seen, for as long as a signature can be valid. */

/** Remembers nonces for `keepMillis`. */
export const make = (keepMillis: number) => {
  const seenAt = new Map<string, number>()
  const consumed = new Set<string>()
  let latest = 0

  // A Map keeps the order of insertion, so the oldest come first and each is visited once.
  const prune = (now: number): void => {
    for (const [nonce, at] of seenAt) {
      if (now - at <= keepMillis) return
      seenAt.delete(nonce)
      consumed.delete(nonce)
    }
  }

  return {
    /** Takes note of a request; `true` if its nonce was seen before. */
    see: (nonce: string, now: number): boolean => {
      prune(now)
      latest = now
      if (seenAt.has(nonce)) return true
      seenAt.set(nonce, now)
      return false
    },
    /** Uses the nonce that was seen last up for a valid signature; `false` if it was used up before. */
    consume: (nonce: string): boolean => {
      if (consumed.has(nonce)) return false
      consumed.add(nonce)
      // Seen earlier with a signature that was wrong, it would be forgotten while this signature is still good.
      seenAt.delete(nonce)
      seenAt.set(nonce, latest)
      return true
    },
  }
}

/** A memory of nonces. */
export type Nonces = ReturnType<typeof make>
