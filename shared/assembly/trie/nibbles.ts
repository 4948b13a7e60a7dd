/** Paths in the trie: keys of 32 bytes, read as 64 nibbles, the high one of each byte first. */

export const KEY_BYTES: usize = 32
export const KEY_NIBBLES: u32 = 64

@inline
export function nibbleAt(key: usize, index: u32): u32 {
  const byte = <u32>load<u8>(key + <usize>(index >> 1))
  return (index & 1) == 0 ? byte >> 4 : byte & 15
}

export function setNibble(key: usize, index: u32, nibble: u32): void {
  const at = key + <usize>(index >> 1)
  const byte = <u32>load<u8>(at)
  store<u8>(at, (index & 1) == 0 ? (byte & 15) | (nibble << 4) : (byte & 0xf0) | nibble)
}

/** How many nibbles two keys share from their start, at most `end`. */
export function sharedNibbles(a: usize, b: usize, end: u32): u32 {
  for (let at: u32 = 0; at < end; at += 16) {
    const offset = <usize>(at >> 1)
    const difference = bswap<u64>(load<u64>(a + offset) ^ load<u64>(b + offset))
    if (difference != 0) return min<u32>(at + (<u32>clz<u64>(difference) >> 2), end)
  }
  return end
}

@inline
export function copyKey(to: usize, from: usize): void {
  v128.store(to, v128.load(from))
  v128.store(to, v128.load(from, 16), 16)
}
