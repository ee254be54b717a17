import axios from "axios"
import { callersOf, type Contender } from "../job.ts"
import { confirm, path, signed } from "./byHand.ts"

/** axios on node:http, with the keep-alive that Node has by default. */
export const open = (origin: string): Contender => ({
  run: callersOf(async (userId) => {
    const { body, headers } = signed(userId)
    const { data } = await axios.post(origin + path, body, { headers })
    confirm(data)
  }),
  close: () => Promise.resolve(),
})
