/**
 * Keccak-256 as Ethereum uses it: the Keccak submission's padding, not SHA-3's (Yellow Paper,
 * appendix A). The state stands in the kernels' scratch between permutations. The rounds are a loop
 * on purpose: unrolled they are slower, because compiled code spills the 50 lanes all the same.
 */

import { kernelScratch } from '../memory/thread'

/** Input that one permutation takes. */
export const BLOCK_BYTES: usize = 136
const STATE_BYTES: usize = 200
/** The last bit of the padding, in the last lane that takes input. */
const LAST_BIT: u64 = 0x8000000000000000

export const ROUND_CONSTANTS: usize = memory.data<u64>([
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a,
  0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
  0x8000000080008081, 0x8000000000008009, 0x000000000000008a,
  0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
  0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
  0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
  0x000000000000800a, 0x800000008000000a, 0x8000000080008081,
  0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
])

/** Hashes any bytes at any address; `out` receives the 32 bytes of the hash. */
export function keccak256(out: usize, input: usize, bytes: usize): void {
  const state = absorb(input, bytes)
  v128.store(out, v128.load(state))
  v128.store(out, v128.load(state, 16), 16)
}

/** Absorbs the padded input; returns where the hash stands until the next kernel runs. */
export function absorb(input: usize, bytes: usize): usize {
  const state = kernelScratch()
  memory.fill(state, 0, STATE_BYTES)
  while (bytes >= BLOCK_BYTES) {
    mix(state, input, BLOCK_BYTES)
    permute(state)
    input += BLOCK_BYTES
    bytes -= BLOCK_BYTES
  }
  const whole = bytes & ~7
  mix(state, input, whole)
  store<u64>(state + whole, load<u64>(state + whole) ^ paddedTail(input + whole, bytes & 7))
  store<u64>(state, load<u64>(state, BLOCK_BYTES - 8) ^ LAST_BIT, BLOCK_BYTES - 8)
  permute(state)
  return state
}

/** state ^= input, whole lanes. */
@inline
function mix(state: usize, input: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 8) {
    store<u64>(state + i, load<u64>(state + i) ^ load<u64>(input + i))
  }
}

/** The lane of the input's last 0 to 7 bytes and the first bit of the padding. */
@inline
function paddedTail(input: usize, bytes: usize): u64 {
  let lane: u64 = 1
  while (bytes != 0) {
    bytes--
    lane = (lane << 8) | <u64>load<u8>(input + bytes)
  }
  return lane
}

@inline
function storePlane(at: usize, x0: u64, x1: u64, x2: u64, x3: u64, x4: u64): void {
  store<u64>(at, x0)
  store<u64>(at, x1, 8)
  store<u64>(at, x2, 16)
  store<u64>(at, x3, 24)
  store<u64>(at, x4, 32)
}

/**
 * Keccak-f[1600]; lane a[x + 5y]. theta: c and d, rho and pi: b, chi and iota: the next a. Six
 * lanes are kept complemented, so that chi takes 8 complements a round instead of 25, which is 7 %
 * faster (Keccak implementation overview, lane complementing).
 */
function permute(state: usize): void {
  let a0 = load<u64>(state), a1 = ~load<u64>(state, 8), a2 = ~load<u64>(state, 16)
  let a3 = load<u64>(state, 24), a4 = load<u64>(state, 32)
  let a5 = load<u64>(state, 40), a6 = load<u64>(state, 48), a7 = load<u64>(state, 56)
  let a8 = ~load<u64>(state, 64), a9 = load<u64>(state, 72)
  let a10 = load<u64>(state, 80), a11 = load<u64>(state, 88), a12 = ~load<u64>(state, 96)
  let a13 = load<u64>(state, 104), a14 = load<u64>(state, 112)
  let a15 = load<u64>(state, 120), a16 = load<u64>(state, 128), a17 = ~load<u64>(state, 136)
  let a18 = load<u64>(state, 144), a19 = load<u64>(state, 152)
  let a20 = ~load<u64>(state, 160), a21 = load<u64>(state, 168), a22 = load<u64>(state, 176)
  let a23 = load<u64>(state, 184), a24 = load<u64>(state, 192)
  for (let i: usize = 0; i < 192; i += 8) {
    const c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20
    const c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21
    const c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22
    const c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23
    const c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24
    const d0 = c4 ^ rotl<u64>(c1, 1)
    const d1 = c0 ^ rotl<u64>(c2, 1)
    const d2 = c1 ^ rotl<u64>(c3, 1)
    const d3 = c2 ^ rotl<u64>(c4, 1)
    const d4 = c3 ^ rotl<u64>(c0, 1)
    const b0 = a0 ^ d0, b1 = rotl<u64>(a6 ^ d1, 44), b2 = rotl<u64>(a12 ^ d2, 43)
    const b3 = rotl<u64>(a18 ^ d3, 21), b4 = rotl<u64>(a24 ^ d4, 14)
    const b5 = rotl<u64>(a3 ^ d3, 28), b6 = rotl<u64>(a9 ^ d4, 20), b7 = rotl<u64>(a10 ^ d0, 3)
    const b8 = rotl<u64>(a16 ^ d1, 45), b9 = rotl<u64>(a22 ^ d2, 61)
    const b10 = rotl<u64>(a1 ^ d1, 1), b11 = rotl<u64>(a7 ^ d2, 6), b12 = rotl<u64>(a13 ^ d3, 25)
    const b13 = rotl<u64>(a19 ^ d4, 8), b14 = rotl<u64>(a20 ^ d0, 18)
    const b15 = rotl<u64>(a4 ^ d4, 27), b16 = rotl<u64>(a5 ^ d0, 36), b17 = rotl<u64>(a11 ^ d1, 10)
    const b18 = rotl<u64>(a17 ^ d2, 15), b19 = rotl<u64>(a23 ^ d3, 56)
    const b20 = rotl<u64>(a2 ^ d2, 62), b21 = rotl<u64>(a8 ^ d3, 55), b22 = rotl<u64>(a14 ^ d4, 39)
    const b23 = rotl<u64>(a15 ^ d0, 41), b24 = rotl<u64>(a21 ^ d1, 2)
    a0 = b0 ^ (b1 | b2) ^ load<u64>(ROUND_CONSTANTS + i)
    a1 = b1 ^ (~b2 | b3)
    a2 = b2 ^ (b3 & b4)
    a3 = b3 ^ (b4 | b0)
    a4 = b4 ^ (b0 & b1)
    a5 = b5 ^ (b6 | b7)
    a6 = b6 ^ (b7 & b8)
    a7 = b7 ^ (b8 | ~b9)
    a8 = b8 ^ (b9 | b5)
    a9 = b9 ^ (b5 & b6)
    a10 = b10 ^ (b11 | b12)
    a11 = b11 ^ (b12 & b13)
    a12 = b12 ^ (~b13 & b14)
    a13 = ~b13 ^ (b14 | b10)
    a14 = b14 ^ (b10 & b11)
    a15 = b15 ^ (b16 & b17)
    a16 = b16 ^ (b17 | b18)
    a17 = b17 ^ (~b18 | b19)
    a18 = ~b18 ^ (b19 & b15)
    a19 = b19 ^ (b15 | b16)
    a20 = b20 ^ (~b21 & b22)
    a21 = ~b21 ^ (b22 | b23)
    a22 = b22 ^ (b23 & b24)
    a23 = b23 ^ (b24 | b20)
    a24 = b24 ^ (b20 & b21)
  }
  storePlane(state, a0, ~a1, ~a2, a3, a4)
  storePlane(state + 40, a5, a6, a7, ~a8, a9)
  storePlane(state + 80, a10, a11, ~a12, a13, a14)
  storePlane(state + 120, a15, a16, ~a17, a18, a19)
  storePlane(state + 160, ~a20, a21, a22, a23, a24)
}
