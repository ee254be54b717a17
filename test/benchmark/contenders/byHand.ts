/** What a caller without a library writes: a signed request, and a look at the answer. */
import { createHmac, randomUUID } from "node:crypto"
import { accessKeyId, accessKeySecret, appIds } from "../job.ts"

export const path = "/api/v3/kick-users"

/** The headers and the body of a signed request. */
export const signed = (userId: string): { readonly headers: Record<string, string>; readonly body: string } => {
  const nonce = randomUUID()
  const date = new Date().toUTCString()
  const ids = JSON.stringify(appIds)
  const stringToSign = `POST
date:${date}
x-authing-sdk-version:by-hand:1
x-authing-signature-method:HMAC-SHA1
x-authing-signature-nonce:${nonce}
x-authing-signature-version:1.0
${path}?appIds=${ids}&userId=${userId}`
  const signature = createHmac("sha1", accessKeySecret).update(stringToSign).digest("base64")
  return {
    headers: {
      accept: "application/json",
      "content-type": "application/json",
      "user-agent": "by-hand/1",
      "x-authing-sdk-version": "by-hand:1",
      "x-authing-signature-method": "HMAC-SHA1",
      "x-authing-signature-nonce": nonce,
      "x-authing-signature-version": "1.0",
      date,
      authorization: `authing ${accessKeyId}:${signature}`,
    },
    body: `{"appIds":${ids},"userId":${JSON.stringify(userId)}}`,
  }
}

interface Answer {
  readonly statusCode?: unknown
  readonly data?: { readonly success?: unknown } | null
}

/** The least a caller must look at. */
export const confirm = (answer: Answer): void => {
  if (answer.statusCode !== 200 || answer.data?.success !== true) throw new Error("not kicked")
}

/** The documented limits of a request, by hand. */
export const checkRequest = (ids: ReadonlyArray<unknown>, userId: unknown): void => {
  if (!Array.isArray(ids) || ids.length < 1 || ids.length > 50) throw new Error("appIds: 1 to 50")
  for (const id of ids) if (typeof id !== "string" || id === "") throw new Error("appIds[]: a non-empty text")
  if (typeof userId !== "string" || userId === "") throw new Error("userId: a non-empty text")
}

/** The documented fields of an answer, by hand. */
export const checkAnswer = (httpStatus: number, answer: unknown): void => {
  if (httpStatus < 200 || httpStatus > 299) throw new Error(`HTTP ${httpStatus}`)
  if (typeof answer !== "object" || answer === null) throw new Error("not an object")
  if (!("statusCode" in answer) || typeof answer.statusCode !== "number") throw new Error("statusCode: a number")
  if (!("message" in answer) || typeof answer.message !== "string") throw new Error("message: a text")
  if ("requestId" in answer && typeof answer.requestId !== "string") throw new Error("requestId: a text")
  if (answer.statusCode !== 200) throw new Error(`statusCode ${answer.statusCode}`)
  if (!("data" in answer) || typeof answer.data !== "object" || answer.data === null) throw new Error("data: an object")
  if (!("success" in answer.data) || answer.data.success !== true) throw new Error("success: false")
}
