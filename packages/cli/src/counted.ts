/** Numbers with their nouns. */

/** 1 user, 2,000 users. */
export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`

/** is for one, are for others. */
export const areOf = (count: number): "is" | "are" => (count === 1 ? "is" : "are")
