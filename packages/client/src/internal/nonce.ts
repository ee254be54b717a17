const bytesPerNonce = 16
const batch = 256

/**
 * Makes a source of nonces: 32 hex characters, 128 bits from the runtime's cryptographic generator. Drawn in batches,
 * since each draw is a system call.
 */
export const makeNonce = (): (() => string) => {
  const pool = new Uint8Array(bytesPerNonce * batch)
  let at = pool.length
  return () => {
    if (at === pool.length) {
      crypto.getRandomValues(pool)
      at = 0
    }
    let nonce = ""
    for (const end = at + bytesPerNonce; at < end; at++) nonce += ((pool[at] ?? 0) + 0x100).toString(16).slice(1)
    return nonce
  }
}
