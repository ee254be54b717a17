import { ManagementClient } from "authing-node-sdk"
import { accessKeyId, accessKeySecret, appIds, callersOf, type Contender } from "../job.ts"
import { confirm } from "./byHand.ts"

/** The official SDK. */
export const open = (host: string): Contender => {
  const client = new ManagementClient({ accessKeyId, accessKeySecret, host })
  return {
    run: callersOf(async (userId) => confirm(await client.kickUsers({ appIds: [...appIds], userId }))),
    close: () => Promise.resolve(),
  }
}
