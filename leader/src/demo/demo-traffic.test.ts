import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { TransactionSerializedEIP1559 } from 'viem'
import { recoverTransactionAddress } from 'viem'
import { describe, expect, it } from 'vitest'
import type { DemoTransaction } from './demo-traffic.ts'
import { demoTraffic } from './demo-traffic.ts'

const TRANSACTION_COUNT = 400

async function take(seed: number, count: number): Promise<DemoTransaction[]> {
  const transactions: DemoTransaction[] = []
  for await (const transaction of demoTraffic(seed)) {
    transactions.push(transaction)
    if (transactions.length === count) break
  }
  return transactions
}

function senderOf(raw: Uint8Array): Promise<string> {
  const serializedTransaction = bytesToHex(raw) as TransactionSerializedEIP1559
  return recoverTransactionAddress({ serializedTransaction })
}

describe('demoTraffic', () => {
  it('signs type 2 transactions of more than ten senders, each with gap-free nonces', async () => {
    const nextNonces = new Map<string, bigint>()
    for (const { raw } of await take(1, TRANSACTION_COUNT)) {
      const { type, chainId, nonce } = decodeTransaction(raw)
      expect({ type, chainId }).toEqual({ type: 2, chainId: 31337n })
      const sender = await senderOf(raw)
      expect(nonce).toBe(nextNonces.get(sender) ?? 0n)
      nextNonces.set(sender, nonce + 1n)
    }
    expect(nextNonces.size).toBeGreaterThan(10)
  })

  it('goes through its phases in order and then trades for good', async () => {
    const phases = (await take(1, TRANSACTION_COUNT)).map(({ phase }) => phase)
    const inOrder = ['deploy', 'fund', 'prepare', 'trade'] as const
    const starts = inOrder.map((phase) => phases.indexOf(phase))
    expect(starts).toEqual([...starts].sort((a, b) => a - b))
    expect(phases.lastIndexOf('prepare')).toBe(starts[3]! - 1)
  })

  it('is the same for the same seed, and another for another', async () => {
    const [first, again, other] = await Promise.all([take(1, 200), take(1, 200), take(2, 200)])
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
  })

  it('labels every kind of transaction of the mix', async () => {
    const labels = (await take(1, TRANSACTION_COUNT)).map(({ label }) => label)
    expect(labels).toContainEqual(expect.stringMatching(/^transfer \d+(\.\d+)? ETH$/))
    expect(labels).toContainEqual(expect.stringMatching(/^transfer \d+(\.\d+)? TK[AB]$/))
    expect(labels).toContainEqual(expect.stringMatching(/^swap \d+(\.\d+)? \w+ -> \w+$/))
  })
})
