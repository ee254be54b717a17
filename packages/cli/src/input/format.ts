/** How a list of users may be written. */

/** The formats. */
export const formats = ["csv", "ndjson", "lines"] as const

/** One of {@link formats}. */
export type Format = (typeof formats)[number]

/** The format by the name of a file. */
export const formatOf = (file: string): Format =>
  /\.(csv|tsv)$/i.test(file) ? "csv" : /\.(ndjson|jsonl)$/i.test(file) ? "ndjson" : "lines"
