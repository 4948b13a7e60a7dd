/**
 * Copying and clearing bytes of unaligned places. The bulk instructions of wasm leave compiled
 * code, which costs more than most of the EVM's copies themselves.
 */

/** From here on the bulk instructions are faster. */
const BULK_BYTES: usize = 512

/** Copies bytes between places that do not overlap. */
export function copyBytes(to: usize, from: usize, bytes: usize): void {
  if (bytes >= 16) {
    if (bytes > BULK_BYTES) {
      memory.copy(to, from, bytes)
      return
    }
    const last = bytes - 16
    for (let i: usize = 0; i < last; i += 16) v128.store(to + i, v128.load(from + i))
    v128.store(to + last, v128.load(from + last))
  } else if (bytes >= 8) {
    const first = load<u64>(from)
    const last = load<u64>(from + bytes - 8)
    store<u64>(to, first)
    store<u64>(to + bytes - 8, last)
  } else if (bytes >= 4) {
    const first = load<u32>(from)
    const last = load<u32>(from + bytes - 4)
    store<u32>(to, first)
    store<u32>(to + bytes - 4, last)
  } else {
    for (let i: usize = 0; i < bytes; i++) store<u8>(to + i, load<u8>(from + i))
  }
}

export function clearBytes(at: usize, bytes: usize): void {
  if (bytes > BULK_BYTES) {
    memory.fill(at, 0, bytes)
    return
  }
  const end = at + bytes
  for (; at + 32 <= end; at += 32) {
    v128.store(at, i64x2.splat(0))
    v128.store(at, i64x2.splat(0), 16)
  }
  for (; at < end; at++) store<u8>(at, 0)
}

/**
 * Copies `bytes` bytes of a source of `sourceBytes` from the offset at the word `offset` on; behind
 * the source's end there are zeros.
 */
export function copyPadded(
  to: usize,
  source: usize,
  sourceBytes: u32,
  offset: usize,
  bytes: usize,
): void {
  const from = offsetWithin(offset, sourceBytes)
  const there = min<usize>(sourceBytes - from, bytes)
  copyBytes(to, source + from, there)
  if (there < bytes) clearBytes(to + there, bytes - there)
}

/** The offset at a word, or `limit` if it is beyond that. */
@inline
function offsetWithin(offset: usize, limit: u32): u32 {
  const isFar = (load<u64>(offset, 8) | load<u64>(offset, 16) | load<u64>(offset, 24)) != 0
  return isFar || load<u64>(offset) > limit ? limit : <u32>load<u64>(offset)
}
