/** The parameters of a request as an object: the body of a POST, the query of a GET. */
import * as Nesting from "./nesting.ts"

const isNumeric = (text: string): boolean => text !== "" && String(Number(text)) === text

/**
 * The readings of a query, likeliest first. The official SDKs send an array as `a[]=1&a[]=2` but sign it as JSON, so
 * that it cannot be seen on the wire whether its entries were texts or numbers: both readings are tried.
 */
export const readingsOfQuery = (query: string): ReadonlyArray<Readonly<Record<string, unknown>>> => {
  const plain = new Map<string, string>()
  const arrays = new Map<string, Array<string>>()
  for (const [name, value] of new URLSearchParams(query)) {
    if (!name.endsWith("[]")) {
      plain.set(name, value)
      continue
    }
    const array = arrays.get(name.slice(0, -2)) ?? []
    array.push(value)
    arrays.set(name.slice(0, -2), array)
  }
  const texts = Object.fromEntries<unknown>([...plain, ...arrays])
  if (![...arrays.values()].some((array) => array.every(isNumeric))) return [texts]
  const numbers = [...arrays].map(([name, array]) => [name, array.every(isNumeric) ? array.map(Number) : array])
  return [texts, { ...texts, ...Object.fromEntries(numbers) }]
}

/** The body of a POST; `undefined` when it is no JSON object, or one that is nested too deeply to be read. */
export const objectOfBody = (body: string): object | undefined => {
  if (Nesting.isTooDeep(body)) return undefined
  try {
    const json: unknown = JSON.parse(body)
    return typeof json === "object" && json !== null && !Array.isArray(json) ? json : undefined
  } catch {
    return undefined
  }
}

/** An own property; a polluted prototype is not a parameter. */
export const field = (params: unknown, name: string): unknown =>
  typeof params === "object" && params !== null ? Object.getOwnPropertyDescriptor(params, name)?.value : undefined

/** An object, `{}` where there is none; `undefined` for anything else. The Python SDK sends null for what is not given. */
export const objectField = (params: unknown, name: string): object | undefined => {
  const value = field(params, name) ?? {}
  return typeof value === "object" && !Array.isArray(value) ? value : undefined
}

/** Whether something is asked for: true in a body, the word in a query, which Python's requests write "True". */
export const flagField = (params: unknown, name: string): boolean => {
  const value = field(params, name)
  return value === true || (typeof value === "string" && value.toLowerCase() === "true")
}

/** A text that is not empty. */
export const textField = (params: unknown, name: string): string | undefined => {
  const value = field(params, name)
  return typeof value === "string" && value !== "" ? value : undefined
}
