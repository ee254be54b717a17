const bytesPerNonce = 16
const batch = 256

/**
 * Makes a source of nonces: 32 hex characters, 128 bits from the runtime's cryptographic generator. Drawn in batches,
 * since each draw is a system call.
 */
export const makeNonce = (): (() => string) => {
  const bytes = new Uint8Array(bytesPerNonce * batch)
  const digits = bytesPerNonce * 2
  let drawn = ""
  let at = 0
  return () => {
    if (at === drawn.length) {
      crypto.getRandomValues(bytes)
      drawn = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
      at = 0
    }
    at += digits
    return drawn.slice(at - digits, at)
  }
}
