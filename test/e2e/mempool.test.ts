/** The pool of a running leader: from a signed transaction to its place in a sealed block. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChainLeader } from '@shredcast/leader/node/chain-leader'
import type { SealedBlock } from '@shredcast/leader/node/leader-figures'
import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import type { RejectedTransaction } from '@shredcast/shared/engine/committed-step'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { recoverSender } from '@shredcast/shared/engine/sender'
import { SenderRecovery } from '@shredcast/shared/engine/sender-recovery'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { BENCH_CONFIG, BENCH_CONTEXT } from '../bench/bench-chain.ts'
import { GIGAGAS_PLANS, generateBlock } from '../bench/gigagas-blocks.ts'
import { ALICE, BOB, signedCall, smallBlocks, smallGenesis } from '../kit/small-chain.ts'
import { callTo } from '../kit/test-world.ts'

const WAIT = { timeout: 30_000, interval: 5 }
const BENEFICIARY = new Uint8Array(20).fill(0xbe)

describe('the pool of a leader', () => {
  let stop = async () => {}
  afterEach(async () => stop())

  async function startLeader(gasLimit = 60_000_000n) {
    const sealed: SealedBlock[] = []
    const rejected: RejectedTransaction[] = []
    const path = mkdtempSync(join(tmpdir(), 'mempool-'))
    const leader = await ChainLeader.create({
      ...{
        genesis: smallGenesis(),
        store: { path },
        workers: 2,
        host: '127.0.0.1',
        port: 0,
        blockTimeMs: 3_600_000,
      },
      block: { beneficiary: BENEFICIARY, gasLimit },
      onSealed: (block) => sealed.push(block),
      onRejected: (each) => rejected.push(each),
    })
    const abort = new AbortController()
    const running = leader.run(abort.signal)
    const finish = async () => {
      abort.abort()
      await running
    }
    stop = async () => {
      await finish()
      await leader.close()
      rmSync(path, { recursive: true })
    }
    return { leader, sealed, rejected, finish }
  }

  it('commits what depends on each other, in whatever order a sender sends it', async () => {
    const { leader, sealed, rejected, finish } = await startLeader()
    for (const nonce of [3n, 1n, 2n])
      await leader.pool.add(signedCall(ALICE, nonce, callTo('counter')))
    expect(leader.pool.status()).toEqual({ pending: 0, queued: 3 })
    await leader.pool.add(signedCall(ALICE, 0n, callTo('counter')))
    await leader.pool.add(signedCall(BOB, 0n, callTo('counter')))
    await vi.waitFor(() => expect(leader.pool.size).toBe(0), WAIT)
    await finish()
    expect(sealed.map(({ txs }) => txs)).toEqual([5])
    expect(rejected).toEqual([])
  })

  it('tells by geth what it refuses, and takes the nonce behind what is committed', async () => {
    const { leader } = await startLeader()
    const [first] = smallBlocks()[0]!
    await leader.pool.add(first!)
    await vi.waitFor(() => expect(leader.pool.size).toBe(0), WAIT)
    await expect(leader.pool.add(first!)).rejects.toThrow('nonce too low: next nonce 1, tx nonce 0')
    await leader.pool.add(signedCall(ALICE, 1n, { to: BOB.address }))
    await vi.waitFor(() => expect(leader.pool.size).toBe(0), WAIT)
  })

  it('puts what finds no room first into the next block', async () => {
    const { leader, sealed, rejected } = await startLeader()
    const gasLimit = 16_000_000n
    for (let nonce = 0n; nonce < 5n; nonce++) {
      await leader.pool.add(signedCall(ALICE, nonce, { ...callTo('failer', 1), gasLimit }))
    }
    await vi.waitFor(() => expect(leader.pool.size).toBe(0), WAIT)
    expect(rejected).toEqual([])
    // Three burn 48 of 60 million gas; the fourth makes the block seal, long before its time.
    await vi.waitFor(() => expect(sealed.map(({ txs }) => txs)).toEqual([3]), WAIT)
  })
})

describe('what the pool knows', () => {
  it('recovers senders in order, in a thread', async () => {
    const recovery = new SenderRecovery()
    try {
      const transactions = smallBlocks().flat()
      const senders = await Promise.all(transactions.map((bytes) => recovery.recover(bytes)))
      expect(senders).toEqual(transactions.map((bytes) => recoverSender(decodeTransaction(bytes))))
    } finally {
      await recovery.close()
    }
    await expect(recovery.recover(smallBlocks()[0]![0]!)).rejects.toThrow('has ended')
  })

  it.each(['mix', 'chain'])(
    'expected conflicts, right or wrong, change nothing: %s',
    async (name) => {
      const plan = GIGAGAS_PLANS.find((each) => each.name === name)!
      const block = await generateBlock(plan, 0.01, () => {})
      const engine = await createEngine({ config: BENCH_CONFIG, workers: 4 })
      try {
        await engine.loadState(block.preState)
        const senders = block.transactions.map((bytes) => recoverSender(decodeTransaction(bytes))!)
        const expected = await runBlock(engine, () => engine.append(block.transactions))
        const random = createRandom(7)
        for (let round = 0; round < 10; round++) {
          const hints = senders.map((sender, index) => {
            return { sender, predecessor: random.chance(0.5) ? random.below(index + 1) : undefined }
          })
          const steps = await runBlock(engine, () => engine.append(block.transactions, hints))
          expect(steps).toEqual(expected)
        }
      } finally {
        await engine.close()
      }
    },
  )
})

async function runBlock(engine: Engine, append: () => void) {
  await engine.openBlock(BENCH_CONTEXT)
  append()
  engine.appendClosing()
  engine.execute()
  await engine.committedAbove(engine.stepCount - 1)
  return Array.from({ length: engine.stepCount }, (_, txIndex) => {
    const step = engine.step(txIndex)
    if (step.type !== 'transaction') return step.type
    return { receipt: step.receipt, changes: step.diff.changes, sender: step.sender }
  })
}
