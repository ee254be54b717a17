/** Comparison of secrets without telling by its duration where they differ. */

/** Whether two texts are equal. Takes as long as `given` is, whatever is in it. */
export const equals = (expected: string, given: string): boolean => {
  let difference = expected.length ^ given.length
  for (let index = 0; index < given.length; index += 1) {
    difference |= given.charCodeAt(index) ^ (expected.charCodeAt(index % Math.max(1, expected.length)) || 0)
  }
  return difference === 0
}
