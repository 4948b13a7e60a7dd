import { createHash } from 'node:crypto'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { BUILDS, KernelCore, ROOM } from './kernel-core.ts'

const OUT = ROOM + 1
const INPUT = ROOM + 1027
const LENGTHS_MAX = 700

const sha256 = (input: Uint8Array) => createHash('sha256').update(input).digest('hex')
const ripemd160 = (input: Uint8Array) => createHash('ripemd160').update(input).digest('hex')
const keccak = (input: Uint8Array) => bytesToHex(keccak256(input)).slice(2)

const HASHES = [
  { name: 'keccak256', oracle: keccak, length: 32 },
  { name: 'sha256', oracle: sha256, length: 32 },
  { name: 'ripemd160', oracle: ripemd160, length: 20 },
] as const

describe.each(BUILDS)('hashes, %s build', (build) => {
  let core: KernelCore

  beforeAll(async () => {
    core = await KernelCore.open(build)
  })

  describe.each(HASHES)('$name', ({ name, oracle, length }) => {
    function hash(input: Uint8Array): string {
      core.bytes.set(input, INPUT)
      core.kernels[name](OUT, INPUT, input.length)
      return bytesToHex(core.slice(OUT, length)).slice(2)
    }

    it('hashes every length around the blocks', () => {
      const input = Uint8Array.from({ length: LENGTHS_MAX }, (_, i) => (i * 37 + (i >> 3)) & 0xff)
      for (let bytes = 0; bytes <= LENGTHS_MAX; bytes++) {
        const part = input.subarray(0, bytes)
        expect(hash(part), `${bytes} bytes`).toBe(oracle(part))
      }
    })

    it('hashes any bytes', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 2000 }), (input) => {
          expect(hash(input)).toBe(oracle(input))
        }),
        { numRuns: 300 },
      )
    })

    it('hashes a megabyte', () => {
      const input = new Uint8Array(2 ** 20).fill(0xa5)
      expect(hash(input)).toBe(oracle(input))
    })

    it('writes its own bytes and no others', () => {
      core.bytes.fill(0xee, OUT - 1, OUT + length + 1)
      hash(Uint8Array.of(1, 2, 3))
      expect(core.bytes[OUT - 1]).toBe(0xee)
      expect(core.bytes[OUT + length]).toBe(0xee)
    })
  })
})
