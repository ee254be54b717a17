// Of a date; a text of any length would take its time.
const longestDate = 100

/** The time of an HTTP date header in Unix milliseconds; `undefined` where it is absent or no date. */
export const parseHttpDate = (text: string | undefined): number | undefined => {
  // Date.parse also takes "7" and other fragments; an HTTP date always names its month and ends in GMT or UTC.
  if (text === undefined || text.length > longestDate || !/[A-Za-z]{3}.*(GMT|UTC)$/.test(text.trim())) return undefined
  const time = Date.parse(text)
  return Number.isNaN(time) ? undefined : time
}

// In seconds. Numbers are sent that are no time at all; this one is long enough to mean "not in our life".
const longest = 1e9

/** A Retry-After header, seconds or an HTTP date, as milliseconds from `now`; `undefined` where it says neither. */
export const parseRetryAfter = (text: string | undefined, now: number): number | undefined => {
  if (text === undefined) return undefined
  if (/^\s*\d+\s*$/.test(text)) return Math.min(Number(text), longest) * 1000
  const at = parseHttpDate(text)
  return at === undefined ? undefined : Math.max(0, at - now)
}
