/** Says how a request ends that is never answered. Its own timer does not keep a program from ending. */
import { EmulatorFetch, Seed } from "@genauth-effect/emulator"

const { fetch } = EmulatorFetch.make(Seed.example, { faults: { rules: [{ fault: { kind: "silence" } }] } })
try {
  await fetch("http://emulated/x", { signal: AbortSignal.timeout(50) })
} catch (error) {
  process.stdout.write(error instanceof Error ? error.name : String(error))
}
