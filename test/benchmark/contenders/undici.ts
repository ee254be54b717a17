import { Agent } from "undici"
import { appIds, callersOf, type Contender } from "../job.ts"
import { checkAnswer, checkRequest, confirm, path, signed } from "./byHand.ts"

/** undici's own request function, without and with checks by hand. */
export const open = (origin: string, isChecked: boolean): Contender => {
  const dispatcher = new Agent()
  const send = (userId: string) => dispatcher.request({ origin, path, method: "POST", ...signed(userId) })
  const plain = async (userId: string): Promise<void> => {
    const { body } = await send(userId)
    confirm(JSON.parse(await body.text()))
  }
  const checked = async (userId: string): Promise<void> => {
    checkRequest(appIds, userId)
    const { body, statusCode } = await send(userId)
    checkAnswer(statusCode, JSON.parse(await body.text()))
  }
  return { run: callersOf(isChecked ? checked : plain), close: () => dispatcher.close() }
}
