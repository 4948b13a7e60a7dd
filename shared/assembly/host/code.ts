/**
 * Bytecode, stored once for each hash and shared by all accounts that carry it. The address of a
 * code record is what a `code` location holds; 0 means that the account does not exist, the record
 * of empty code that it exists without code.
 */

import {
  CODE_BUCKET_COUNT,
  CODE_BUCKET_STRIDE,
  CODES_OFFSET,
} from '../../src/layout/memory-map'
import { CODE_HASH, CODE_LENGTH, CODE_NEXT } from '../../src/layout/records'
import { analyseJumps, jumpMapOffset } from '../interpreter/jump-map'
import { allocateCleared } from '../journal/entries'
import { allocateCodeBytes } from '../memory/arena'
import { AtomicWord, atomicWord } from '../memory/atomic-word'
import { isReadOnlyThread } from '../memory/thread'
import { wordEquals } from '../u256/word'

/** Bytes of a record with `length` bytes of code, its padding and its map of jump destinations. */
export function codeRecordBytes(length: u32): usize {
  return jumpMapOffset(length) + ((<usize>length + 7) >> 3)
}

/**
 * A record for `length` bytes; the caller fills in hash and bytes and publishes it. A thread that
 * only reads gets one of its own, until its next execution begins.
 */
export function allocateCode(length: u32): usize {
  const bytes = codeRecordBytes(length)
  const code = isReadOnlyThread() ? allocateCleared(bytes) : allocateCodeBytes(bytes)
  store<u32>(code, length, CODE_LENGTH)
  return code
}

/** The record with the 32-byte hash at `hash`, or 0. */
export function findCode(hash: usize): usize {
  return find(bucketOf(hash).load(), hash)
}

/** Makes a filled record findable, unless it is the thread's own; returns the one for its hash. */
export function publishCode(code: usize): usize {
  analyseJumps(code)
  if (isReadOnlyThread()) return code
  const bucket = bucketOf(code + CODE_HASH)
  while (true) {
    const first = bucket.load()
    const found = find(first, code + CODE_HASH)
    if (found != 0) return found
    store<u32>(code, first, CODE_NEXT)
    if (bucket.replace(first, <u32>code)) return code
  }
}

// The hash is Keccak-256: its low bits are as good as any hash of it.
@inline
function bucketOf(hash: usize): AtomicWord {
  const index = <usize>(load<u32>(hash) & (CODE_BUCKET_COUNT - 1))
  return atomicWord(index * CODE_BUCKET_STRIDE + CODES_OFFSET)
}

function find(first: u32, hash: usize): usize {
  for (let code: usize = first; code != 0; code = load<u32>(code, CODE_NEXT)) {
    if (wordEquals(code + CODE_HASH, hash)) return code
  }
  return 0
}
