/** Numbers in line: each has its turn when so many have been let pass. */
export interface Line {
  /** The next number, where `passed` have been let pass by now. */
  readonly take: (passed: number) => number
  /** A number that is not used. It goes to the next who asks, as long as its turn is not over. */
  readonly giveBack: (number: number) => void
}

/** A line that nobody waits in yet. After a pause, `together` may pass at once. */
export const make = (together: number): Line => {
  let last = Number.NEGATIVE_INFINITY
  // In ascending order.
  const returned: Array<number> = []
  return {
    take: (passed) => {
      const oldest = passed - (together - 1)
      while (returned[0] !== undefined && returned[0] < oldest) returned.shift()
      const again = returned.shift()
      if (again !== undefined) return again
      last = Math.max(last + 1, oldest)
      return last
    },
    giveBack: (number) => {
      if (number !== last) {
        const at = returned.findLastIndex((other) => other < number)
        returned.splice(at + 1, 0, number)
        return
      }
      last -= 1
      while (returned.at(-1) === last) {
        returned.pop()
        last -= 1
      }
    },
  }
}
