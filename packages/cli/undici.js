/** What the bundle has of undici: all that Effect's `layerUndici` asks of it. */
import request from "undici/lib/api/api-request.js"
import Agent from "undici/lib/dispatcher/agent.js"
import Dispatcher from "undici/lib/dispatcher/dispatcher.js"

// As the root of undici does with all of its ways to make a request.
Object.assign(Dispatcher.prototype, { request })

const FormData = globalThis.FormData

export { Agent, Dispatcher, FormData }
export default { Agent, Dispatcher, FormData }
