/** The system's word for a failure, such as `ENOENT`. A word, never a message: those may hold anything. */
export const systemCodeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "failed"
