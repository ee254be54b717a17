/** Effect's HttpClient on undici for APIs with small answers. */
export * as UndiciHttpClient from "./UndiciHttpClient.ts"
