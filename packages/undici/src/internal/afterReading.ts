import { setImmediate } from "node:timers"

/**
 * Puts callbacks off until the event loop has read what has arrived, and runs them one after the other.
 *
 * An answer ends inside undici's parser, and one parser at a time may run in a process: a caller that went on there and
 * read from another of undici's answers would break that one (`assert(currentParser === null)` in its client-h1.js).
 * A microtask would be late enough. But what callers do with answers is a lot of code, as is reading them, and taking
 * turns with each answer costs a tenth of the time of a kick.
 */
export const afterReading = (): ((callback: () => void) => void) => {
  let waiting: Array<() => void> = []
  const run = (): void => {
    const due = waiting
    waiting = []
    let next = 0
    try {
      while (next < due.length) due[next++]?.()
    } finally {
      // One that throws, which an observer of a fiber may, keeps no other from being run.
      if (next < due.length) {
        waiting = [...due.slice(next), ...waiting]
        setImmediate(run)
      }
    }
  }
  return (callback) => {
    if (waiting.push(callback) === 1) setImmediate(run)
  }
}
