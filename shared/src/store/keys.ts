/** Numbers and prefixes as keys: LMDB orders keys byte by byte. */

export const NUMBER_BYTES = 8

/** 8 bytes, big-endian. */
export function numberKey(number: bigint): Uint8Array {
  const key = new Uint8Array(NUMBER_BYTES)
  new DataView(key.buffer).setBigUint64(0, number)
  return key
}

/** The number in the 8 bytes at `offset`. */
export function numberAt(key: Uint8Array, offset = 0): bigint {
  return new DataView(key.buffer, key.byteOffset, key.length).getBigUint64(offset)
}

/** The first key behind all that start with `prefix`; undefined when there can be none. */
export function afterPrefix(prefix: Uint8Array): Uint8Array | undefined {
  let length = prefix.length
  while (length > 0 && prefix[length - 1] === 0xff) length--
  if (length === 0) return undefined
  const end = prefix.slice(0, length)
  end[length - 1]!++
  return end
}
