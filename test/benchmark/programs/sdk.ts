// The same with the official SDK.
import { ManagementClient } from "authing-node-sdk"

const { GENAUTH_ACCESS_KEY_ID = "", GENAUTH_ACCESS_KEY_SECRET = "", GENAUTH_HOST = "" } = process.env
const client = new ManagementClient({
  accessKeyId: GENAUTH_ACCESS_KEY_ID,
  accessKeySecret: GENAUTH_ACCESS_KEY_SECRET,
  host: GENAUTH_HOST,
})
const { apiCode, message, requestId } = await client.kickUsers({
  appIds: ["<appId>"],
  userId: "<userId>",
})
process.stdout.write(apiCode === 2004 ? `${message}\n` : `offline, receipt ${requestId}\n`)
