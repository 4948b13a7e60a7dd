/** What gas cost in the newest blocks (`eth_feeHistory`, `eth_gasPrice`). */

import { nextBaseFee } from '@shredcast/shared/chain/base-fee'
import { blobBaseFee, GAS_PER_BLOB, nextExcessBlobGas } from '@shredcast/shared/chain/blob-gas'
import type { BlockRecord } from '@shredcast/shared/chain/block-record'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { blobParametersAt, hardforkAt } from '@shredcast/shared/chain/chain-config'
import type { Header } from '@shredcast/shared/chain/header'
import { decodeTransaction, effectiveGasPrice } from '@shredcast/shared/chain/transaction'
import type { ChainReader } from './backend.ts'

/** Tips of the newest blocks are looked at, so many of each. */
const TIP_BLOCKS = 20
const TIPS_PER_BLOCK = 50
/** As geth suggests it. */
const TIP_PERCENTILE = 60
/** 1 gwei, where no transaction says otherwise. */
const DEFAULT_TIP = 1_000_000_000n

/** Base fee that the next transaction pays: the open block's, or that of the block after the head. */
export function currentBaseFee({ openBlock, head }: ChainReader): bigint {
  return openBlock === undefined ? nextBaseFee(head.header) : (openBlock.header.baseFeePerGas ?? 0n)
}

/** Wei per blob gas of the open block, or the block after the head; 0 before Cancun. */
export function currentBlobBaseFee({ openBlock, head, config }: ChainReader): bigint {
  return openBlock === undefined
    ? nextBlobBaseFee(head.header, config)
    : blobBaseFeeOf(openBlock.header, config)
}

export function blobBaseFeeOf({ excessBlobGas, timestamp }: Header, config: ChainConfig): bigint {
  const parameters = blobParametersAt(config, timestamp)
  if (parameters === undefined || excessBlobGas === undefined) return 0n
  return blobBaseFee(excessBlobGas, parameters)
}

export function nextBlobBaseFee(header: Header, config: ChainConfig): bigint {
  const parameters = blobParametersAt(config, header.timestamp)
  if (parameters === undefined || header.excessBlobGas === undefined) return 0n
  const fork = hardforkAt(config, header.number, header.timestamp)
  return blobBaseFee(nextExcessBlobGas(header, parameters, fork), parameters)
}

/** A tip that most transactions of the newest blocks were content with. */
export function suggestedTip(chain: ChainReader): bigint {
  const tips: bigint[] = []
  const { number } = chain.head.header
  for (let back = 0n; back < TIP_BLOCKS && back <= number; back++) {
    const block = chain.blockByNumber(number - back)
    if (block === undefined) break
    tips.push(...sampledTips(block))
  }
  if (tips.length === 0) return DEFAULT_TIP
  tips.sort(ascending)
  return tips[Math.floor(((tips.length - 1) * TIP_PERCENTILE) / 100)]!
}

function sampledTips({ header, transactions }: BlockRecord): bigint[] {
  const step = Math.max(1, Math.ceil(transactions.length / TIPS_PER_BLOCK))
  return transactions
    .filter((_, index) => index % step === 0)
    .map(({ bytes }) => tipOf(bytes, header))
}

function tipOf(bytes: Uint8Array, { baseFeePerGas }: Header): bigint {
  return effectiveGasPrice(decodeTransaction(bytes), baseFeePerGas) - (baseFeePerGas ?? 0n)
}

/** Tips at the percentiles (ascending, 0 to 100) of the block's gas; zeros of an empty block. */
export async function rewardsOf(
  { header, transactions }: BlockRecord,
  percentiles: readonly number[],
  yieldTurn: () => Promise<void>,
): Promise<bigint[]> {
  const paid: { readonly tip: bigint; readonly gas: bigint }[] = []
  for (const { bytes, receipt } of transactions) {
    paid.push({ tip: tipOf(bytes, header), gas: receipt.gasUsed })
    await yieldTurn()
  }
  paid.sort((a, b) => ascending(a.tip, b.tip))
  let index = 0
  let gas = paid[0]?.gas ?? 0n
  return percentiles.map((percentile) => {
    const threshold = (Number(header.gasUsed) * percentile) / 100
    while (Number(gas) < threshold && index < paid.length - 1) gas += paid[++index]!.gas
    return paid[index]?.tip ?? 0n
  })
}

export function blobGasRatio({ blobGasUsed, timestamp }: Header, config: ChainConfig): number {
  const max = blobParametersAt(config, timestamp)?.max ?? 0
  return max === 0 ? 0 : Number(blobGasUsed ?? 0n) / (max * Number(GAS_PER_BLOB))
}

function ascending(a: bigint, b: bigint): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
