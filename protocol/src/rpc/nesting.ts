/** How deep JSON is nested, found before it is parsed: a parser builds what it reads. */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENS = new Set([0x5b, 0x7b])
const CLOSES = new Set([0x5d, 0x7d])

/** True when arrays and objects stand more than `most` deep in each other. */
export function isNestedDeeper(json: Uint8Array, most: number): boolean {
  let depth = 0
  let isInText = false
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]!
    if (isInText) {
      if (byte === BACKSLASH) i++
      else if (byte === QUOTE) isInText = false
    } else if (byte === QUOTE) isInText = true
    else if (OPENS.has(byte) && ++depth > most) return true
    else if (CLOSES.has(byte)) depth--
  }
  return false
}
