/** Switches on the command line as it was typed, read as `effect/cli` reads them. */

const on: ReadonlySet<string> = new Set(["true", "yes", "on", "1", "y"])
const off: ReadonlySet<string> = new Set(["false", "no", "off", "0", "n"])

/** The arguments among which flags are: behind `--` there are none. */
export const flagsOf = (args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const end = args.indexOf("--")
  return end === -1 ? args : args.slice(0, end)
}

/** Whether a switch is on: `--json`, `--json=yes`, `--json yes`. */
export const isSwitchedOn = (args: ReadonlyArray<string>, name: string): boolean =>
  flagsOf(args).some((argument, at, flags) =>
    argument === `--${name}`
      ? !off.has(flags[at + 1] ?? "")
      : argument.startsWith(`--${name}=`) && on.has(argument.slice(name.length + 3)),
  )

/** Flags without a switch, however it was said and whether it was on or off. */
export const withoutSwitch = (flags: ReadonlyArray<string>, name: string): ReadonlyArray<string> =>
  flags.filter((argument, at) => {
    const isValue = flags[at - 1] === `--${name}` && (on.has(argument) || off.has(argument))
    return !isValue && ![`--${name}`, `--no-${name}`].includes(argument) && !argument.startsWith(`--${name}=`)
  })
