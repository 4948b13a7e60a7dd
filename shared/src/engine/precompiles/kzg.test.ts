import { createHash } from 'node:crypto'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { bigIntToBytes, bytesToHex, concatBytes, hexToBytes } from '../../primitives/bytes.ts'
import { verifyKzgProof } from '../reference/evm/kzg-proof.ts'
import { PrecompileOracle } from '../reference/evm/precompile-oracle.ts'
import { Bls12381 } from './bls12-381.ts'
import { KzgVerifier } from './kzg.ts'
import { FAILED } from './outcome.ts'

/** The proof that go-ethereum tests the precompile with. */
const COMMITMENT = hexToBytes(
  '0x8f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b7',
)
const PROOF = hexToBytes(
  '0x873033e038326e87ed3e1276fd140253fa08e9fc25fb2d9a98527fc22a2c9612fbeafdad446cbc7bcdbdcd780af2c16a',
)
const Z = hexToBytes('0x564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d36306')
const Y = hexToBytes('0x24d25032e67a7e6a4910df5834b8fe70e6bcfeeac0352434196bdf4b2485d5a1')

const { Point } = bls12_381.G1
const GROUP_ORDER = Point.Fn.ORDER
const FIELD_ORDER = Point.Fp.ORDER
const INFINITY = startingWith(0xc0, 48)

const word = (value: bigint) => bigIntToBytes(value, 32)

function startingWith(byte: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  bytes[0] = byte
  return bytes
}

function versionedHash(commitment: Uint8Array): Uint8Array {
  const hash = new Uint8Array(createHash('sha256').update(commitment).digest())
  hash[0] = 1
  return hash
}

const oracle = new PrecompileOracle('cancun')
let kzg: KzgVerifier

beforeAll(async () => {
  kzg = new KzgVerifier((await Bls12381.start()).mcl)
})

/** What both say; fails where they differ. */
function agreed(commitment: Uint8Array, z: Uint8Array, y: Uint8Array, proof: Uint8Array): boolean {
  const parts = [commitment, z, y, proof].map(bytesToHex) as [string, string, string, string]
  const expected = verifyKzgProof(...parts)
  expect(kzg.verify(commitment, z, y, proof), parts.join(' ')).toBe(expected)
  return expected
}

describe('verify', () => {
  it('accepts a proof, again and again', () => {
    for (let i = 0; i < 3; i++) {
      expect(agreed(COMMITMENT, Z, Y, PROOF)).toBe(true)
      expect(agreed(COMMITMENT, Z, Z, PROOF)).toBe(false)
    }
  })

  it('accepts constants, whose proof is the point at infinity', () => {
    const check = fc.property(
      fc.bigInt({ min: 0n, max: GROUP_ORDER - 1n }),
      fc.bigInt({ min: 0n, max: GROUP_ORDER - 1n }),
      (value, z) => {
        const commitment = Point.BASE.multiplyUnsafe(value).toBytes(true)
        expect(agreed(commitment, word(z), word(value), INFINITY)).toBe(true)
        const other = word((value + 1n) % GROUP_ORDER)
        expect(agreed(commitment, word(z), other, INFINITY)).toBe(false)
      },
    )
    fc.assert(check, { numRuns: 5 })
    expect(agreed(INFINITY, Z, word(0n), INFINITY)).toBe(true)
    expect(agreed(INFINITY, Z, word(1n), INFINITY)).toBe(false)
  })

  it('refuses a proof that brings the other side to infinity', () => {
    const z = Point.Fn.inv(5n)
    const proof = Point.BASE.multiply(GROUP_ORDER - 5n).toBytes(true)
    expect(agreed(Point.BASE.toBytes(true), word(z), word(0n), proof)).toBe(false)
  })

  it('refuses another commitment or proof', () => {
    expect(agreed(PROOF, Z, Y, PROOF)).toBe(false)
    expect(agreed(COMMITMENT, Z, Y, COMMITMENT)).toBe(false)
    expect(agreed(COMMITMENT, Z, Y, INFINITY)).toBe(false)
    expect(agreed(INFINITY, Z, Y, PROOF)).toBe(false)
  })

  it('refuses scalars that are not below the order of the group', () => {
    for (const bad of [GROUP_ORDER, GROUP_ORDER + 1n, 2n ** 256n - 1n]) {
      expect(agreed(INFINITY, word(bad), word(0n), INFINITY)).toBe(false)
      expect(agreed(INFINITY, Z, word(bad), INFINITY)).toBe(false)
    }
    expect(agreed(INFINITY, word(GROUP_ORDER - 1n), word(0n), INFINITY)).toBe(true)
  })

  it('refuses what is no compressed point of the subgroup', () => {
    for (const bad of badPoints()) {
      expect(agreed(bad, Z, word(0n), INFINITY)).toBe(false)
      expect(agreed(COMMITMENT, Z, Y, bad)).toBe(false)
    }
  })

  it('agrees about flipped bits', () => {
    const check = fc.property(fc.constantFrom(0, 1, 2, 3), fc.nat(383), (place, bit) => {
      const parts = [COMMITMENT, Z, Y, PROOF].map((part) => part.slice())
      const part = parts[place]!
      const index = (bit >> 3) % part.length
      part[index] = part[index]! ^ (1 << (bit & 7))
      const [commitment, z, y, proof] = parts as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
      expect(agreed(commitment, z, y, proof)).toBe(false)
    })
    fc.assert(check, { numRuns: 40 })
  })
})

describe('the precompile', () => {
  const good = concatBytes(versionedHash(COMMITMENT), Z, Y, COMMITMENT, PROOF)

  async function outcome(input: Uint8Array): Promise<string | undefined> {
    const expected = await oracle.run(0x0a, input, 50_000n)
    const output = new Uint8Array(256)
    const length = kzg.evaluate(input, output)
    const actual = length === FAILED ? undefined : output.subarray(0, length)
    expect(actual).toEqual(expected?.output)
    return actual && bytesToHex(actual)
  }

  it('answers the constants of EIP-4844', async () => {
    const order = '73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001'
    expect(await outcome(good)).toBe(`0x${'1000'.padStart(64, '0')}${order}`)
  })

  it('fails with another hash, version or length', async () => {
    for (const index of [0, 1, 31]) {
      const input = good.slice()
      input[index] = input[index]! ^ 2
      expect(await outcome(input)).toBeUndefined()
    }
    for (const length of [0, 191, 193, 384]) {
      const input = new Uint8Array(length)
      input.set(good.subarray(0, length))
      expect(await outcome(input)).toBeUndefined()
    }
  })
})

/** Wrong flags, infinity and more, no point or none of the subgroup with this x, x not below p. */
function badPoints(): Uint8Array[] {
  const compressed = (x: bigint) => {
    const bytes = bigIntToBytes(x, 48)
    bytes[0] = bytes[0]! | 0x80
    return bytes
  }
  const behind = INFINITY.slice()
  behind[47] = 1
  const flags = [0x80, 0x40, 0x20].map((flag) => {
    const bytes = COMMITMENT.slice()
    bytes[0] = bytes[0]! ^ flag
    return bytes
  })
  const infinities = [0xe0, 0x40, 0x60, 0x80, 0x00, 0x20].map((byte) => startingWith(byte, 48))
  const strangers = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n].map(compressed)
  const tooLarge = [FIELD_ORDER, FIELD_ORDER + 4n, 2n ** 381n - 1n].map(compressed)
  return [behind, ...flags, ...infinities, ...strangers, ...tooLarge]
}
