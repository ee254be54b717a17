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

  /** Writes a text behind the others, where it stays if it is kept. */
  private write(text: string): void {
    const room = this.used + 1 + text.length
    if (room > this.units.length) {
      const units = new Uint16Array(Math.max(2 * this.units.length, room))
      units.set(this.units)
      this.units = units
    }
    this.units[this.used] = text.length
    for (let at = 0; at < text.length; at++) this.units[this.used + 1 + at] = text.charCodeAt(at)
  }

  private endOf(begin: number): number {
    return begin + 1 + (this.units[begin] ?? 0)
  }

  /** Where the text that begins there is, or would be. */
  private slotOf(begin: number): number {
    const end = this.endOf(begin)
    let hash = 0x811c9dc5
    for (let at = begin + 1; at < end; at++) hash = Math.imul(hash ^ (this.units[at] ?? 0), 0x01000193)
    const mask = this.slots.length - 1
    let slot = (hash ^ (hash >>> 15)) & mask
    for (let known = this.slots[slot] ?? 0; known !== 0; known = this.slots[slot] ?? 0) {
      if (this.isSame(known - 1, begin, end - begin)) return slot
      slot = (slot + 1) & mask
    }
    return slot
  }

  private isSame(one: number, other: number, length: number): boolean {
    for (let at = 0; at < length; at++) if (this.units[one + at] !== this.units[other + at]) return false
    return true
  }

  has(text: string): boolean {
    this.write(text)
    return this.slots[this.slotOf(this.used)] !== 0
  }

  /** Adds a text; whether it is a new one. */
  add(text: string): boolean {
    if (2 * (this.count + 1) > this.slots.length) this.widen()
    this.write(text)
    const slot = this.slotOf(this.used)
    if (this.slots[slot] !== 0) return false
    this.slots[slot] = this.used + 1
    this.used = this.endOf(this.used)
    this.count += 1
    return true
  }

  private widen(): void {
    this.slots = new Int32Array(2 * this.slots.length)
    for (let begin = 0; begin < this.used; begin = this.endOf(begin)) this.slots[this.slotOf(begin)] = begin + 1
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
      if (young.count >= window) {
        const oldest = old
        oldest.clear()
        old = young
        young = oldest
      }
      return young.add(key) && (old.count === 0 || !old.has(key))
    },
  }
}
