/** Inputs that precompiles can do something with, and some that they must refuse. */

import { createHash } from 'node:crypto'
import { concatBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import type { Random } from '@shredcast/shared/primitives/random'
import type { Weighted } from './edge-values.ts'
import { choose, edgeWord, randomBits, randomBytes, wordBytes } from './edge-values.ts'

export interface PrecompileInput {
  readonly number: number
  readonly bytes: Uint8Array
}

const P256_VERIFY = 0x100
const BN254_PRIME = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47n
const BN254_ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n

/** Signature of a message by a key, as ecrecover takes it: hash, v, r, s. */
const RECOVERABLE = [
  '456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3',
  '000000000000000000000000000000000000000000000000000000000000001c',
  '9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac8038825608',
  '4f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada',
].map((digits) => hexToBytes(`0x${digits}`))

/** The generator of G2 of BN254, imaginary parts first. */
const BN254_G2 = [
  0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2n,
  0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6edn,
  0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975bn,
  0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daan,
]

/** The generators of G1 and G2 of BLS12-381 in EIP-2537's form: 64 bytes a number. */
const BLS_G1 = blsNumbers(
  '17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb',
  '08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1',
)
const BLS_G2 = blsNumbers(
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8',
  '13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e',
  '0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801',
  '0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be',
)

function blsNumbers(...digits: string[]): Uint8Array {
  return concatBytes(...digits.map((part) => hexToBytes(`0x${part.padStart(128, '0')}`)))
}

/** A valid signature of P-256: hash, r, s, x, y (EIP-7951). */
const P256_SIGNED = [
  'bb5a52f42f9c9261ed4361f59422a1e30036e7c32b270c8807a419feca605023',
  '2ba3a8be6b94d5ec80a6d9d1190a436effe50d85a1eee859b8cc6af9bd5c2e18',
  '4cd60b855d442f5b3c7b11eb6c4e0ae7525fe710fab9aa7c77a67f79e6fadd76',
  '2927b10512bae3eddcfe467828128bad2903269919f7086069c8c4df6c732838',
  'c7787964eaac00e5921fb1498a60f4606766b3d9685001558d1a974e7341513e',
].map((digits) => hexToBytes(`0x${digits}`))

function modexp(random: Random): Uint8Array {
  const lengths = Array.from({ length: 3 }, () => random.pick([0, 1, 2, 31, 32, 33, 64, 96]))
  const claimed = lengths.map((length) => {
    return random.chance(0.95) ? BigInt(length) : edgeWord(random)
  })
  const [base, exponent, modulus] = lengths.map((length) => {
    return random.chance(0.2) ? new Uint8Array(length) : randomBytes(random, length)
  })
  if (random.chance(0.3) && exponent!.length > 0) exponent!.fill(0, 0, exponent!.length - 1)
  return concatBytes(...claimed.map(wordBytes), base!, exponent!, modulus!)
}

function bn254Point(random: Random): Uint8Array {
  return choose<bigint[]>(random, [
    [6, [1n, 2n]],
    [2, [1n, BN254_PRIME - 2n]],
    [2, [0n, 0n]],
    [1, [1n, 3n]],
    [1, [BN254_PRIME, 0n]],
    [1, [edgeWord(random), edgeWord(random)]],
  ])
    .map(wordBytes)
    .reduce((x, y) => concatBytes(x, y))
}

function bn254Pairs(random: Random): Uint8Array {
  return concatBytes(
    ...Array.from({ length: random.below(3) }, () => {
      const second = random.chance(0.8) ? BN254_G2 : [0n, 0n, 0n, random.chance(0.5) ? 0n : 1n]
      return concatBytes(bn254Point(random), ...second.map(wordBytes))
    }),
  )
}

/** EIP-152: rounds, state, message, counters, final flag. */
function blake2(random: Random): Uint8Array {
  const rounds = random.chance(0.9) ? random.below(30) : random.below(2 ** 32)
  const flag = random.chance(0.9) ? random.below(2) : random.below(256)
  const bytes = randomBytes(random, random.chance(0.9) ? 213 : 212 + random.below(3))
  new DataView(bytes.buffer).setUint32(0, rounds)
  bytes[bytes.length - 1] = flag
  return bytes
}

/** The polynomial that is zero everywhere, whose commitment and proof are the point at infinity. */
function kzg(random: Random): Uint8Array {
  const infinity = new Uint8Array(48)
  infinity[0] = 0xc0
  const hash = createHash('sha256').update(infinity).digest()
  hash[0] = random.chance(0.9) ? 1 : 2
  const value = wordBytes(random.chance(0.8) ? 0n : edgeWord(random))
  return concatBytes(hash, wordBytes(randomBits(random, 250)), value, infinity, infinity)
}

function blsPoint(random: Random, generator: Uint8Array): Uint8Array {
  const dice = random.below(10)
  if (dice < 6) return generator
  if (dice < 8) return new Uint8Array(generator.length)
  return dice < 9 ? mutated(random, generator) : randomBytes(random, generator.length)
}

function blsScalar(random: Random): Uint8Array {
  return wordBytes(edgeWord(random))
}

/** One of the seven operations of EIP-2537. */
function bls(random: Random, number: number): Uint8Array {
  const g1 = () => blsPoint(random, BLS_G1)
  const g2 = () => blsPoint(random, BLS_G2)
  const several = (make: () => Uint8Array) => {
    return concatBytes(...Array.from({ length: 1 + random.below(2) }, make))
  }
  if (number === 0x0b) return concatBytes(g1(), g1())
  if (number === 0x0c) return several(() => concatBytes(g1(), blsScalar(random)))
  if (number === 0x0d) return concatBytes(g2(), g2())
  if (number === 0x0e) return several(() => concatBytes(g2(), blsScalar(random)))
  if (number === 0x0f) return several(() => concatBytes(g1(), g2()))
  const numbers = number === 0x10 ? 1 : 2
  const parts = Array.from({ length: numbers }, () => [
    new Uint8Array(16),
    random.chance(0.9) ? Uint8Array.of(0x10) : Uint8Array.of(0x1b),
    randomBytes(random, 47),
  ])
  return concatBytes(...parts.flat())
}

function mutated(random: Random, bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  if (copy.length > 0) copy[random.below(copy.length)]! ^= 1 << random.below(8)
  return copy
}

function ecrecover(random: Random): Uint8Array {
  const [hash, v, r, s] = RECOVERABLE
  if (random.chance(0.5)) return concatBytes(hash!, v!, r!, s!)
  const parity = wordBytes(random.chance(0.8) ? BigInt(27 + random.below(2)) : edgeWord(random))
  return concatBytes(keccak256(randomBytes(random, 8)), parity, r!, mutated(random, s!))
}

const MAKERS: Weighted<(random: Random) => PrecompileInput> = [
  [12, (random) => ({ number: 1, bytes: ecrecover(random) })],
  [10, (random) => ({ number: 2, bytes: randomBytes(random, random.below(200)) })],
  [8, (random) => ({ number: 3, bytes: randomBytes(random, random.below(200)) })],
  [10, (random) => ({ number: 4, bytes: randomBytes(random, random.below(200)) })],
  [14, (random) => ({ number: 5, bytes: modexp(random) })],
  [8, (random) => ({ number: 6, bytes: concatBytes(bn254Point(random), bn254Point(random)) })],
  [
    6,
    (random) => ({ number: 7, bytes: concatBytes(bn254Point(random), wordBytes(scalar(random))) }),
  ],
  [3, (random) => ({ number: 8, bytes: bn254Pairs(random) })],
  [10, (random) => ({ number: 9, bytes: blake2(random) })],
  [2, (random) => ({ number: 10, bytes: kzg(random) })],
  [
    5,
    (random) => {
      const number = 0x0b + random.below(7)
      return { number, bytes: bls(random, number) }
    },
  ],
  [6, (random) => ({ number: P256_VERIFY, bytes: p256(random) })],
]

function scalar(random: Random): bigint {
  return random.chance(0.3) ? BN254_ORDER - BigInt(random.below(3)) : edgeWord(random)
}

function p256(random: Random): Uint8Array {
  const bytes = concatBytes(...P256_SIGNED)
  return random.chance(0.6) ? bytes : mutated(random, bytes)
}

/** Input for some precompile, a few of them too short, too long, or changed in a bit. */
export function precompileInput(random: Random): PrecompileInput {
  const input = choose(random, MAKERS)(random)
  const { number, bytes } = input
  const dice = random.below(20)
  if (dice === 0) return { number, bytes: mutated(random, bytes) }
  if (dice === 1) return { number, bytes: bytes.slice(0, random.below(bytes.length + 1)) }
  if (dice === 2)
    return { number, bytes: concatBytes(bytes, randomBytes(random, random.below(40))) }
  return input
}
