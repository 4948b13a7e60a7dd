import { bytesToBigInt } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { BUILDS, KernelCore, ROOM } from './kernel-core.ts'

const OUT = ROOM
const INPUT = ROOM + 1024 + 5
/** More than the cache has entries, so that all of them are replaced. */
const MANY = 20_000

/** Bytes that differ in few places, as the keys of one contract do. */
const input = fc
  .tuple(fc.constantFrom(0, 20, 31, 32, 33, 63, 64, 65, 136), fc.nat(3), fc.nat(40))
  .map(([length, place, value]) => {
    const bytes = new Uint8Array(length)
    if (length > 0) bytes[(place * 16 + 15) % length] = value
    return bytes
  })

describe.each(BUILDS)('keccakInto, %s build', (build) => {
  let core: KernelCore

  beforeAll(async () => {
    core = await KernelCore.open(build)
  })

  function hash(bytes: Uint8Array, out = OUT, at = INPUT): bigint {
    core.bytes.set(bytes, at)
    core.kernels.keccakInto(out, at, bytes.length)
    return core.word(out)
  }

  it('gives the hash as a word, found or computed', () => {
    fc.assert(
      fc.property(input, (bytes) => {
        expect(hash(bytes)).toBe(bytesToBigInt(keccak256(bytes)))
      }),
      { numRuns: 3000 },
    )
  })

  it('does not take a new, zero entry for the hash of zeros', async () => {
    const fresh = await KernelCore.open(build)
    for (const length of [32, 64]) {
      fresh.kernels.keccakInto(OUT, INPUT, length)
      expect(fresh.word(OUT)).toBe(bytesToBigInt(keccak256(new Uint8Array(length))))
    }
  })

  it('keeps 32 bytes and the same bytes with zeros behind them apart', () => {
    const short = new Uint8Array(32).fill(7)
    const long = Uint8Array.of(...short, ...new Uint8Array(32))
    for (const bytes of [short, long, short, long]) {
      expect(hash(bytes)).toBe(bytesToBigInt(keccak256(bytes)))
    }
  })

  it('holds when every entry is replaced', () => {
    const bytes = new Uint8Array(64)
    const view = new DataView(bytes.buffer)
    for (const length of [64, 32, 64, 32]) {
      for (let i = 0; i < MANY; i += 1) {
        view.setUint32(28, i)
        const part = bytes.subarray(0, length)
        core.bytes.set(part, INPUT)
        core.kernels.keccakInto(OUT, INPUT, length)
        if (i % 97 === 0) expect(core.word(OUT)).toBe(bytesToBigInt(keccak256(part)))
      }
    }
  })

  it('may write over its input', () => {
    for (const length of [32, 64, 96]) {
      for (let round = 0; round < 2; round++) {
        const bytes = new Uint8Array(length).fill(length)
        const at = ROOM + 256
        expect(hash(bytes, at, at)).toBe(bytesToBigInt(keccak256(bytes)))
      }
    }
  })
})
