/** What the command makes of CSV text: well-formed files as they were written, stray quotes at the cost of their lines. */
import { assert, describe, it } from "@effect/vitest"
import type { Named } from "@genauth-effect/cli/input/columns"
import { makeRecordGrouper } from "@genauth-effect/cli/input/csvRecords"
import { makeCsvReader } from "@genauth-effect/cli/input/csvRows"
import { makeLineSplitter } from "@genauth-effect/cli/input/lines"
import { isBad } from "@genauth-effect/cli/input/Row"
import { Result, Schema } from "effect"

const named: Named = { user: undefined, type: undefined, app: undefined, userIdType: "user_id" }

const linesOf = (pieces: ReadonlyArray<string>) => {
  const splitter = makeLineSplitter()
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()]
}

/** Line and user of what is read; only the line where nobody is. */
const read = (...pieces: ReadonlyArray<string>) => {
  const reader = makeCsvReader(named, "user_id")
  const rows = [...Result.getOrThrow(reader.read(linesOf(pieces))), ...Result.getOrThrow(reader.end())]
  return rows.map((row) => (isBad(row) ? [row.line] : [row.line, row.id]))
}

describe("stray quotes", () => {
  it("inside a cell are characters", () => {
    assert.deepStrictEqual(read('id,note\nuser-1,5" disk\nuser-2,ok\nuser-3,3" pipe\nuser-4,x\n'), [
      [2, "user-1"],
      [3, "user-2"],
      [4, "user-3"],
      [5, "user-4"],
    ])
  })
  it("that open a cell and are never closed cost their own lines, two of them too", () => {
    assert.deepStrictEqual(read('id,note\nuser-1,"oops\nuser-2,ok\nuser-3,"more\nuser-4,x\n'), [
      [2],
      [3, "user-2"],
      [4],
      [5, "user-4"],
    ])
  })
  it("behind a closed quote cost their own line", () => {
    assert.deepStrictEqual(read('id,note\nuser-1,"a"b\n"user-2"x,\nuser-3,"a ""b"""\n'), [[2], [3], [4, "user-3"]])
  })
  it("that happen to enclose a line are reported with it, where the cells are too many", () => {
    assert.deepStrictEqual(read('id,note\nuser-1,"oops\nuser-2,5",x,y\nuser-3,z\n'), [[2], [3], [4, "user-3"]])
  })
  it("far from the end of the file do not take the rest of it with them", () => {
    const many = Array.from({ length: 20_000 }, (_, number) => `user-${number},x`)
    const rows = read(`id,note\nlost,"oops\n${many.join("\n")}\n`)
    assert.strictEqual(rows.length, 20_001)
    assert.deepStrictEqual(rows[0], [2])
    assert.isTrue(rows.slice(1).every(([, user]) => user !== undefined))
  })
})

describe("quoted cells", () => {
  it("may go on over many lines, none of which is a user", () => {
    const note = Array.from({ length: 1000 }, (_, number) => `user-${number},"" `).join("\n")
    assert.deepStrictEqual(read(`note,id\n"${note}",ada\nx,lin\n`), [
      [2, "ada"],
      [1002, "lin"],
    ])
  })
  it("may have spaces around them, and delimiters in them", () => {
    assert.deepStrictEqual(read('note;id\n "a;b\nc" ; "ada" \n;lin'), [
      [2, "ada"],
      [4, "lin"],
    ])
  })
  it("may stand in the header, over two lines", () => {
    assert.deepStrictEqual(read('note,"user\nid"\nx,ada\n'), [[3, "ada"]])
  })
  it("that the header opens and never closes are said to be so", () => {
    const reader = makeCsvReader(named, "user_id")
    reader.read(linesOf(['id,"note\nada,x\n']))
    assert.isTrue(Result.isFailure(reader.end()))
  })
})

it("a first line of Excel's names the delimiter", () => {
  assert.deepStrictEqual(read("sep=;\r\nid;a,b,c\r\nada;x\r\n"), [[3, "ada"]])
})

it("lines end with LF, CRLF or CR, wherever the pieces are cut", () => {
  const text = "id,x\r\nada,1\rlin,2\n\r\nkim,3"
  const expected = [
    [2, "ada"],
    [3, "lin"],
    [5, "kim"],
  ]
  assert.deepStrictEqual(read(text), expected)
  assert.deepStrictEqual(read(...text), expected)
  assert.deepStrictEqual(read("id,name\ruser-1,x\r"), [[2, "user-1"]])
})

const Delimiter = Schema.Literals([",", ";", "\t", "|"])
// Short texts of what is special to CSV, beside what is not.
const Piece = Schema.Literals(['"', ",", ";", "\t", "|", "\n", " ", "a", "b", "user-1", "é"])
const Cell = Schema.Array(Piece).check(Schema.isMaxLength(8))
const Record = Schema.Struct({ before: Cell, after: Cell, isQuoted: Schema.Boolean })

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`

describe("for any file", () => {
  it.prop(
    "that is well formed, every user comes out, in his line, and nobody else",
    [Delimiter, Schema.Array(Record)],
    ([delimiter, records]) => {
      let line = 2
      const expected: Array<ReadonlyArray<unknown>> = []
      const texts = records.map(({ after, before, isQuoted }, number) => {
        const id = `user ${number}`
        const cell = (pieces: ReadonlyArray<string>) => {
          const text = pieces.join("")
          return isQuoted || /[",;\t|\n]/.test(text) ? quoted(text) : text
        }
        const text = [cell(before), isQuoted ? quoted(id) : id, cell(after)].join(delimiter)
        expected.push([line, id])
        line += text.split("\n").length
        return text
      })
      const header = ["before", "id", "after"].join(delimiter)
      assert.deepStrictEqual(read([header, ...texts].join("\n")), expected)
    },
    { arbitrary: { runs: 300 } },
  )
  it.prop(
    "every line is in one record, or is reported",
    [Delimiter, Schema.Array(Cell)],
    ([delimiter, cells]) => {
      const text = cells.map((pieces) => pieces.join("")).join("\n")
      const lines = linesOf([text])
      const grouper = makeRecordGrouper(delimiter)
      const records = [...grouper.push(lines), ...grouper.end()]
      const isEmpty = (line: string | undefined) => line?.trim() === ""
      assert.deepStrictEqual(
        records.flatMap((record) => record.lines).toSorted((a, b) => a - b),
        lines.filter((line) => !isEmpty(line.text)).map(({ line }) => line),
      )
      const header = `id${delimiter}x\n`
      const rows = read(header + text)
      for (const record of records)
        assert.isTrue(
          rows.some(([line]) => line === record.line + 1),
          text,
        )
      for (const record of records) {
        if (record.text === undefined) assert.deepInclude(rows, [record.line + 1])
      }
    },
    { arbitrary: { runs: 300 } },
  )
})
