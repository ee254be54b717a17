/** The last so many of a sequence, in bounded memory. */

/** Keeps up to `limit` values. */
export const make = <A>(limit: number) => {
  let values: Array<A> = []
  let start = 0
  return {
    push: (value: A): void => {
      if (limit < 1) return
      values.push(value)
      if (values.length - start > limit) start += 1
      // Cutting off the old half at once, instead of one by one, makes a push cheap on average.
      if (start > limit) {
        values = values.slice(start)
        start = 0
      }
    },
    /** From the oldest to the newest. */
    all: (): ReadonlyArray<A> => values.slice(start),
    clear: (): void => {
      values = []
      start = 0
    },
  }
}
