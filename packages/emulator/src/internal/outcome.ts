/** What an operation answers: a payload, or codes. */

/** A failure in the service's own terms. */
export interface Refusal {
  readonly statusCode: number
  readonly apiCode?: number
  /** What it is about: the name of a field, for one. */
  readonly detail?: string
}

/** What an operation answers. */
export type Outcome = { readonly data: unknown } | Refusal

/** A parameter has a wrong form. */
export const badArgument = (detail: string): Refusal => ({ statusCode: 400, detail })

/** Whether the operation was carried out. */
export const isSuccess = (outcome: Outcome): outcome is { readonly data: unknown } => "data" in outcome
