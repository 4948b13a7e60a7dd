/** RIPEMD-160 (Dobbertin, Bosselaers, Preneel 1996), the precompile at address 3. */

import { kernelScratch } from '../../memory/thread'

const BLOCK_BYTES: usize = 64
const STATE_BYTES: usize = 20
const LAST_BLOCK: usize = 64
const STEP_COUNT: usize = 80
const GROUP_STEPS: usize = 16

const INITIAL_STATE: usize = memory.data<u32>([
  0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0,
])

/** Which number of the block each of the 80 steps takes, left line, then right line. */
const ORDER: usize = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8,
  3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12,
  1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2,
  4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13,
  5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12,
  6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2,
  15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13,
  8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14,
  12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11,
])

/** How far each step rotates, in the same order. */
const ROTATIONS: usize = memory.data<u8>([
  11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8,
  7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12,
  11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5,
  11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12,
  9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6,
  8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6,
  9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13, 11,
  9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5,
  15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5, 15, 8,
  8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11,
])

/** What a group of 16 steps adds: roots of 2, 3, 5 and 7, square roots left, cube roots right. */
const ADDENDS: usize = memory.data<u32>([
  0x00000000, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e,
  0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0x00000000,
])

/** Hashes any bytes at any address; `out` receives the 20 bytes of the hash. */
export function ripemd160(out: usize, input: usize, bytes: usize): void {
  const state = kernelScratch()
  const last = state + LAST_BLOCK
  memory.copy(state, INITIAL_STATE, STATE_BYTES)
  const bits = <u64>bytes << 3
  while (bytes >= BLOCK_BYTES) {
    compress(state, input)
    input += BLOCK_BYTES
    bytes -= BLOCK_BYTES
  }
  memory.fill(last, 0, BLOCK_BYTES)
  memory.copy(last, input, bytes)
  store<u8>(last + bytes, 0x80)
  if (bytes >= BLOCK_BYTES - 8) {
    compress(state, last)
    memory.fill(last, 0, BLOCK_BYTES)
  }
  store<u64>(last, bits, BLOCK_BYTES - 8)
  compress(state, last)
  memory.copy(out, state, STATE_BYTES)
}

/** Two independent lines of five groups of 16 steps; the right one has the functions backwards. */
function compress(state: usize, block: usize): void {
  const h0 = load<u32>(state), h1 = load<u32>(state, 4), h2 = load<u32>(state, 8)
  const h3 = load<u32>(state, 12), h4 = load<u32>(state, 16)
  let a = h0, b = h1, c = h2, d = h3, e = h4
  let v = h0, w = h1, x = h2, y = h3, z = h4
  for (let step: usize = 0; step < STEP_COUNT; step++) {
    const group = step / GROUP_STEPS
    const left = a + mixed(group, b, c, d) + addend(block, step, group)
    a = e
    e = d
    d = rotl<u32>(c, 10)
    c = b
    b = rotl<u32>(left, load<u8>(ROTATIONS + step)) + a
    const right = v + mixed(4 - group, w, x, y) + addend(block, step + STEP_COUNT, group + 5)
    v = z
    z = y
    y = rotl<u32>(x, 10)
    x = w
    w = rotl<u32>(right, load<u8>(ROTATIONS + step, STEP_COUNT)) + v
  }
  store<u32>(state, h1 + c + y)
  store<u32>(state, h2 + d + z, 4)
  store<u32>(state, h3 + e + v, 8)
  store<u32>(state, h4 + a + w, 12)
  store<u32>(state, h0 + b + x, 16)
}

/** The number of the block and the constant of one step. */
@inline
function addend(block: usize, step: usize, group: usize): u32 {
  const number = load<u32>(block + (<usize>load<u8>(ORDER + step) << 2))
  return number + load<u32>(ADDENDS + (group << 2))
}

@inline
function mixed(kind: usize, x: u32, y: u32, z: u32): u32 {
  if (kind == 0) return x ^ y ^ z
  if (kind == 1) return z ^ (x & (y ^ z))
  if (kind == 2) return (x | ~y) ^ z
  if (kind == 3) return y ^ (z & (x ^ y))
  return x ^ (y | ~z)
}
