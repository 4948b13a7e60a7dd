/** Mixes of transactions that wait in the pool together: independent ones, and hot state among them. */

import { clonePool } from './exchange.ts'
import type { BlockPlan } from './gigagas-blocks.ts'
import { ONE_RECIPIENT, recipient } from './gigagas-blocks.ts'

type Draft = Parameters<BlockPlan['fill']>[0]

const COUNT = 10_000
/** Prices differ, so that the order by fees is another than that of arrival. */
const TIPS_BELOW = 97
const HOT_CALL_GAS = 100_000n

const payAlone = (draft: Draft, index: number) => draft.pay(index, recipient(index))
const payTokensAlone = (draft: Draft, index: number) => draft.payTokens(index, recipient(index))
const swapAlone = (draft: Draft, index: number) =>
  draft.swap(index, clonePool(draft.exchange, `${index}`))
const swapHot = (draft: Draft, index: number) => draft.swap(index, draft.exchange)
const payTokensHot = (draft: Draft, index: number) => draft.payTokens(index, ONE_RECIPIENT)

/** Each hashes what the one before it stored. */
function callHot(draft: Draft, index: number): void {
  draft.sender(index)
  draft.send(index, { to: draft.chain, gasLimit: HOT_CALL_GAS })
}

/** Each is one of `kinds` by chance, so that hot ones come in clusters too. */
function byChance(kinds: readonly BlockPlan['fill'][]): BlockPlan['fill'] {
  return (draft, index) => draft.random.pick(kinds)(draft, index)
}

function mix(name: string, description: string, kinds: readonly BlockPlan['fill'][]): BlockPlan {
  return { name, description, count: COUNT, tipsBelow: TIPS_BELOW, fill: byChance(kinds) }
}

const three = <T>(kind: T): readonly T[] => [kind, kind, kind]

export const MEMPOOL_MIXES: readonly BlockPlan[] = [
  mix('independent', 'of ten, five raw and four ERC-20 transfers and a swap, all apart', [
    ...[payAlone, payAlone, payTokensAlone, payAlone, payTokensAlone],
    ...[payAlone, payTokensAlone, payAlone, payTokensAlone, swapAlone],
  ]),
  mix('hot-pool', 'of ten, one swaps in the hot pool', [
    ...[payAlone, payAlone, payTokensAlone, payAlone, payTokensAlone],
    ...[payAlone, payTokensAlone, payAlone, swapAlone, swapHot],
  ]),
  mix('hot-token', 'of ten, three bring the hot token to one account', [
    ...[payAlone, payAlone, payAlone, payTokensAlone, payAlone, payTokensAlone],
    ...[swapAlone, ...three(payTokensHot)],
  ]),
  mix('skewed', 'of ten, one in the hot pool, two of the hot token, one on a hot slot', [
    ...[payAlone, payTokensAlone, payAlone, payTokensAlone, swapAlone],
    ...[payTokensAlone, callHot, swapHot, payTokensHot, payTokensHot],
  ]),
  mix('very-hot', 'of ten, three swaps in the hot pool, and three in cold ones', [
    ...[payAlone, payAlone, payTokensAlone, swapAlone, swapAlone],
    ...[swapAlone, payTokensAlone, ...three(swapHot)],
  ]),
]
