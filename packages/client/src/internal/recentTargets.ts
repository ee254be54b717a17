/**
 * The targets seen lately, to handle each once. Exact, so that no user is ever taken for another; bounded, so that a
 * duplicate further back than the window is handled again, which is harmless.
 *
 * Keys lie in typed arrays: as strings, a million of them would live just long enough to fill the old generation.
 */
export interface RecentTargets {
  /** Whether `key` is new; remembers it. */
  readonly isNew: (key: string) => boolean
}

// Keys longer than this are not remembered: a few of them would take the room of thousands.
const maxKeyLength = 1024
const smallest = 1024
const averageKeyLength = 32

/** Texts in a table of open addressing: `slots` holds where in `units` a text begins, plus one; its length is first. */
class Texts {
  private units = new Uint16Array(smallest * averageKeyLength)
  private slots = new Int32Array(2 * smallest)
  private used = 0
  count = 0

  private slotOf(text: string): number {
    let hash = 0x811c9dc5
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
    const mask = this.slots.length - 1
    let slot = (hash ^ (hash >>> 15)) & mask
    for (let begin = this.slots[slot] ?? 0; begin !== 0; begin = this.slots[slot] ?? 0) {
      if (this.isAt(begin - 1, text)) return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  private isAt(begin: number, text: string): boolean {
    if (this.units[begin] !== text.length) return false
    for (let at = 0; at < text.length; at++) {
      if (this.units[begin + 1 + at] !== text.charCodeAt(at)) return false
    }
    return true
  }

  has(text: string): boolean {
    return this.slots[this.slotOf(text)] !== 0
  }

  add(text: string): void {
    if (2 * (this.count + 1) > this.slots.length) this.widen()
    const room = this.used + 1 + text.length
    if (room > this.units.length) {
      const units = new Uint16Array(Math.max(2 * this.units.length, room))
      units.set(this.units)
      this.units = units
    }
    this.slots[this.slotOf(text)] = this.used + 1
    this.units[this.used] = text.length
    for (let at = 0; at < text.length; at++) this.units[this.used + 1 + at] = text.charCodeAt(at)
    this.used = room
    this.count += 1
  }

  private widen(): void {
    this.slots = new Int32Array(2 * this.slots.length)
    for (let begin = 0; begin < this.used; begin += 1 + (this.units[begin] ?? 0)) {
      const length = this.units[begin] ?? 0
      const text = String.fromCharCode(...this.units.subarray(begin + 1, begin + 1 + length))
      this.slots[this.slotOf(text)] = begin + 1
    }
  }

  clear(): void {
    this.slots.fill(0)
    this.used = 0
    this.count = 0
  }
}

/** Remembers at least the last `window` different keys, at most twice as many. */
export const make = (window: number): RecentTargets => {
  let young = new Texts()
  let old = new Texts()
  return {
    isNew: (key) => {
      if (key.length > maxKeyLength) return true
      if (young.has(key)) return false
      const isKnown = old.has(key)
      if (young.count >= window) {
        const oldest = old
        oldest.clear()
        old = young
        young = oldest
      }
      young.add(key)
      return !isKnown
    },
  }
}
