import * as ManagementClient from "@genauth-effect/client/ManagementClient"
import * as Redacted from "effect/Redacted"
import { accessKeyId, accessKeySecret } from "../job.ts"

/** The library's client as shipped: nothing is set but where and with which key. */
export const layer = (host: string) =>
  ManagementClient.layer({ brand: "authing", accessKeyId, accessKeySecret: Redacted.make(accessKeySecret), host })
