/** The texts of answers in the service's two languages. Free text: nobody may rely on it, so it is kept short. */
import * as ApiCode from "@genauth-effect/protocol/ApiCode"
import * as Brand from "@genauth-effect/protocol/Brand"
import * as StatusCode from "@genauth-effect/protocol/StatusCode"

/** A language of the service. */
export type Lang = "zh-CN" | "en-US"

/** The language a request asks for. Python sends an empty header when none is set; that is the default too. */
export const langOf = (headers: Readonly<Record<string, string | undefined>>): Lang =>
  Brand.brands.some((brand) => headers[Brand.profiles[brand].langHeader] === "en-US") ? "en-US" : "zh-CN"

const chineseApiCodes: Readonly<Record<number, string>> = {
  1000: "系统繁忙",
  1001: "无权限执行此项操作",
  1300: "签名不合法",
  1301: "签名方式不匹配",
  1302: "签名版本不匹配",
  1303: "时间戳格式不正确",
  1304: "没有 date 请求头",
  1305: "时间戳相差较大",
  1306: "签名已经被消费过",
  2004: "用户未找到",
  2005: "用户已锁定",
  2011: "应用不存在",
  2020: "尚未登录",
  2036: "用户不属于此用户池",
  2206: "登录信息已过期",
  2207: "登录信息有误",
  2224: "用户池不存在",
  2401: "SSO 会话不存在",
  3623: "协作关系不存在",
}

const chineseStatusCodes: Readonly<Record<number, string>> = {
  200: "操作成功",
  400: "参数格式错误",
  401: "未认证",
  403: "没有权限",
  404: "资源不存在",
  409: "资源冲突",
  413: "请求体过大",
  429: "请求过于频繁，请稍后再试",
  500: "服务器内部错误",
  502: "网关错误",
  503: "服务不可用",
  504: "网关超时",
}

/** The message of an envelope; `detail` is what it is about, the name of a field for one. */
export const message = (lang: Lang, statusCode: number, apiCode?: number, detail?: string): string => {
  const chinese =
    (apiCode === undefined ? undefined : chineseApiCodes[apiCode]) ?? chineseStatusCodes[statusCode] ?? "操作失败"
  const english =
    (apiCode === undefined ? undefined : ApiCode.get(apiCode)?.meaning) ??
    (statusCode === StatusCode.ok ? "success" : (StatusCode.get(statusCode)?.meaning ?? "failure"))
  const text = lang === "en-US" ? english : chinese
  return detail === undefined ? text : `${text}: ${detail}`
}
