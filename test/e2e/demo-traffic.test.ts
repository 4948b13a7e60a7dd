/** The demo's traffic, on the reference executor: what a newcomer sees first must all succeed. */

import type { DemoTransaction } from '@shredcast/leader/demo/demo-traffic'
import { demoTraffic } from '@shredcast/leader/demo/demo-traffic'
import type { BlockContext } from '@shredcast/shared/chain/block'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import type { Receipt } from '@shredcast/shared/chain/receipt'
import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import { ReferenceExecutor } from '@shredcast/shared/engine/reference/reference-executor'
import { recoverSender } from '@shredcast/shared/engine/sender'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { beforeAll, describe, expect, it } from 'vitest'
import { MapState } from '../kit/map-state.ts'
import { runBlockSequentially } from '../kit/sequential-block.ts'

const BLOCK_COUNT = 6
const TRANSACTIONS_PER_BLOCK = 100

/** Topic of Uniswap V3's `Swap(address,address,int256,int256,uint160,uint128,int24)`. */
const SWAP_TOPIC = '0xc42079f94a6350d7e6235f29174924f928cc2ac818eb64fed8004e115fbcca67'

interface Outcome {
  readonly transaction: DemoTransaction
  readonly receipt: Receipt
}

function blockContext(number: number): BlockContext {
  const { gasLimit } = devGenesis().header
  return {
    parentHash: new Uint8Array(32),
    number: BigInt(number),
    timestamp: BigInt(number),
    beneficiary: new Uint8Array(20).fill(0xbe),
    gasLimit,
    difficulty: 0n,
    prevRandao: new Uint8Array(32),
    baseFeePerGas: 10n ** 9n,
    excessBlobGas: 0n,
    parentBeaconBlockRoot: new Uint8Array(32),
    withdrawals: [],
    ommers: [],
    blockHashes: new Map(),
  }
}

async function runDemo(): Promise<Outcome[]> {
  const { config, alloc } = devGenesis()
  const executor = new ReferenceExecutor(config)
  const state = new MapState(alloc)
  const traffic = demoTraffic(1)
  const outcomes: Outcome[] = []
  for (let number = 1; number <= BLOCK_COUNT; number++) {
    const batch: DemoTransaction[] = []
    while (batch.length < TRANSACTIONS_PER_BLOCK) batch.push((await traffic.next()).value)
    const transactions = batch.map(({ raw }) => raw)
    const senders = transactions.map((raw) => recoverSender(decodeTransaction(raw))!)
    const block = { context: blockContext(number), transactions, senders }
    const receipts = await runBlockSequentially(executor, state, block)
    outcomes.push(...batch.map((transaction, i) => ({ transaction, receipt: receipts[i]! })))
  }
  return outcomes
}

describe('the demo traffic', () => {
  let outcomes: Outcome[]

  beforeAll(async () => {
    outcomes = await runDemo()
  })

  it('succeeds in every transaction', () => {
    const failed = outcomes.filter(({ receipt }) => receipt.status === 0)
    expect(failed.map(({ transaction }) => transaction.label)).toEqual([])
    expect(outcomes).toHaveLength(BLOCK_COUNT * TRANSACTIONS_PER_BLOCK)
  })

  it('swaps on Uniswap wherever its label says so', () => {
    const isSwap = ({ receipt }: Outcome) =>
      receipt.logs.some(({ topics }) => topics[0] && bytesToHex(topics[0]) === SWAP_TOPIC)
    const labelled = outcomes.filter(({ transaction }) => transaction.label.startsWith('swap'))
    expect(outcomes.filter(isSwap)).toEqual(labelled)
    expect(labelled.length).toBeGreaterThan(50)
  })
})
