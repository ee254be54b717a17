/** What the bundle has of undici: all that UndiciHttpClient asks of it. */
import Agent from "undici/lib/dispatcher/agent.js"

const FormData = globalThis.FormData

export { Agent, FormData }
