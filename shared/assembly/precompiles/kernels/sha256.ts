/** SHA-256 (FIPS 180-4), the precompile at address 2. */

import { kernelScratch } from '../../memory/thread'

const BLOCK_BYTES: usize = 64
const STATE: usize = 0
const SCHEDULE: usize = 32
const LAST_BLOCK: usize = SCHEDULE + 256

/** First 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const ROUND_CONSTANTS: usize = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
])

/** First 32 bits of the fractional parts of the square roots of the first 8 primes. */
const INITIAL_STATE: usize = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
])

/** Hashes any bytes at any address; `out` receives the 32 bytes of the hash. */
export function sha256(out: usize, input: usize, bytes: usize): void {
  const scratch = kernelScratch()
  memory.copy(scratch + STATE, INITIAL_STATE, 32)
  const bits = <u64>bytes << 3
  while (bytes >= BLOCK_BYTES) {
    compress(scratch, input)
    input += BLOCK_BYTES
    bytes -= BLOCK_BYTES
  }
  const last = scratch + LAST_BLOCK
  memory.fill(last, 0, BLOCK_BYTES)
  memory.copy(last, input, bytes)
  store<u8>(last + bytes, 0x80)
  if (bytes >= BLOCK_BYTES - 8) {
    compress(scratch, last)
    memory.fill(last, 0, BLOCK_BYTES)
  }
  store<u64>(last, bswap<u64>(bits), BLOCK_BYTES - 8)
  compress(scratch, last)
  v128.store(out, swapped(v128.load(scratch, STATE)))
  v128.store(out, swapped(v128.load(scratch, STATE + 16)), 16)
}

/** Four 32-bit numbers between little-endian and big-endian. */
@inline
function swapped(numbers: v128): v128 {
  return v128.shuffle<u8>(numbers, numbers, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
}

function compress(scratch: usize, block: usize): void {
  const schedule = scratch + SCHEDULE
  expand(schedule, block)
  const state = scratch + STATE
  let a = load<u32>(state), b = load<u32>(state, 4)
  let c = load<u32>(state, 8), d = load<u32>(state, 12)
  let e = load<u32>(state, 16), f = load<u32>(state, 20)
  let g = load<u32>(state, 24), h = load<u32>(state, 28)
  for (let i: usize = 0; i < 256; i += 32) {
    h += bigSigma1(e) + choose(e, f, g) + scheduled(schedule, i)
    d += h
    h += bigSigma0(a) + majority(a, b, c)
    g += bigSigma1(d) + choose(d, e, f) + scheduled(schedule, i + 4)
    c += g
    g += bigSigma0(h) + majority(h, a, b)
    f += bigSigma1(c) + choose(c, d, e) + scheduled(schedule, i + 8)
    b += f
    f += bigSigma0(g) + majority(g, h, a)
    e += bigSigma1(b) + choose(b, c, d) + scheduled(schedule, i + 12)
    a += e
    e += bigSigma0(f) + majority(f, g, h)
    d += bigSigma1(a) + choose(a, b, c) + scheduled(schedule, i + 16)
    h += d
    d += bigSigma0(e) + majority(e, f, g)
    c += bigSigma1(h) + choose(h, a, b) + scheduled(schedule, i + 20)
    g += c
    c += bigSigma0(d) + majority(d, e, f)
    b += bigSigma1(g) + choose(g, h, a) + scheduled(schedule, i + 24)
    f += b
    b += bigSigma0(c) + majority(c, d, e)
    a += bigSigma1(f) + choose(f, g, h) + scheduled(schedule, i + 28)
    e += a
    a += bigSigma0(b) + majority(b, c, d)
  }
  add(state, a)
  add(state + 4, b)
  add(state + 8, c)
  add(state + 12, d)
  add(state + 16, e)
  add(state + 20, f)
  add(state + 24, g)
  add(state + 28, h)
}

@inline
function add(place: usize, value: u32): void {
  store<u32>(place, load<u32>(place) + value)
}

/** One number of the message schedule with its round constant. */
@inline
function scheduled(schedule: usize, i: usize): u32 {
  return load<u32>(schedule + i) + load<u32>(ROUND_CONSTANTS + i)
}

function expand(schedule: usize, block: usize): void {
  for (let i: usize = 0; i < BLOCK_BYTES; i += 16) {
    v128.store(schedule + i, swapped(v128.load(block + i)))
  }
  for (let i = schedule; i < schedule + 192; i += 4) {
    const w1 = load<u32>(i, 4)
    const w14 = load<u32>(i, 56)
    const s0 = rotr<u32>(w1, 7) ^ rotr<u32>(w1, 18) ^ (w1 >> 3)
    const s1 = rotr<u32>(w14, 17) ^ rotr<u32>(w14, 19) ^ (w14 >> 10)
    store<u32>(i, load<u32>(i) + s0 + load<u32>(i, 36) + s1, 64)
  }
}

@inline
function bigSigma0(x: u32): u32 {
  return rotr<u32>(x, 2) ^ rotr<u32>(x, 13) ^ rotr<u32>(x, 22)
}

@inline
function bigSigma1(x: u32): u32 {
  return rotr<u32>(x, 6) ^ rotr<u32>(x, 11) ^ rotr<u32>(x, 25)
}

@inline
function choose(x: u32, y: u32, z: u32): u32 {
  return z ^ (x & (y ^ z))
}

@inline
function majority(x: u32, y: u32, z: u32): u32 {
  return (x & y) | (z & (x | y))
}
