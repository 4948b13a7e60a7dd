/**
 * Where a contract comes to stand (Yellow Paper, section 7; EIP-1014). `scratch` is 128 bytes to
 * work in; the address that is returned, 20 bytes, is within them.
 */

import { keccak256 } from '../keccak/keccak'
import { wordToBytes } from '../u256/word'

const HASH: usize = 96
const ADDRESS: usize = HASH + 12
const ADDRESS_BYTES: usize = 20

/** RLP of a list, and of a string of 20 bytes: the byte before them. */
const LIST_PREFIX: u32 = 0xc0
const ADDRESS_PREFIX: u8 = 0x94
const STRING_PREFIX: u32 = 0x80
/** What the hash of CREATE2 begins with, so that it is no RLP of CREATE. */
const SALTED_PREFIX: u8 = 0xff

/** keccak256(rlp([sender, nonce]))[12:] */
export function contractAddress(scratch: usize, sender: usize, nonce: u64): usize {
  store<u8>(scratch, ADDRESS_PREFIX, 1)
  memory.copy(scratch + 2, sender, ADDRESS_BYTES)
  const end = encodeNonce(scratch + 2 + ADDRESS_BYTES, nonce)
  const bytes = end - scratch
  store<u8>(scratch, <u8>(LIST_PREFIX + <u32>bytes - 1))
  keccak256(scratch + HASH, scratch, bytes)
  return scratch + ADDRESS
}

/** Writes the RLP of a number and returns where it ends. */
function encodeNonce(at: usize, nonce: u64): usize {
  if (nonce < <u64>STRING_PREFIX) {
    store<u8>(at, <u8>(nonce == 0 ? <u64>STRING_PREFIX : nonce))
    return at + 1
  }
  const bytes = <usize>((71 - clz(nonce)) >> 3)
  store<u8>(at, <u8>(STRING_PREFIX + <u32>bytes))
  store<u64>(at, bswap<u64>(nonce << ((8 - <u64>bytes) << 3)), 1)
  return at + 1 + bytes
}

/** keccak256(0xff || sender || salt || keccak256(initcode))[12:]; `salt` is a word. */
export function saltedAddress(
  scratch: usize,
  sender: usize,
  salt: usize,
  initcode: usize,
  bytes: u32,
): usize {
  store<u8>(scratch, SALTED_PREFIX)
  memory.copy(scratch + 1, sender, ADDRESS_BYTES)
  wordToBytes(scratch + 21, salt)
  keccak256(scratch + 53, initcode, bytes)
  keccak256(scratch + HASH, scratch, 85)
  return scratch + ADDRESS
}
