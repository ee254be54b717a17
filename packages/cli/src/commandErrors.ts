/** What is known of the errors of the command itself, for `genauth-kick explain`. */

/** One error of the command. */
export interface CommandError {
  readonly name: string
  readonly meaning: string
  readonly retry: string
  readonly remedy: string
}

/** All of them. */
export const commandErrors: ReadonlyArray<CommandError> = [
  {
    name: "BadLine",
    meaning: "a line of the input could not be read, and nobody was kicked for it",
    retry: "no",
    remedy: "Correct the line and run the command again with --resume.",
  },
  {
    name: "UsageError",
    meaning: "the command line does not make sense, or the input or the report cannot be used; exit code 2",
    retry: "no",
    remedy: "Do as the message says; see genauth-kick <command> --help.",
  },
  {
    name: "ConfigurationError",
    meaning: "a GENAUTH_ variable or the file of --env-file or --secret-file is missing or cannot be used; exit code 3",
    retry: "no",
    remedy: "Correct what the message names, then run genauth-kick doctor.",
  },
  {
    name: "ReportFailed",
    meaning: "the report could not be written or was removed, so the run ended; exit code 1",
    retry: "no",
    remedy: "Make room or choose another place, then go on with --resume; who is not in the report is kicked again.",
  },
  {
    name: "Interrupted",
    meaning: "a signal ended the run, or its output was no longer read; what was in flight was finished; exit code 130",
    retry: "no",
    remedy: "Go on with --resume if the run had a report.",
  },
]
