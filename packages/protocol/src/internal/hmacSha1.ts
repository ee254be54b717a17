// RFC 2104. node:crypto's own Hmac is a stream with a native part, which costs more than the two hashes it takes.

/** `hash` of node:crypto. */
export type Hash = (algorithm: "sha1", data: Uint8Array, encoding: "latin1" | "base64") => string

const blockLength = 64
const digestLength = 20

/** HMAC-SHA1 of a text with a key, both as UTF-8, in base64. */
export const make = (hash: Hash): ((key: string, text: string) => string) => {
  const utf8 = new TextEncoder()
  // What is hashed is laid out here. One call is over before the next begins.
  const ownInner = new Uint8Array(16 * 1024)
  const outer = new Uint8Array(blockLength + digestLength)

  const digestInto = (from: number, data: Uint8Array): void => {
    const digest = hash("sha1", data, "latin1")
    for (let at = 0; at < digestLength; at++) outer[from + at] = digest.charCodeAt(at)
  }

  return (key, text) => {
    // A UTF-16 unit takes three bytes at most.
    const most = blockLength + 3 * Math.max(key.length, text.length)
    const inner = most <= ownInner.length ? ownInner : new Uint8Array(most)
    outer.fill(0)
    const keyLength = utf8.encodeInto(key, inner).written
    const ofKey = inner.subarray(0, keyLength)
    if (keyLength > blockLength) digestInto(0, ofKey)
    else outer.set(ofKey)
    for (let at = 0; at < blockLength; at++) {
      const byte = outer[at] ?? 0
      inner[at] = byte ^ 0x36
      outer[at] = byte ^ 0x5c
    }
    const textLength = utf8.encodeInto(text, inner.subarray(blockLength)).written
    digestInto(blockLength, inner.subarray(0, blockLength + textLength))
    const digest = hash("sha1", outer, "base64")
    // Nothing of the key stays behind.
    inner.fill(0, 0, Math.max(blockLength, keyLength))
    outer.fill(0)
    return digest
  }
}
