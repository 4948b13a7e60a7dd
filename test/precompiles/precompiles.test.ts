import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { HARDFORKS, isAtLeast } from '@shredcast/shared/chain/hardforks'
import { PrecompileOracle } from '@shredcast/shared/engine/reference/evm/precompile-oracle'
import { bigIntToBytes, bytesToHex, concatBytes } from '@shredcast/shared/primitives/bytes'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { PrecompileOutcome } from './core-precompiles.ts'
import { addressOf, CorePrecompiles, HeapFullError } from './core-precompiles.ts'

const BUILDS = ['debug', 'release'] as const
const GAS = 30_000_000n
/** Forks in which the price or the presence of a precompile changes, and one in between. */
const FORKS = ['homestead', 'byzantium', 'istanbul', 'berlin', 'cancun', 'prague', 'osaka'] as const
type Fork = (typeof FORKS)[number]

const oracles = new Map(FORKS.map((fork) => [fork, new PrecompileOracle(fork)]))
const word = (value: bigint) => bigIntToBytes(value, 32)

describe.each(BUILDS)('precompiles of the core, %s build', (build) => {
  let core: CorePrecompiles

  beforeAll(async () => {
    core = await CorePrecompiles.open(build)
  })

  /** What both say, with plenty of gas, with just enough, and with one less. */
  async function agreed(fork: Fork, number: number, input: Uint8Array) {
    const label = `${fork} ${number} ${bytesToHex(input)}`
    const expected = await oracles.get(fork)?.run(number, input, GAS)
    expect(await core.run(fork, number, input, GAS), label).toEqual(expected)
    if (expected?.output !== undefined) {
      const { gasUsed } = expected
      expect(await core.run(fork, number, input, gasUsed), label).toEqual(expected)
      if (gasUsed > 0n) {
        const failed: PrecompileOutcome = { gasUsed: gasUsed - 1n, output: undefined }
        expect(await core.run(fork, number, input, gasUsed - 1n), label).toEqual(failed)
      }
    }
    return expected
  }

  it.each(HARDFORKS)('are where %s has them, and nowhere else', (fork) => {
    const last = lastInRow(fork)
    for (const number of [...Array(0x20).keys(), 0xff, 0x101, 0x104, 0x1100, 0xffff]) {
      const isThere = number >= 1 && number <= last
      expect(core.at(fork, addressOf(number)), `${number}`).toBe(isThere ? number : 0)
    }
    expect(core.at(fork, addressOf(0x100))).toBe(fork === 'osaka' ? 0x100 : 0)
    for (let i = 0; i < 18; i++) {
      const address = addressOf(2)
      address[i] = 1
      expect(core.at(fork, address)).toBe(0)
    }
  })

  describe.each(FORKS)('in %s', (fork) => {
    it.each([0x02, 0x03, 0x04])('number %i takes any input', async (number) => {
      for (const length of [0, 1, 31, 32, 33, 55, 56, 63, 64, 65, 300]) {
        const input = Uint8Array.from({ length }, (_, i) => i * 7 + length)
        expect(await agreed(fork, number, input)).toBeDefined()
      }
    })

    it.each([
      [0x01, [0, 128, 129]],
      [0x06, [0, 64, 128, 200]],
      [0x07, [0, 96, 128]],
      [0x08, [0, 192, 384, 383]],
      [0x0a, [0, 192]],
      [0x0b, [256, 255]],
      [0x0c, [0, 160, 320, 480, 160 * 20, 160 * 127, 160 * 128, 160 * 129, 160 * 200]],
      [0x0d, [512, 511]],
      [0x0e, [0, 288, 576, 864, 288 * 20, 288 * 127, 288 * 128, 288 * 129]],
      [0x0f, [0, 384, 768, 769]],
      [0x10, [64, 65]],
      [0x11, [128, 129]],
      [0x100, [160, 161]],
    ] as const)('number %i has its price', async (number, lengths) => {
      for (const length of lengths) await agreed(fork, number, new Uint8Array(length))
    })

    it('blake2f costs its rounds', async () => {
      for (const rounds of [0n, 1n, 9n, 10n, 11n, 12n, 1000n]) {
        for (const flag of [0, 1, 2]) {
          const numbers = Uint8Array.from({ length: 208 }, (_, i) => i * 31)
          const input = concatBytes(bigIntToBytes(rounds, 4), numbers, Uint8Array.of(flag))
          await agreed(fork, 0x09, input)
          await agreed(fork, 0x09, input.subarray(1))
          await agreed(fork, 0x09, concatBytes(input, Uint8Array.of(0)))
        }
      }
      const endless = new Uint8Array(213).fill(0xff, 0, 4)
      await agreed(fork, 0x09, endless)
    })

    it('modexp takes numbers of any length', async () => {
      const bytes = fc.uint8Array({ maxLength: 80 })
      const sparse = fc.tuple(fc.nat(79), fc.nat(79), bytes).map(([zeros, behind, middle]) => {
        return concatBytes(new Uint8Array(zeros), middle.subarray(0, 9), new Uint8Array(behind))
      })
      const numbers = fc.oneof(bytes, sparse)
      const check = fc.asyncProperty(
        numbers,
        numbers,
        numbers,
        fc.nat(40),
        async (b, e, m, cut) => {
          const header = concatBytes(...[b, e, m].map(({ length }) => word(BigInt(length))))
          const input = concatBytes(header, b, e, m)
          await agreed(fork, 0x05, input)
          await agreed(fork, 0x05, input.subarray(0, Math.max(0, input.length - cut)))
        },
      )
      await fc.assert(check, { numRuns: 60 })
    })

    it('modexp believes no length that it is not paid for', async () => {
      const lengths = [0n, 1n, 2n, 32n, 33n, 64n, 65n, 1024n, 1025n, 2n ** 31n, 2n ** 32n]
      const huge = [
        2n ** 56n - 1n,
        2n ** 56n,
        2n ** 63n,
        2n ** 64n - 1n,
        2n ** 64n,
        2n ** 256n - 1n,
      ]
      const any = fc.constantFrom(...lengths, ...huge)
      const tail = fc.uint8Array({ maxLength: 70 })
      const check = fc.asyncProperty(any, any, any, tail, async (b, e, m, rest) => {
        await agreed(fork, 0x05, concatBytes(word(b), word(e), word(m), rest))
      })
      await fc.assert(check, { numRuns: 150 })
      for (const length of [0, 1, 31, 32, 64, 95, 96, 97]) {
        await agreed(fork, 0x05, new Uint8Array(length))
      }
    })
  })

  it('modexp computes RSA', async () => {
    const number = (length: number, seed: number) =>
      Uint8Array.from({ length }, (_, i) => (i * seed + (i >> 3)) | 1)
    for (const length of [127, 128, 256, 511]) {
      const operands = [number(length, 29), Uint8Array.of(1, 0, 1), number(length, 53)]
      const header = concatBytes(...operands.map((operand) => word(BigInt(operand.length))))
      expect(await agreed('berlin', 0x05, concatBytes(header, ...operands))).toBeDefined()
    }
  })

  it('stops the block when a paid output does not fit the worker', async () => {
    const header = concatBytes(word(0n), word(0n), word(2n ** 26n))
    const run = core.run('berlin', 0x05, header, 2n ** 62n)
    await expect(run).rejects.toThrow(HeapFullError)
  })
})

/** The highest number of those that follow each other from 1 on. */
function lastInRow(fork: Hardfork): number {
  if (isAtLeast(fork, 'prague')) return 0x11
  if (isAtLeast(fork, 'cancun')) return 0x0a
  if (isAtLeast(fork, 'istanbul')) return 0x09
  return isAtLeast(fork, 'byzantium') ? 0x08 : 0x04
}
