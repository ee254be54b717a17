/** How deeply JSON is nested, told from its text: what recurses over a value must know before there is one. */

/**
 * The deepest nesting that is read. Real bodies have three levels; a few thousand overflow the stack of
 * `JSON.stringify`, which signs and shows them.
 */
export const maxDepth = 100

/** Whether brackets of a text, outside of its strings, are nested deeper than {@link maxDepth}. */
export const isTooDeep = (text: string): boolean => {
  let depth = 0
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (isInString) {
      if (unit === 0x5c) at += 1 // a backslash hides what follows
      else if (unit === 0x22) isInString = false
    } else if (unit === 0x22) isInString = true
    else if (unit === 0x7b || unit === 0x5b) {
      depth += 1
      if (depth > maxDepth) return true
    } else if (unit === 0x7d || unit === 0x5d) depth -= 1
  }
  return false
}
