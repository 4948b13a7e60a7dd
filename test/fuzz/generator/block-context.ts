/** The header side of a generated block. */

import { blobBaseFee } from '@shredcast/shared/chain/blob-gas'
import { blobParametersAt } from '@shredcast/shared/chain/chain-config'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import type { Random } from '@shredcast/shared/primitives/random'
import type { BlockModel } from '../case.ts'
import { DAO_FORK_BLOCK, FUZZ_CONFIG, firstBlockOf } from '../case.ts'
import type { AddressPool } from './address-pool.ts'
import { precompileAddress, SIGNERS } from './address-pool.ts'
import { choose, edgeWord, wordBytes } from './edge-values.ts'

const BLOB_TIMES = [1_000_000n, 2_500_000n, 4_000_000n]
/** What the limits of blocks are when nothing tight is wanted. */
const GAS_LIMITS = [30_000_000n, 100_000_000n, 2n ** 62n]

type Context = BlockModel['context']

/** Number of the first block: a few meet the DAO fork, a few a block hash that is out of reach. */
export function firstNumber(random: Random, fork: Hardfork): bigint {
  if (fork === 'homestead' && random.chance(0.1)) return DAO_FORK_BLOCK
  // Behind a few blocks, so that ommers have a number.
  const first = firstBlockOf(fork) + (fork === 'frontier' ? 10n : 0n)
  return first + BigInt(random.chance(0.3) ? random.below(4) : random.below(600))
}

export function createContext(random: Random, pool: AddressPool, number: bigint): Context {
  const { fork } = pool
  const is = (since: Hardfork) => isAtLeast(fork, since)
  const timestamp = random.pick(BLOB_TIMES) + number
  const parentHash = keccak256(wordBytes(number - 1n))
  return {
    parentHash,
    number,
    timestamp,
    beneficiary: pool.beneficiary,
    gasLimit: random.pick(GAS_LIMITS),
    difficulty: is('paris') ? 0n : 131_072n,
    prevRandao: wordBytes(edgeWord(random)),
    ...(is('london') && { baseFeePerGas: random.pick([0n, 1n, 7n, 7n, 1_000_000_000n]) }),
    ...(is('cancun') && {
      excessBlobGas: random.pick([0n, 0n, 10_000_000n, 50_000_000n]),
      parentBeaconBlockRoot: keccak256(parentHash),
    }),
    ...(is('shanghai') && { withdrawals: withdrawals(random, pool) }),
    ommers: is('paris') ? [] : ommers(random, pool, number),
  }
}

/** Wei per blob gas in that block; 0 before Cancun. */
export function blobFeeOf({ timestamp, excessBlobGas }: Context): bigint {
  const parameters = blobParametersAt(FUZZ_CONFIG, timestamp)
  if (excessBlobGas === undefined || parameters === undefined) return 0n
  return blobBaseFee(excessBlobGas, parameters)
}

/** Whoever it is, all transactions of the block pay him. */
export function pickBeneficiary(random: Random, pool: AddressPool): Uint8Array {
  return choose<() => Uint8Array>(random, [
    [8, () => pool.beneficiary],
    [3, () => random.pick(SIGNERS).address],
    [2, () => pool.pickContract(random)],
    [1, () => random.pick(pool.empty)],
    [1, () => precompileAddress(1 + random.below(9))],
    [1, () => pool.pick(random)],
    [0.5, () => new Uint8Array(20)],
  ])()
}

function withdrawals(random: Random, pool: AddressPool): NonNullable<Context['withdrawals']> {
  return Array.from({ length: random.below(4) }, (_, i) => ({
    index: BigInt(i),
    validatorIndex: 1n,
    address: pool.pick(random),
    amount: BigInt(random.pick([0, 0, 1, 5])),
  }))
}

function ommers(random: Random, pool: AddressPool, number: bigint): Context['ommers'] {
  return Array.from({ length: Math.max(0, random.below(4) - 1) }, () => ({
    number: number - BigInt(1 + random.below(6)),
    beneficiary: pool.pick(random),
  }))
}
