/** Which character parts the cells of a CSV file. */

/** Those that are tried where the file names none. */
export const delimiters = [",", ";", "\t", "|"] as const

/** The delimiter of a header line: the one that is there most often outside quotes. */
export const delimiterOf = (header: string): string => {
  const bare = header.replaceAll(/"[^"]*"/g, "")
  const count = (delimiter: string) => bare.split(delimiter).length
  return delimiters.reduce((best, next) => (count(next) > count(best) ? next : best))
}

/** Excel's first line that names the delimiter: sep=; */
export const namedDelimiter = (text: string | undefined): string | undefined =>
  /^"?sep=([^" ])"?$/i.exec(text ?? "")?.[1]
