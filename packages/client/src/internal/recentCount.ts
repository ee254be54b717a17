const bucketMillis = 100
const buckets = 11

/** How many there were of late, in buckets of 100 ms. */
export class RecentCount {
  private readonly counts = Array.from({ length: buckets }, () => 0)
  private at = 0

  private rotate(now: number): void {
    const bucket = Math.floor(now / bucketMillis)
    for (let each = Math.max(this.at + 1, bucket - buckets + 1); each <= bucket; each++) this.counts[each % buckets] = 0
    this.at = Math.max(this.at, bucket)
  }

  add(now: number): void {
    this.rotate(now)
    const bucket = this.at % buckets
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1
  }

  /** In the last second and what has passed of the present tenth. */
  sum(now: number): number {
    this.rotate(now)
    return this.counts.reduce((total, each) => total + each, 0)
  }

  /** A second's worth, by the last `tenths` that are over; by the present one where there were none in those. */
  perSecond(now: number, tenths: number, since: number): number {
    this.rotate(now)
    let total = 0
    for (let ago = 1; ago <= tenths; ago++) total += this.counts[(this.at - ago + buckets) % buckets] ?? 0
    if (total === 0) total = this.counts[this.at % buckets] ?? 0
    return (total * 1000) / Math.min(tenths * bucketMillis, Math.max(bucketMillis, now - since))
  }
}
