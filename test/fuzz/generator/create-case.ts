/** A whole case from a seed: the same seed, fork and style always give the same case. */

import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { HARDFORKS } from '@shredcast/shared/chain/hardforks'
import type { Random } from '@shredcast/shared/primitives/random'
import { createRandom } from '@shredcast/shared/primitives/random'
import type { BlockModel, FuzzCase } from '../case.ts'
import { AddressPool } from './address-pool.ts'
import { createContext, firstNumber, pickBeneficiary } from './block-context.ts'
import type { Contract, Style } from './contracts.ts'
import { choose, logUniform } from './edge-values.ts'
import { spoil } from './odd-transactions.ts'
import { createPopulation } from './population.ts'
import { createTransactions } from './transactions.ts'

const TRANSACTIONS_MAX = 30
/** Headers hold more than this nowhere. */
const GAS_LIMIT_MAX = 2n ** 63n

export interface CaseChoices {
  /** Unset: any. */
  readonly fork?: Hardfork | undefined
  readonly style?: Style | undefined
}

export function createCase(seed: number, choices: CaseChoices): FuzzCase {
  const random = createRandom(seed)
  // Drawn also when it is given, so that the rest stays the same.
  const anyFork = random.chance(0.25) ? 'osaka' : random.pick(HARDFORKS)
  const anyStyle = random.chance(0.65) ? 'valid' : 'wild'
  const fork = choices.fork ?? anyFork
  const style = choices.style ?? anyStyle
  const pool = new AddressPool(fork, 3 + random.below(5))
  const { accounts, contracts } = createPopulation(random, pool, style)
  const number = firstNumber(random, fork)
  const blockCount = choose(random, [
    [6, 1],
    [3, 2],
    [1, 3],
  ])
  const blocks = Array.from({ length: blockCount }, (_, i) => {
    return createBlock({ random, pool, style, contracts, number: number + BigInt(i) })
  })
  return { seed, fork, accounts, blocks }
}

function createBlock(scene: {
  random: Random
  pool: AddressPool
  style: Style
  contracts: readonly Contract[]
  number: bigint
}): BlockModel {
  const { random, pool, number } = scene
  pool.beneficiary = pickBeneficiary(random, pool)
  const context = createContext(random, pool, number)
  const count = Math.min(TRANSACTIONS_MAX, 1 + logUniform(random, TRANSACTIONS_MAX + 2))
  const oddShare = random.pick([0, 0.05, 0.05, 0.4])
  const transactions = createTransactions({ ...scene, context }, count).map((tx) => {
    return random.chance(oddShare) ? spoil(random, tx) : tx
  })
  const gas = transactions.reduce((sum, { gasLimit }) => sum + gasLimit, 0n)
  // Now and then the block has no room for all of them.
  const isTight = random.chance(0.12)
  const tightLimit = (gas * BigInt(20 + random.below(80))) / 100n
  const gasLimit = isTight && tightLimit < GAS_LIMIT_MAX ? tightLimit : context.gasLimit
  return {
    context: { ...context, gasLimit },
    knownHashes: random.pick([0, 1, 5, 256]),
    transactions,
  }
}
