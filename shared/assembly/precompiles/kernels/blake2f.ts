/**
 * The compression function F of BLAKE2b (RFC 7693) with a free number of rounds, the precompile at
 * address 9 (EIP-152). The message is laid out for ten rounds in advance, in the order in which
 * they take it. The four mixings of a half round are independent and go step by step side by side;
 * in vectors of two numbers they took twice as long.
 */

import { kernelScratch } from '../../memory/thread'

const ROUND_BYTES: usize = 128
const SCHEDULE_ROUNDS: usize = 10

// Places in the scratch.
const VECTOR: usize = 0
const SCHEDULE: usize = 128

const INITIAL_VECTOR: usize = memory.data<u64>([
  0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
  0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
])

/** Which numbers of the message a round takes, ten rounds. */
const ORDER: usize = memory.data<u8>([
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
  14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
  11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
  7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
  9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
  2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
  12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
  13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
  6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
  10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
])

/**
 * `state` (64 bytes), `message` (128) and `offset` (16, two counters) are little-endian as EIP-152
 * has them; `out` receives the 64 bytes of the new state and may be `state`.
 */
export function blake2f(
  out: usize,
  rounds: u32,
  state: usize,
  message: usize,
  offset: usize,
  isFinal: bool,
): void {
  const scratch = kernelScratch()
  const vector = scratch + VECTOR
  memory.copy(vector, state, 64)
  memory.copy(vector + 64, INITIAL_VECTOR, 64)
  store<u64>(vector, load<u64>(vector, 96) ^ load<u64>(offset), 96)
  store<u64>(vector, load<u64>(vector, 104) ^ load<u64>(offset, 8), 104)
  if (isFinal) store<u64>(vector, ~load<u64>(vector, 112), 112)
  layOut(scratch + SCHEDULE, message, min<usize>(rounds, SCHEDULE_ROUNDS))
  mix(vector, scratch + SCHEDULE, rounds)
  for (let i: usize = 0; i < 64; i += 8) {
    const mixed = load<u64>(vector + i) ^ load<u64>(vector + i, 64)
    store<u64>(out + i, load<u64>(state + i) ^ mixed)
  }
}

/** Copies the message once for each round of the schedule, in the order of that round. */
function layOut(schedule: usize, message: usize, rounds: usize): void {
  const count = rounds << 4
  for (let i: usize = 0; i < count; i++) {
    store<u64>(schedule + (i << 3), load<u64>(message + (<usize>load<u8>(ORDER + i) << 3)))
  }
}

/** The rows a, b, c, d of the vector: columns by way of e..h to i..l, diagonals by o..r back. */
function mix(vector: usize, schedule: usize, rounds: u32): void {
  let a0 = load<u64>(vector), a1 = load<u64>(vector, 8)
  let a2 = load<u64>(vector, 16), a3 = load<u64>(vector, 24)
  let b0 = load<u64>(vector, 32), b1 = load<u64>(vector, 40)
  let b2 = load<u64>(vector, 48), b3 = load<u64>(vector, 56)
  let c0 = load<u64>(vector, 64), c1 = load<u64>(vector, 72)
  let c2 = load<u64>(vector, 80), c3 = load<u64>(vector, 88)
  let d0 = load<u64>(vector, 96), d1 = load<u64>(vector, 104)
  let d2 = load<u64>(vector, 112), d3 = load<u64>(vector, 120)
  let m = schedule
  for (let round: u32 = 0; round < rounds; round++) {
    const e0 = a0 + b0 + load<u64>(m), e1 = a1 + b1 + load<u64>(m, 16)
    const e2 = a2 + b2 + load<u64>(m, 32), e3 = a3 + b3 + load<u64>(m, 48)
    const h0 = rotr<u64>(d0 ^ e0, 32), h1 = rotr<u64>(d1 ^ e1, 32), h2 = rotr<u64>(d2 ^ e2, 32)
    const h3 = rotr<u64>(d3 ^ e3, 32)
    const g0 = c0 + h0, g1 = c1 + h1, g2 = c2 + h2, g3 = c3 + h3
    const f0 = rotr<u64>(b0 ^ g0, 24), f1 = rotr<u64>(b1 ^ g1, 24), f2 = rotr<u64>(b2 ^ g2, 24)
    const f3 = rotr<u64>(b3 ^ g3, 24)
    const i0 = e0 + f0 + load<u64>(m, 8), i1 = e1 + f1 + load<u64>(m, 24)
    const i2 = e2 + f2 + load<u64>(m, 40), i3 = e3 + f3 + load<u64>(m, 56)
    const l0 = rotr<u64>(h0 ^ i0, 16), l1 = rotr<u64>(h1 ^ i1, 16), l2 = rotr<u64>(h2 ^ i2, 16)
    const l3 = rotr<u64>(h3 ^ i3, 16)
    const k0 = g0 + l0, k1 = g1 + l1, k2 = g2 + l2, k3 = g3 + l3
    const j0 = rotr<u64>(f0 ^ k0, 63), j1 = rotr<u64>(f1 ^ k1, 63), j2 = rotr<u64>(f2 ^ k2, 63)
    const j3 = rotr<u64>(f3 ^ k3, 63)
    const o0 = i0 + j1 + load<u64>(m, 64), o1 = i1 + j2 + load<u64>(m, 80)
    const o2 = i2 + j3 + load<u64>(m, 96), o3 = i3 + j0 + load<u64>(m, 112)
    const r3 = rotr<u64>(l3 ^ o0, 32), r0 = rotr<u64>(l0 ^ o1, 32), r1 = rotr<u64>(l1 ^ o2, 32)
    const r2 = rotr<u64>(l2 ^ o3, 32)
    const q2 = k2 + r3, q3 = k3 + r0, q0 = k0 + r1, q1 = k1 + r2
    const p1 = rotr<u64>(j1 ^ q2, 24), p2 = rotr<u64>(j2 ^ q3, 24), p3 = rotr<u64>(j3 ^ q0, 24)
    const p0 = rotr<u64>(j0 ^ q1, 24)
    a0 = o0 + p1 + load<u64>(m, 72)
    a1 = o1 + p2 + load<u64>(m, 88)
    a2 = o2 + p3 + load<u64>(m, 104)
    a3 = o3 + p0 + load<u64>(m, 120)
    d3 = rotr<u64>(r3 ^ a0, 16)
    d0 = rotr<u64>(r0 ^ a1, 16)
    d1 = rotr<u64>(r1 ^ a2, 16)
    d2 = rotr<u64>(r2 ^ a3, 16)
    c2 = q2 + d3
    c3 = q3 + d0
    c0 = q0 + d1
    c1 = q1 + d2
    b1 = rotr<u64>(p1 ^ c2, 63)
    b2 = rotr<u64>(p2 ^ c3, 63)
    b3 = rotr<u64>(p3 ^ c0, 63)
    b0 = rotr<u64>(p0 ^ c1, 63)
    m += ROUND_BYTES
    if (m == schedule + SCHEDULE_ROUNDS * ROUND_BYTES) m = schedule
  }
  storeRow(vector, a0, a1, a2, a3)
  storeRow(vector + 32, b0, b1, b2, b3)
  storeRow(vector + 64, c0, c1, c2, c3)
  storeRow(vector + 96, d0, d1, d2, d3)
}

@inline
function storeRow(at: usize, x0: u64, x1: u64, x2: u64, x3: u64): void {
  store<u64>(at, x0)
  store<u64>(at, x1, 8)
  store<u64>(at, x2, 16)
  store<u64>(at, x3, 24)
}
