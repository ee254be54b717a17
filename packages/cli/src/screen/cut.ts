/** Text with colours, cut to a width. */

// Escape sequences take no room.
const pieces = /\p{Cc}\[[0-9;]*m|[^]/gu

/** Cuts to `width` characters. Colours that are switched off behind the cut are still switched off. */
export const cut = (text: string, width: number): string => {
  let room = width
  return text.replaceAll(pieces, (piece) => {
    if (piece.length > 2) return piece
    room -= 1
    return room >= 0 ? piece : ""
  })
}
