/** What gas costs. */

import { nextBaseFee } from '@shredcast/shared/chain/base-fee'
import type { BlockRecord } from '@shredcast/shared/chain/block-record'
import type { ChainReader } from '../backend.ts'
import {
  blobBaseFeeOf,
  blobGasRatio,
  currentBaseFee,
  currentBlobBaseFee,
  nextBlobBaseFee,
  rewardsOf,
  suggestedTip,
} from '../fee-history.ts'
import { blockNumberOf } from '../find-block.ts'
import type { MethodTable, RpcContext } from '../method.ts'
import type { Params } from '../params.ts'
import { parseHexQuantity } from '../params.ts'
import { quantity } from '../quantity.ts'
import { invalidParams, RpcError, SERVER_ERROR } from '../rpc-error.ts'

/** As geth: more is cut to these. */
const BLOCKS_MAX = 1024n
const PERCENTILES_MAX = 100

export const feeMethods: MethodTable = {
  eth_gasPrice: {
    least: 0,
    most: 0,
    run: (_, { backend: { chain } }) => quantity(currentBaseFee(chain) + suggestedTip(chain)),
  },
  eth_maxPriorityFeePerGas: {
    least: 0,
    most: 0,
    run: (_, { backend }) => quantity(suggestedTip(backend.chain)),
  },
  /** Of the next block, which is the open one; null before London. */
  eth_baseFee: { least: 0, most: 0, run: (_, { backend: { chain } }) => baseFee(chain) },
  eth_blobBaseFee: {
    least: 0,
    most: 0,
    run: (_, { backend }) => quantity(currentBlobBaseFee(backend.chain)),
  },
  eth_feeHistory: { least: 2, most: 3, run: feeHistory },
}

function baseFee(chain: ChainReader): string | null {
  const { baseFeePerGas } = (chain.openBlock ?? chain.head).header
  return baseFeePerGas === undefined ? null : quantity(currentBaseFee(chain))
}

async function feeHistory(params: Params, { backend: { chain }, yieldTurn }: RpcContext) {
  const count = blockCount(params.value(0))
  const newest = blockNumberOf(chain, params.tagOrNumber(1))
  const percentiles = percentilesOf(params.value(2))
  const blocks: BlockRecord[] = []
  const rewards: string[][] = []
  for (let number = newest; number >= 0n && BigInt(blocks.length) < count; number--) {
    const block = chain.blockByNumber(number)
    if (block === undefined) break
    blocks.unshift(block)
    if (percentiles !== undefined) {
      const tips = await rewardsOf(block, percentiles, yieldTurn)
      rewards.unshift(tips.map(quantity))
    }
  }
  const last = blocks.at(-1)
  if (last === undefined) throw new RpcError(SERVER_ERROR, `block ${newest} is not there`)
  return historyJson(chain, blocks, last, percentiles === undefined ? undefined : rewards)
}

function historyJson(
  { config }: ChainReader,
  blocks: readonly BlockRecord[],
  last: BlockRecord,
  reward: string[][] | undefined,
) {
  const headers = blocks.map(({ header }) => header)
  const baseFees = headers.map(({ baseFeePerGas }) => baseFeePerGas ?? 0n)
  return {
    oldestBlock: quantity(headers[0]?.number ?? 0n),
    baseFeePerGas: [...baseFees, nextBaseFee(last.header)].map(quantity),
    gasUsedRatio: headers.map(({ gasUsed, gasLimit }) => Number(gasUsed) / Number(gasLimit)),
    baseFeePerBlobGas: [
      ...headers.map((header) => blobBaseFeeOf(header, config)),
      nextBlobBaseFee(last.header, config),
    ].map(quantity),
    blobGasUsedRatio: headers.map((header) => blobGasRatio(header, config)),
    ...(reward !== undefined && { reward }),
  }
}

/** Some clients give the count as a number. */
function blockCount(value: unknown): bigint {
  const count =
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? BigInt(value)
      : parseHexQuantity(value, 'block count', 64)
  if (count === 0n) throw invalidParams('block count must be at least 1')
  return count < BLOCKS_MAX ? count : BLOCKS_MAX
}

function percentilesOf(value: unknown): readonly number[] | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value) || value.length > PERCENTILES_MAX) {
    throw invalidParams(`percentiles must be an array of at most ${PERCENTILES_MAX}`)
  }
  const isAscending = value.every((percentile, index) => {
    const before = index === 0 ? 0 : value[index - 1]
    return typeof percentile === 'number' && percentile >= before && percentile <= 100
  })
  if (!isAscending) throw invalidParams('percentiles must be ascending numbers from 0 to 100')
  return value
}
