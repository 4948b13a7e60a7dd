/** Names of addresses and slots as Map keys: two bytes a character, several times faster than hex. */

/** A string that is equal for equal bytes of the same even length. */
export function keyOfBytes(bytes: Uint8Array): string {
  return bytes.length === 20 ? keyOfAddress(bytes) : keyOfWord(bytes)
}

function keyOfAddress(b: Uint8Array): string {
  return String.fromCharCode(
    pair(b, 0),
    pair(b, 2),
    pair(b, 4),
    pair(b, 6),
    pair(b, 8),
    pair(b, 10),
    pair(b, 12),
    pair(b, 14),
    pair(b, 16),
    pair(b, 18),
  )
}

function keyOfWord(b: Uint8Array): string {
  return String.fromCharCode(
    pair(b, 0),
    pair(b, 2),
    pair(b, 4),
    pair(b, 6),
    pair(b, 8),
    pair(b, 10),
    pair(b, 12),
    pair(b, 14),
    pair(b, 16),
    pair(b, 18),
    pair(b, 20),
    pair(b, 22),
    pair(b, 24),
    pair(b, 26),
    pair(b, 28),
    pair(b, 30),
  )
}

function pair(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number)
}
