/** What makes a transaction invalid, on some fork at least: one change to one that was valid. */

import type { Random } from '@shredcast/shared/primitives/random'
import type { TransactionModel } from '../case.ts'
import { FUZZ_CHAIN_ID, SIGNATURE_FAULTS } from '../case.ts'
import type { Weighted } from './edge-values.ts'
import { choose, randomBytes } from './edge-values.ts'
import { ETHER } from './population.ts'

type Change = (random: Random, tx: TransactionModel) => Partial<TransactionModel>

const CHANGES: Weighted<Change> = [
  [4, (random) => ({ nonceSkew: BigInt(random.pick([-1, 1, 2, 50])) })],
  [1, (random) => ({ nonceSkew: 2n ** 64n - BigInt(1 + random.below(3)) })],
  [4, (random) => ({ gasLimit: BigInt(random.pick([0, 20_999, 21_000, 21_001, 53_000])) })],
  [1, () => ({ gasLimit: 2n ** 24n + 1n })],
  [1, () => ({ gasLimit: 2n ** 64n - 1n })],
  [4, floorTransaction],
  [2, () => ({ value: 10n ** 10n * ETHER })],
  [2, (random) => ({ isValueOfRest: true, value: BigInt(random.below(3)) })],
  [1, () => ({ value: 2n ** 256n - 1n })],
  [2, () => ({ maxFeePerGas: 0n })],
  [2, (_, { maxFeePerGas }) => ({ maxPriorityFeePerGas: maxFeePerGas + 1n })],
  [1, () => ({ maxFeePerGas: 2n ** 256n - 1n })],
  [2, (_, { type }) => (type === 0 ? {} : { chainId: FUZZ_CHAIN_ID + 1n })],
  [1, () => ({ chainId: FUZZ_CHAIN_ID })],
  [1, () => ({ type: 0, chainId: FUZZ_CHAIN_ID + 1n })],
  [4, (random) => ({ signatureFault: random.pick(SIGNATURE_FAULTS) })],
  [1, () => ({ to: undefined, data: new Uint8Array(49_153), gasLimit: 2n ** 23n })],
  [1, () => ({ to: undefined, data: new Uint8Array(49_152), gasLimit: 2n ** 23n })],
  [3, (random) => ({ ...typed(random) })],
  [2, () => ({ type: 3, ...blobs(0) })],
  [2, (random) => ({ type: 3, ...blobs(random.pick([6, 7, 9, 10, 21, 22])) })],
  [1, () => ({ type: 3, maxFeePerBlobGas: 1n, blobVersionedHashes: [new Uint8Array(32)] })],
  [1, () => ({ type: 3, ...blobs(1), to: undefined })],
  [1, () => ({ type: 3, ...blobs(1), maxFeePerBlobGas: 0n })],
  [1, () => ({ type: 4, authorizations: [] })],
  [1, () => ({ type: 4, to: undefined })],
  [2, (random) => ({ edit: { type: 'cut', at: random.below(120) } })],
  [3, (random) => ({ edit: { type: 'flip', at: random.below(120), mask: 1 << random.below(8) } })],
  [1, (random) => ({ edit: { type: 'append', bytes: randomBytes(random, 1 + random.below(3)) } })],
  [2, (random) => ({ edit: { type: 'replace', bytes: randomBytes(random, random.below(60)) } })],
  [1, (random) => ({ edit: { type: 'replace', bytes: Uint8Array.of(random.below(8), 0xc0) } })],
]

/** Much data, and gas around its floor (EIP-7623): 21000 and 40 for each byte. */
function floorTransaction(random: Random): Partial<TransactionModel> {
  const bytes = 300 + random.below(300)
  const gas = 21_000 + 40 * bytes + random.pick([-9000, -1, 0, 1, 3000, 90_000])
  return { data: new Uint8Array(bytes).fill(1), gasLimit: BigInt(gas) }
}

function typed(random: Random): Partial<TransactionModel> {
  return { type: random.pick([1, 2, 3, 4] as const), chainId: FUZZ_CHAIN_ID }
}

function blobs(count: number): Partial<TransactionModel> {
  const hash = new Uint8Array(32).fill(1)
  const blobVersionedHashes = Array.from({ length: count }, () => hash)
  return { chainId: FUZZ_CHAIN_ID, maxFeePerBlobGas: 10n ** 9n, blobVersionedHashes }
}

/** The transaction with something about it that may not be. */
export function spoil(random: Random, tx: TransactionModel): TransactionModel {
  return { ...tx, ...choose(random, CHANGES)(random, tx) }
}
