/** The time in the date header of a signature. */

// RFC 9110, 5.6.7: the form that is sent, and the two obsolete ones that are still to be read.
const rfc850 = /^(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d:\d\d:\d\d) GMT$/
const asctime = /^([A-Z][a-z]{2}) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) (\d{4})$/

// The same moment in the form that is sent. Two digits of a year leave the century open; the weekday settles it.
const candidates = (text: string): ReadonlyArray<string> => {
  const [, weekday, day, month, year, time] = rfc850.exec(text) ?? []
  if (weekday !== undefined) {
    return ["20", "19"].map((century) => `${weekday.slice(0, 3)}, ${day} ${month} ${century}${year} ${time} GMT`)
  }
  const [, name, monthName, dayOfMonth = "", clock, fullYear] = asctime.exec(text) ?? []
  return name === undefined
    ? [text]
    : [`${name}, ${dayOfMonth.replace(" ", "0")} ${monthName} ${fullYear} ${clock} GMT`]
}

/**
 * Unix milliseconds, as the text of 1303 asks for, or an HTTP date, as the official Node SDKs send; `undefined` for
 * anything else.
 */
export const parse = (text: string): number | undefined => {
  if (/^\d{1,16}$/.test(text)) return Number(text)
  for (const date of candidates(text)) {
    // Date.parse takes nearly anything with a digit in it. What it reads correctly, and nothing else, comes back as it was.
    const time = Date.parse(date)
    if (!Number.isNaN(time) && new Date(time).toUTCString() === date) return time
  }
  return undefined
}
