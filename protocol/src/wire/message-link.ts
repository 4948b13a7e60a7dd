/** A message's place in the chain, read from its bytes without decoding the rest. */

import { assert } from '@shredcast/shared/primitives/assert'
import { FIRST_RECORD_BYTE, STREAM_RECORDS } from './message-schema.ts'

const HASH_BYTES = 32
/** Bytes of a `seq` by its token (`token-scan.ts`); those below 0x40 are their own value. */
const SEQ_BYTES: Readonly<Record<number, number>> = { 204: 2, 205: 3, 206: 5, 203: 9 }

/** `prevHash` of a message that was encoded here or decoded before, as a view into `bytes`. */
export function prevHashOf(bytes: Uint8Array): Uint8Array {
  const record = bytes[0]! - FIRST_RECORD_BYTE
  assert(record < Object.keys(STREAM_RECORDS).length, 'the bytes are those of a stream message')
  // Record, seq, and the token and length of 32 bytes.
  const start = 1 + (SEQ_BYTES[bytes[1]!] ?? 1) + 2
  return bytes.subarray(start, start + HASH_BYTES)
}
