const bytesPerNonce = 16
const batch = 256

const ascii = new TextDecoder()

// "0" to "9", then "a" to "f".
const hexDigit = (value: number): number => value + (value < 10 ? 48 : 87)

/**
 * Makes a source of nonces: 32 hex characters, 128 bits from the runtime's cryptographic generator. Drawn and written in
 * batches, since each draw is a system call, and a text made digit by digit would be sixteen.
 */
export const makeNonce = (): (() => string) => {
  const bytes = new Uint8Array(bytesPerNonce * batch)
  const digits = new Uint8Array(2 * bytes.length)
  let drawn = ""
  let at = 0
  return () => {
    if (at === drawn.length) {
      crypto.getRandomValues(bytes)
      bytes.forEach((byte, index) => {
        digits[2 * index] = hexDigit(byte >> 4)
        digits[2 * index + 1] = hexDigit(byte & 15)
      })
      drawn = ascii.decode(digits)
      at = 0
    }
    at += 2 * bytesPerNonce
    return drawn.slice(at - 2 * bytesPerNonce, at)
  }
}
