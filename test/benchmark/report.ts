/** What was measured, as one object for machines and as a page for readers. */
import type { Bulk, Peak } from "./bulk.ts"
import { callers, generations, type Result, roundSeconds } from "./kicks.ts"
import type { Machine } from "./machine.ts"
import type { Comparison } from "./memory.ts"
import type { Frame, Profile } from "./profile.ts"
import type { Spread } from "./spread.ts"
import type { CliTimes, ImportTimes } from "./startup.ts"
import type { Phase } from "./throttle.ts"
import type { Footprint, Weight } from "./weight.ts"

/** Everything one run can measure; a part that was left out is absent. */
export interface Measured {
  readonly date: string
  readonly versions: Readonly<Record<string, string>>
  readonly machine: Machine
  readonly kicks?: ReadonlyArray<Result> | undefined
  readonly bulk?: Bulk | undefined
  readonly weight?: Weight | undefined
  readonly imports?: ImportTimes | undefined
  readonly cli?: CliTimes | undefined
  readonly memory?: ReadonlyArray<Comparison> | undefined
  readonly throttle?: ReadonlyArray<Phase> | undefined
  readonly profiles?: ReadonlyArray<readonly [string, Profile]> | undefined
}

/** How this library compares, each within one run and by medians. */
export interface Ratios {
  readonly cpuToFloor: number
  readonly cpuToFloorUntraced: number
  readonly cpuToTransport: number
  readonly transportToFloor: number
  readonly cpuToSdk: number
  readonly rpsToSdk: number
  readonly nodeTransportToFloor: number
  readonly nodeCpuToFloor: number
  readonly nodeCpuToSdk: number
  readonly nodeRpsToSdk: number
  readonly bulkToLoop: number
  readonly cliVersionToNode: number
  readonly importToNode: number
  readonly gzipToSdk: number
}

const kicksOf = (kicks: ReadonlyArray<Result>) => {
  const of = (name: Result["name"]): Result => {
    const result = kicks.find((each) => each.name === name)
    if (result === undefined) throw new Error(`${name} was not measured`)
    return result
  }
  const floor = of("floor").cpuPerKick.median
  const library = of("library")
  const onNode = of("libraryNode")
  const sdk = of("sdk")
  return {
    cpuToFloor: library.cpuPerKick.median / floor,
    cpuToFloorUntraced: of("untraced").cpuPerKick.median / floor,
    cpuToTransport: library.cpuPerKick.median / of("transport").cpuPerKick.median,
    transportToFloor: of("transport").cpuPerKick.median / floor,
    cpuToSdk: library.cpuPerKick.median / sdk.cpuPerKick.median,
    rpsToSdk: library.perSecond.median / sdk.perSecond.median,
    nodeTransportToFloor: of("nodeTransport").cpuPerKick.median / floor,
    nodeCpuToFloor: onNode.cpuPerKick.median / floor,
    nodeCpuToSdk: onNode.cpuPerKick.median / sdk.cpuPerKick.median,
    nodeRpsToSdk: onNode.perSecond.median / sdk.perSecond.median,
  }
}

/** The ratios of whatever was measured. */
export const ratios = ({ bulk, cli, imports, kicks, weight }: Measured): Partial<Ratios> => ({
  ...(kicks && kicksOf(kicks)),
  ...(bulk && { bulkToLoop: bulk.all.median / bulk.loop.median }),
  ...(cli && { cliVersionToNode: cli.version.median / cli.nothing.median }),
  ...(imports && { importToNode: imports.library.median / imports.nothing.median }),
  ...(weight && { gzipToSdk: weight.bundles.readme / weight.bundles.sdk }),
})

// From the shortest run to the longest, in MiB.
const growth = (peaks: ReadonlyArray<Peak>): number =>
  (peaks.at(-1)?.mebibytes ?? Number.NaN) - (peaks[0]?.mebibytes ?? Number.NaN)

/** The figures with a unit. */
export const absolute = ({ bulk, kicks, memory, weight }: Measured): Readonly<Record<string, number>> => ({
  ...(bulk && {
    rssGrowthMiB: growth(bulk.peakRss),
    rssGrowthByDefaultMiB: growth(bulk.peakRssByDefault),
    rssGrowthOfFloorMiB: growth(bulk.peakRssOfFloor),
    bulkUsersPerSecond: bulk.all.median,
  }),
  ...(memory && { cliRssGrowthMiB: Math.max(...memory.map(({ few, many }) => many - few)) }),
  ...(weight && {
    gzipKB: weight.bundles.readme,
    gzipThroughRootsKB: weight.bundles.throughRoots,
    gzipOnUndiciKB: weight.bundles.onUndici,
    sdkGzipKB: weight.bundles.sdk,
    installedMiB: weight.installed.onUndici.mebibytes,
    installedPackages: weight.installed.onUndici.packages,
    sdkInstalledMiB: weight.installed.sdk.mebibytes,
    sdkInstalledPackages: weight.installed.sdk.packages,
  }),
  ...Object.fromEntries(
    (kicks ?? []).flatMap(({ cpuPerKick, name, peakRssMiB }) => [
      [`${name}CpuMicros`, cpuPerKick.median],
      [`${name}PeakRssMiB`, peakRssMiB],
    ]),
  ),
})

const row = (...cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [row(...head), row(...head.map(() => "---")), ...rows.map((cells) => row(...cells))].join("\n")

const whole = (value: number): string => Math.round(value).toLocaleString("en-US")
const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
const spreadOf = (spread: Spread, digits: number): string =>
  `${spread.median.toFixed(digits)} (${spread.min.toFixed(digits)} to ${spread.max.toFixed(digits)})`

interface Target {
  readonly ratio: keyof Ratios
  readonly title: string
  readonly atMost?: number
  readonly atLeast?: number
}

const targets: ReadonlyArray<Target> = [
  { ratio: "cpuToFloor", title: "CPU per kick as shipped on undici, to raw undici signed by hand", atMost: 1.6 },
  { ratio: "cpuToFloorUntraced", title: "the same with tracing disabled", atMost: 1.4 },
  { ratio: "cpuToSdk", title: "CPU per kick as shipped on undici, to authing-node-sdk", atMost: 0.38 },
  { ratio: "rpsToSdk", title: "kicks per second as shipped on undici, to authing-node-sdk", atLeast: 2.8 },
  { ratio: "transportToFloor", title: "CPU per kick of UndiciHttpClient alone, to raw undici signed by hand" },
  { ratio: "cpuToTransport", title: "CPU per kick as shipped on undici, to UndiciHttpClient alone" },
  {
    ratio: "nodeTransportToFloor",
    title: "CPU per kick of Effect's NodeHttpClient alone, to raw undici signed by hand",
  },
  { ratio: "nodeCpuToFloor", title: "CPU per kick on Effect's NodeHttpClient, to raw undici signed by hand" },
  { ratio: "nodeCpuToSdk", title: "CPU per kick on Effect's NodeHttpClient, to authing-node-sdk" },
  { ratio: "nodeRpsToSdk", title: "kicks per second on Effect's NodeHttpClient, to authing-node-sdk" },
  { ratio: "bulkToLoop", title: "users per second of `Kick.all`, to the plain loop over `kickUsers`", atLeast: 0.85 },
  { ratio: "cliVersionToNode", title: "`genauth-kick --version`, to `node -e 0`", atMost: 5 },
  { ratio: "importToNode", title: "a process that imports `@genauth-effect/client`, to `node -e 0`" },
  { ratio: "gzipToSdk", title: "bundle of the README's first program, to one with authing-node-sdk" },
]

const verdict = ({ atLeast, atMost }: Target, value: number): string => {
  if (atMost !== undefined) return `at most ${atMost}${value <= atMost ? "" : ": **missed**"}`
  if (atLeast !== undefined) return `at least ${atLeast}${value >= atLeast ? "" : ": **missed**"}`
  return "none"
}

const ratioSection = (measured: Partial<Ratios>): string =>
  table(
    ["ratio", "measured", "target"],
    targets.flatMap((target) => {
      const value = measured[target.ratio]
      return value === undefined ? [] : [[target.title, value.toFixed(2), verdict(target, value)]]
    }),
  )

const kickSection = (kicks: ReadonlyArray<Result>): string => {
  const floor = kicks[0]?.cpuPerKick.median ?? Number.NaN
  return `## One kick

${callers} callers, each kicking again as soon as it is answered: 50 app ids, signed, the answer decoded. Medians over
${kicks[0]?.rounds.length ?? 0} interleaved rounds of ${roundSeconds} s in ${generations} processes for each contender; least and most in brackets.

${table(
  ["contender", "CPU µs per kick", "to the floor", "kicks per second", "peak RSS in MiB"],
  kicks.map(({ cpuPerKick, peakRssMiB, perSecond, title }) => [
    title,
    spreadOf(cpuPerKick, 1),
    (cpuPerKick.median / floor).toFixed(2),
    whole(perSecond.median),
    whole(peakRssMiB),
  ]),
)}
`
}

const bulkSection = (bulk: Bulk): string => `## Thousands of users

${whole(bulk.users)} users through \`Kick.all\`, ${callers} at a time, beside ${callers} callers of \`kickUsers\`; medians of
${bulk.rounds} interleaved rounds in ${bulk.generations} processes for each, least and most in brackets.

${table(
  ["way", "users per second"],
  [
    ["`Kick.all`", spreadOf(bulk.all, 0)],
    ["the plain loop", spreadOf(bulk.loop, 0)],
  ],
)}

Peak RSS in MiB of processes of their own. V8 lets the heap of any program that allocates grow by more than what is kept,
raw undici's too; the small heap is \`--max-semi-space-size=4 --heap-growing-percent=100\`.

${table(
  ["way", "users", "peak RSS in MiB"],
  [
    ...peakRows("`Kick.all`, small heap", bulk.peakRss),
    ...peakRows("`Kick.all`, V8's defaults", bulk.peakRssByDefault),
    ...peakRows("raw undici signed by hand, V8's defaults", bulk.peakRssOfFloor),
  ],
)}

From the shortest to the longest \`Kick.all\` grows by ${whole(growth(bulk.peakRss))} MiB with the small heap (at most
64${growth(bulk.peakRss) <= 64 ? "" : ": **missed**"}), by ${whole(growth(bulk.peakRssByDefault))} MiB with the defaults, and raw undici by ${whole(growth(bulk.peakRssOfFloor))} MiB.
`

const peakRows = (way: string, peaks: ReadonlyArray<Peak>): ReadonlyArray<ReadonlyArray<string>> =>
  peaks.map(({ mebibytes, users }) => [way, whole(users), whole(mebibytes)])

const memorySection = (comparisons: ReadonlyArray<Comparison>): string => `## Memory of the command

Peak RSS in MiB of whole processes, for a list of 1,000 users and for a long one.

${table(
  ["command", "1,000 users", "long list", "MiB", "growth"],
  comparisons.map(({ few, many, title, users }) => [
    title,
    whole(few),
    `${whole(users)} users`,
    whole(many),
    `${whole(many - few)} (at most 96${many - few <= 96 ? "" : ": **missed**"})`,
  ]),
)}
`

const throttleSection = (phases: ReadonlyArray<Phase>): string => `## A limit that nobody tells

${callers} callers without pause against a token bucket with a burst of 20, which answers 429 in the envelope and sends no
Retry-After. The limit was 200 per second, then 100, then 200 again.

${table(
  ["phase", "limit per second", "used", "refused"],
  phases.map(({ perSecond, refused, title, used }) => [title, whole(perSecond), percent(used), percent(refused)]),
)}
`

const weightSection = ({ bundles, installed }: Weight): string => `## Weight

One file with everything in it, by esbuild, minified, after gzip:

${table(
  ["program", "kB"],
  [
    [
      "the README's first program",
      `${bundles.readme.toFixed(1)} (at most 70${bundles.readme <= 70 ? "" : ": **missed**"})`,
    ],
    ["the same importing the packages' roots, with `layerEnv`", bundles.throughRoots.toFixed(1)],
    ["the same on undici", bundles.onUndici.toFixed(1)],
    ["one with authing-node-sdk", bundles.sdk.toFixed(1)],
  ],
)}

${table(
  ["installed", "packages", "MiB"],
  [
    ["`@genauth-effect/client`, `effect`", ...footprint(installed.onFetch)],
    ["the same and `@genauth-effect/undici`", ...footprint(installed.onUndici)],
    ["`authing-node-sdk`", ...footprint(installed.sdk)],
  ],
)}
`

const footprint = ({ mebibytes, packages }: Footprint): ReadonlyArray<string> => [whole(packages), mebibytes.toFixed(1)]

const processTable = (nothing: Spread, processes: ReadonlyArray<readonly [string, Spread]>): string =>
  table(
    ["process", "ms", "to `node -e 0`"],
    processes.map(([title, spread]) => [title, spreadOf(spread, 0), (spread.median / nothing.median).toFixed(2)]),
  )

const importSection = ({ library, nothing, sdk }: ImportTimes): string => `## Import

Whole processes, medians of interleaved runs.

${processTable(nothing, [
  ["`node -e 0`", nothing],
  ["importing `@genauth-effect/client`", library],
  ["importing `authing-node-sdk`", sdk],
])}
`

const cliSection = ({ help, nothing, version }: CliTimes): string => `## Command line

${processTable(nothing, [
  ["`node -e 0`", nothing],
  ["`genauth-kick --version`", version],
  ["`genauth-kick --help`", help],
])}
`

const frames = (all: ReadonlyArray<Frame>): string =>
  all.map(({ share, where }) => `${percent(share).padStart(7)}  ${where}`).join("\n")

const profileSection = (profiles: ReadonlyArray<readonly [string, Profile]>): string => `## Where the time goes

Samples of \`node --cpu-prof\`, self time. "runtime" is V8 and system calls, "node" Node's own JavaScript.
${profiles
  .map(
    ([title, profile]) => `
${title}:

\`\`\`
${frames(profile.packages)}

${frames(profile.frames)}
\`\`\`
`,
  )
  .join("")}`

const shape = ({ cores, cpu, isPinned, memoryGiB, system }: Machine): string =>
  `${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}; ${isPinned ? "server and client on a core each" : "no cores assigned"}`

/** The page. */
export const markdown = (measured: Measured): string => {
  const { bulk, cli, date, imports, kicks, machine, memory, profiles, throttle, versions, weight } = measured
  const sections = [
    kicks && kickSection(kicks),
    bulk && bulkSection(bulk),
    throttle && throttleSection(throttle),
    weight && weightSection(weight),
    imports && importSection(imports),
    cli && cliSection(cli),
    memory && memorySection(memory),
    profiles && profileSection(profiles),
  ]
  return `# Benchmarks

Written by \`npm run bench\` on ${date}. Ratios compare within one run; the figures behind them are this machine's own:
${shape(machine)}.

${ratioSection(ratios(measured))}

[benchmark-notes.md](benchmark-notes.md) says what stands between a kick and the floor.

${sections.filter((section) => section !== undefined).join("\n")}
## Versions

${table(
  ["package", "version"],
  Object.entries(versions).map(([name, version]) => [name, version]),
)}
`
}
