/** 100,000 random and mutated answers into the decoder: never a throw, never slow. */
import { assert, it } from "@effect/vitest"
import { Envelope } from "@genauth-effect/protocol"

const answers = 100_000
const slowMillis = 5
const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_124)

const makeDraw = (start: number) => {
  let state = start % 2_147_483_647 || 1
  return (below: number): number => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}

const models = [
  '{"statusCode":200,"message":"ok","requestId":"r-1","data":{"success":true}}',
  '{"statusCode":499,"apiCode":"2011","message":"应用不存在","uniqueId":"u-1","data":null}',
  '{"statusCode":429,"message":"limit exceeded"}',
  '{"code":200,"data":true,"message":"ok"}',
  '{"statusCode":200,"statusCode":500,"__proto__":{"success":true},"data":{"success":true}}',
  "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
  '[[[[[[[[[[{"a":[1e999,-0,"\\ud800"]}]]]]]]]]]]',
]
const pieces = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\\",
  "\u0000",
  "\uD800",
  "null",
  "1e999",
  "-",
  '"statusCode":',
  "\\u",
  "__proto__",
]

const mutate = (draw: (below: number) => number): string => {
  let text = models[draw(models.length)] ?? ""
  if (draw(20) === 0) text = Array.from({ length: draw(200) }, () => String.fromCharCode(draw(0x10000))).join("")
  if (draw(50) === 0) text = (pieces[draw(pieces.length)] ?? "").repeat(1 + draw(5000))
  for (let change = draw(6); change > 0; change--) {
    const at = draw(text.length + 1)
    const piece = draw(3) === 0 ? String.fromCharCode(draw(0x10000)) : (pieces[draw(pieces.length)] ?? "")
    const cut = draw(4) === 0 ? draw(20) : draw(2)
    text = text.slice(0, at) + piece + text.slice(at + cut)
  }
  return text
}

// A pause of the machine is no slowness of the decoder: what seems slow is measured again and its best time counts.
const millisOf = (text: string): number => {
  const startedAt = process.hrtime.bigint()
  Envelope.fromText(text)
  return Number(process.hrtime.bigint() - startedAt) / 1e6
}

it(`no answer of ${answers} from seed ${seed} throws or takes over ${slowMillis} ms`, () => {
  const draw = makeDraw(seed)
  for (let number = 0; number < answers; number++) {
    const text = mutate(draw)
    try {
      if (millisOf(text) > slowMillis) {
        const best = Math.min(...Array.from({ length: 5 }, () => millisOf(text)))
        assert.isAtMost(best, slowMillis, `answer ${number} of seed ${seed} is slow`)
      }
    } catch (error) {
      throw new Error(`answer ${number} of FUZZ_SEED=${seed}: ${JSON.stringify(text.slice(0, 500))}`, { cause: error })
    }
  }
})
