// JSON.parse keeps the last of two equal keys, other readers the first: an answer that holds both a failure and a
// success would be read by luck. The text has been parsed before, so it is known to be valid JSON.

/**
 * The first key that stands twice in one object, or `__proto__` where that is a key at all; `undefined` for neither.
 */
export const duplicateKey = (validJson: string): string | undefined => {
  const keysByDepth: Array<Set<string> | undefined> = []
  let isKeyNext = false
  for (let at = 0; at < validJson.length; at++) {
    switch (validJson.charCodeAt(at)) {
      case 0x7b: // {
        keysByDepth.push(new Set())
        isKeyNext = true
        break
      case 0x5b: // [
        keysByDepth.push(undefined)
        isKeyNext = false
        break
      case 0x7d: // }
      case 0x5d: // ]
        keysByDepth.pop()
        isKeyNext = false
        break
      case 0x2c: // ,
        isKeyNext = keysByDepth.at(-1) !== undefined
        break
      case 0x22: {
        // "
        const end = endOfString(validJson, at)
        if (isKeyNext) {
          const raw = validJson.slice(at, end + 1)
          const key: string = raw.includes("\\") ? JSON.parse(raw) : raw.slice(1, -1)
          const keys = keysByDepth.at(-1)
          if (key === "__proto__" || keys?.has(key)) return key
          keys?.add(key)
          isKeyNext = false
        }
        at = end
        break
      }
    }
  }
  return undefined
}

const endOfString = (json: string, start: number): number => {
  for (let at = start + 1; at < json.length; at++) {
    const code = json.charCodeAt(at)
    if (code === 0x5c) at++
    else if (code === 0x22) return at
  }
  return json.length
}
