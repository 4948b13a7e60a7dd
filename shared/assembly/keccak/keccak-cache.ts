/**
 * KECCAK256 as the EVM sees it, its result a word. Contracts hash the same few inputs again and
 * again: 64 bytes for a mapping's slot, 32 for an array's. Each worker remembers such hashes in a
 * direct-mapped cache of its heap, an entry the input (64 bytes) and the hash as a word. The two
 * lengths have parts of their own, so that they cannot be taken for each other.
 */

import { KECCAK_CACHE_COUNT, KECCAK_CACHE_ENTRY_BYTES, keccakCacheBase } from '../memory/heap'
import { wordCopy, wordEquals, wordFromBytes } from '../u256/word'
import { absorb } from './keccak'

/** Entries at the front for 64 bytes; the rest is for 32. */
const PAIR_COUNT: u64 = <u64>KECCAK_CACHE_COUNT - <u64>KECCAK_CACHE_COUNT / 8
const SINGLE_COUNT: u64 = <u64>KECCAK_CACHE_COUNT - PAIR_COUNT
const HASH: usize = 64

/** The hash of any bytes as a word; \`out\` may be within the input. */
export function keccakInto(out: usize, input: usize, bytes: usize): void {
  if (bytes == 64) hashPair(out, input)
  else if (bytes == 32) hashSingle(out, input)
  else wordFromBytes(out, absorb(input, bytes))
}

function hashPair(out: usize, input: usize): void {
  const mixed =
    mixLimbs(input, 0x9e3779b97f4a7c15, 0x243f6a8885a308d3) ^
    mixLimbs(input + 32, 0xb7e151628aed2a6b, 0x6a09e667f3bcc909)
  const entry = entryAt(indexFor(mixed, PAIR_COUNT))
  if (wordEquals(entry, input) && wordEquals(entry + 32, input + 32) && isFilled(entry)) {
    wordCopy(out, entry + HASH)
    return
  }
  const hash = absorb(input, 64)
  wordCopy(entry, input)
  wordCopy(entry + 32, input + 32)
  wordFromBytes(entry + HASH, hash)
  wordCopy(out, entry + HASH)
}

function hashSingle(out: usize, input: usize): void {
  const mixed = mixLimbs(input, 0x9e3779b97f4a7c15, 0x243f6a8885a308d3)
  const entry = entryAt(PAIR_COUNT + indexFor(mixed, SINGLE_COUNT))
  if (wordEquals(entry, input) && isFilled(entry)) {
    wordCopy(out, entry + HASH)
    return
  }
  const hash = absorb(input, 32)
  wordCopy(entry, input)
  wordFromBytes(entry + HASH, hash)
  wordCopy(out, entry + HASH)
}

/** A new heap is zero; a hash whose low limb happens to be zero is never found again. */
@inline
function isFilled(entry: usize): bool {
  return load<u64>(entry, HASH) != 0
}

/** Products by odd numbers of well spread bits: every input bit arrives in the high half. */
@inline
function mixLimbs(input: usize, first: u64, second: u64): u64 {
  return (
    ((load<u64>(input) ^ rotl<u64>(load<u64>(input, 8), 23)) * first) ^
    ((load<u64>(input, 16) ^ rotl<u64>(load<u64>(input, 24), 29)) * second)
  )
}

/** A place below `count`, by the high half. */
@inline
function indexFor(mixed: u64, count: u64): u64 {
  return ((mixed >> 32) * count) >> 32
}

@inline
function entryAt(index: u64): usize {
  return keccakCacheBase() + <usize>index * KECCAK_CACHE_ENTRY_BYTES
}
