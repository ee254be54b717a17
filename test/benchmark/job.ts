/** Something that can kick. */
export interface Contender {
  /** Kicks with that many callers until then, on the clock of `performance.now`; says how many kicks succeeded. */
  readonly run: (callers: number, until: number) => Promise<number>
  readonly close: () => Promise<void>
}

let users = 0

/** Another user for every kick. */
export const nextUserId = (): string => `6218${(users++).toString(16).padStart(20, "0")}`

/** The most application ids that one kick takes. */
export const appIds: ReadonlyArray<string> = Array.from(
  { length: 50 },
  (_, index) => `62188e71c0de0000000${index.toString(16).padStart(5, "0")}`,
)

export const accessKeyId = "64c0ffee0000000000000001"
export const accessKeySecret = "an-example-secret-of-no-value"

/** Callers in the world of promises: each kicks again as soon as its last kick is answered. */
export const callersOf =
  (kick: (userId: string) => Promise<void>): Contender["run"] =>
  async (callers, until) => {
    let kicks = 0
    const caller = async (): Promise<void> => {
      do {
        await kick(nextUserId())
        kicks += 1
      } while (performance.now() < until)
    }
    await Promise.all(Array.from({ length: callers }, caller))
    return kicks
  }
