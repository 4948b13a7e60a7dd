/** Transactions of a block: mostly valid ones that get in each other's way. */

import type { AccessListEntry } from '@shredcast/shared/chain/access-list'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Transaction } from '@shredcast/shared/chain/transaction'
import type { Random } from '@shredcast/shared/primitives/random'
import type { AuthorizationModel, BlockModel, TransactionModel } from '../case.ts'
import { FUZZ_CHAIN_ID } from '../case.ts'
import type { AddressPool } from './address-pool.ts'
import { SIGNERS } from './address-pool.ts'
import { blobFeeOf } from './block-context.ts'
import type { Contract, Style } from './contracts.ts'
import { anyCallData, initcode } from './contracts.ts'
import type { Weighted } from './edge-values.ts'
import { choose, hotKey, logUniform, randomBytes, wordBytes } from './edge-values.ts'
import { RICH } from './population.ts'

const NO_BYTES = new Uint8Array(0)
const DEEP_GAS = 1_500_000_000_000n
/** EIP-7825. */
const TRANSACTION_GAS_CAP = 2n ** 24n
const NOBODY = new Uint8Array(20)

/** What a block is mostly about. */
const THEMES = ['mix', 'mix', 'one contract', 'one sender', 'transfers', 'creations'] as const

export interface Scene {
  readonly random: Random
  readonly pool: AddressPool
  readonly style: Style
  readonly contracts: readonly Contract[]
  readonly context: BlockModel['context']
}

/** The theme and who plays in it. */
interface Plot extends Scene {
  readonly theme: (typeof THEMES)[number]
  readonly senders: readonly number[]
  readonly hotContract: Contract
  /** A recipient that many send to. */
  readonly hub: Uint8Array
}

export function createTransactions(scene: Scene, count: number): TransactionModel[] {
  const { random, pool, contracts } = scene
  const theme = random.pick(THEMES)
  const senderCount = theme === 'one sender' ? 1 : 1 + random.below(RICH.length)
  const senders = Array.from({ length: senderCount }, () => pickSender(random))
  const hub = random.chance(0.3) ? pool.beneficiary : pool.pick(random)
  const plot = { ...scene, theme, senders, hotContract: random.pick(contracts), hub }
  return Array.from({ length: count }, () => createTransaction(plot))
}

function createTransaction(plot: Plot): TransactionModel {
  const { random, pool, theme } = plot
  const kinds: Weighted<(plot: Plot) => Partial<TransactionModel>> = [
    [theme === 'transfers' ? 60 : 10, transfer],
    [40, call],
    [theme === 'one contract' ? 60 : 0, (same) => callTo(same, same.hotContract)],
    [theme === 'creations' ? 30 : 5, creation],
    [6, anything],
  ]
  const signer = random.chance(0.9) ? random.pick(plot.senders) : pickSender(random)
  const content = choose(random, kinds)(plot)
  const type = pickType(random, pool.fork, content.to === undefined)
  return {
    signer,
    type,
    ...(type !== 0 || isProtected(plot) ? { chainId: FUZZ_CHAIN_ID } : {}),
    nonceSkew: 0n,
    ...fees(plot, type),
    value: 0n,
    data: NO_BYTES,
    ...extras(plot, type),
    ...content,
    gasLimit: gasLimit(plot, type, content),
  }
}

function pickSender(random: Random): number {
  return random.chance(0.88) ? random.pick(RICH) : random.below(SIGNERS.length)
}

function isProtected({ random, pool }: Plot): boolean {
  return isAtLeast(pool.fork, 'spuriousDragon') && random.chance(0.9)
}

function pickType(random: Random, fork: Hardfork, isCreation: boolean): Transaction['type'] {
  const since = (first: Hardfork, weight: number) => (isAtLeast(fork, first) ? weight : 0)
  return choose<Transaction['type']>(random, [
    [6, 0],
    [since('berlin', 3), 1],
    [since('london', 5), 2],
    [isCreation ? 0 : since('cancun', 2), 3],
    [isCreation ? 0 : since('prague', 4), 4],
  ])
}

function fees(
  { random, context, pool }: Plot,
  type: number,
): Pick<TransactionModel, 'maxFeePerGas' | 'maxPriorityFeePerGas'> {
  const base = context.baseFeePerGas ?? 0n
  const isFree = random.chance(isAtLeast(pool.fork, 'london') ? 0.2 : 0.05)
  const tip = isFree ? 0n : BigInt(random.below(12))
  if (type < 2) return { maxFeePerGas: base + tip, maxPriorityFeePerGas: base + tip }
  const room = BigInt(random.below(12))
  return { maxFeePerGas: base + (room > tip ? room : tip), maxPriorityFeePerGas: tip }
}

function transfer({ random, pool, hub }: Plot): Partial<TransactionModel> {
  const to = random.chance(0.5) ? hub : pool.pick(random)
  const dice = random.below(10)
  if (dice === 0) return { to, value: BigInt(random.below(3) - 1), isValueOfRest: true }
  return { to, value: dice < 3 ? 0n : BigInt(random.below(1000)) }
}

function call(plot: Plot): Partial<TransactionModel> {
  return callTo(plot, plot.random.pick(plot.contracts))
}

function callTo({ random }: Plot, contract: Contract): Partial<TransactionModel> {
  const value = random.chance(0.75) ? 0n : BigInt(random.below(50))
  return { to: contract.address, value, data: contract.callData(random) }
}

function creation({ random, pool, style }: Plot): Partial<TransactionModel> {
  const value = random.chance(0.8) ? 0n : BigInt(random.below(50))
  return { value, data: initcode(random, pool, style) }
}

/** Call data for whoever is there: what was created, delegated accounts, system contracts. */
function anything({ random, pool }: Plot): Partial<TransactionModel> {
  const data = random.chance(0.7)
    ? anyCallData(random, pool)
    : randomBytes(random, 20 * random.below(6))
  return { to: pool.pick(random), value: BigInt(random.below(4)), data }
}

/** Often too little: that is how every place where gas can run out is met. */
function gasLimit(plot: Plot, type: number, content: Partial<TransactionModel>): bigint {
  const { random, pool, contracts } = plot
  const { to, data = NO_BYTES } = content
  const { appetite } = contracts.find(({ address }) => address === to) ?? {}
  if (appetite === 'unbounded' && random.chance(0.7)) {
    return isAtLeast(pool.fork, 'osaka') ? TRANSACTION_GAS_CAP : DEEP_GAS
  }
  if (appetite === 'much' && random.chance(0.8)) return TRANSACTION_GAS_CAP
  const intrinsic = 21_000 + 40 * data.length + (to === undefined ? 35_000 : 0)
  const room = choose(random, [
    [3, 0],
    [30, 100_000 + random.below(400_000)],
    [15, 20_000 + logUniform(random, 300_000)],
    [8, logUniform(random, 60_000)],
    [20, 400_000],
    [5, 1_000_000],
    [to === undefined ? 3 : 0.2, 8_000_000],
  ])
  return BigInt(intrinsic + room + (type === 4 ? 60_000 : 0))
}

function extras(plot: Plot, type: number): Partial<TransactionModel> {
  if (type === 0) return {}
  const { random, context } = plot
  return {
    ...(random.chance(0.5) ? { accessList: accessList(plot) } : {}),
    ...(type === 3 && {
      maxFeePerBlobGas: blobFeeOf(context) + BigInt(random.below(3)),
      blobVersionedHashes: blobHashes(random),
    }),
    ...(type === 4 && { authorizations: authorizations(plot) }),
  }
}

function accessList({ random, pool }: Plot): AccessListEntry[] {
  return Array.from({ length: random.below(4) }, () => ({
    address: pool.pick(random),
    storageKeys: Array.from({ length: random.below(3) }, () => wordBytes(hotKey(random))),
  }))
}

function blobHashes(random: Random): Uint8Array[] {
  return Array.from({ length: 1 + random.below(random.chance(0.9) ? 3 : 7) }, () => {
    const hash = randomBytes(random, 32)
    hash[0] = 1
    return hash
  })
}

function authorizations({ random, pool }: Plot): AuthorizationModel[] {
  return Array.from({ length: 1 + random.below(3) }, () => ({
    signer: random.below(SIGNERS.length),
    address: choose(random, [
      [8, pool.pickContract(random)],
      [5, pool.pick(random)],
      [3, NOBODY],
      [3, random.pick(SIGNERS).address],
    ]),
    chainId: choose(random, [
      [5, FUZZ_CHAIN_ID],
      [5, 0n],
      [1, FUZZ_CHAIN_ID + 1n],
    ]),
    nonceSkew: choose(random, [
      [12, 0n],
      [1, 1n],
      [1, -1n],
      [0.5, 2n ** 64n - 1n],
    ]),
    ...(random.chance(0.06) && { fault: random.pick(['high s', 'zero r', 'parity 2'] as const) }),
  }))
}
