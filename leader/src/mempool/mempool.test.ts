import type { StateDiff } from '@shredcast/shared/chain/state-change'
import { describe, expect, it } from 'vitest'
import type { AccountReader } from './account-reader.ts'
import { TRANSACTION_BYTES_MAX } from './admission.ts'
import { Mempool } from './mempool.ts'
import type { PoolLimits } from './pool-limits.ts'
import type { PooledTransaction } from './pooled-transaction.ts'
import {
  SAMPLE_RULES,
  SAMPLE_SENDERS,
  sampleTransaction,
  senderAddress,
} from './sample-transactions.ts'

const RICH = { nonce: 0n, balance: 10n ** 20n, maySend: true }
const ACCOUNTS: AccountReader = { account: () => RICH }

function createPool(options: { limits?: Partial<PoolLimits>; accounts?: AccountReader } = {}) {
  return new Mempool({
    ...{ rules: SAMPLE_RULES, accounts: ACCOUNTS, senders: SAMPLE_SENDERS },
    ...{ order: 'fifo', workers: 2 },
    ...options,
  })
}

/** What a plain transfer of `pooled` leaves behind. */
function diffOf({ sender, nonce }: PooledTransaction): StateDiff {
  return { changes: [{ address: sender, nonce: nonce + 1n, slots: [] }], deltas: [], reads: [] }
}

const noncesOf = (batch: readonly PooledTransaction[]) => batch.map(({ nonce }) => nonce)

const blobs = { type: 3, maxFeePerBlobGas: 1n } as const
const hash = (version: number) => new Uint8Array(32).fill(version)
const REFUSED = [
  ['oversized data', { data: new Uint8Array(TRANSACTION_BYTES_MAX) }],
  ['invalid chain id for signer', { chainId: 5n }],
  ['exceeds block gas limit', { gasLimit: SAMPLE_RULES.gasLimit + 1n }],
  ['transaction gas limit too high', { gasLimit: 2n ** 24n + 1n }],
  ['intrinsic gas too low', { gasLimit: 20_999n }],
  ['insufficient gas for floor data gas cost', { data: hash(1), gasLimit: 21_600n }],
  ['max priority fee per gas higher than max fee per gas', { maxPriorityFeePerGas: 101n }],
  ['max fee per gas higher than 2^256-1', { maxFeePerGas: 2n ** 255n }],
  ['max initcode size exceeded', { to: undefined, data: new Uint8Array(49153) }],
  ['nonce has max value', { nonce: 2n ** 64n - 1n }],
  ['invalid sender', { s: 2n ** 255n }],
  ['blob transaction missing blob hashes', blobs],
  ['blob hash has invalid version', { ...blobs, blobVersionedHashes: [hash(2)] }],
  ['too many blobs in transaction', { ...blobs, blobVersionedHashes: Array(7).fill(hash(1)) }],
  ['EIP-7702 transaction with empty auth list', { type: 4 }],
  ['insufficient funds for gas * price + value', { value: 10n ** 21n }],
] as const

describe('admission', () => {
  it.each(REFUSED)('%s', async (text, fields) => {
    const pool = createPool()
    await expect(pool.add(sampleTransaction(fields))).rejects.toThrow(text)
    expect(pool.size).toBe(0)
  })

  it('refuses what is no transaction', async () => {
    const pool = createPool()
    await expect(pool.add(Uint8Array.of(0xc0))).rejects.toMatchObject({ code: 'malformed' })
  })

  it('refuses by the account: nonce, code, and funds for all that is queued', async () => {
    const account = { nonce: 5n, balance: 21_000n * 100n * 2n, maySend: true }
    const pool = createPool({ accounts: { account: () => account } })
    await expect(pool.add(sampleTransaction({ nonce: 4n }))).rejects.toThrow('nonce too low')
    await pool.add(sampleTransaction({ nonce: 5n }))
    await pool.add(sampleTransaction({ nonce: 6n }))
    await expect(pool.add(sampleTransaction({ nonce: 7n }))).rejects.toThrow('insufficient funds')
    const coded = createPool({ accounts: { account: () => ({ ...account, maySend: false }) } })
    await expect(coded.add(sampleTransaction({ nonce: 5n }))).rejects.toThrow('sender not an eoa')
  })

  it('knows what it has, also while the sender is being recovered', async () => {
    const pool = createPool()
    const first = pool.add(sampleTransaction())
    await expect(pool.add(sampleTransaction())).rejects.toThrow('already known')
    const known = await first
    expect(pool.get(known)?.hash).toBe(known)
    await expect(pool.add(sampleTransaction())).rejects.toThrow('already known')
  })
})

describe('Mempool', () => {
  it('takes a sender in order of nonce, and holds what is behind a gap', async () => {
    const pool = createPool()
    for (const nonce of [4n, 1n, 0n, 2n]) await pool.add(sampleTransaction({ nonce }))
    expect(pool.status()).toEqual({ pending: 3, queued: 1 })
    expect(noncesOf(pool.take(10))).toEqual([0n, 1n, 2n])
    await pool.add(sampleTransaction({ nonce: 3n }))
    expect(noncesOf(pool.take(10))).toEqual([3n, 4n])
  })

  it('tells who waits for it that something is ready', async () => {
    const pool = createPool()
    const heard: number[] = []
    pool.onReady(() => heard.push(pool.readyCount))
    await pool.add(sampleTransaction({ nonce: 1n }))
    expect(heard).toEqual([])
    await pool.add(sampleTransaction({ nonce: 0n }))
    expect(heard).toEqual([1])
  })

  it('replaces for a tenth more, not for less, and not what executes', async () => {
    const pool = createPool()
    const dropped: string[] = []
    pool.onDropped(({ reason }) => dropped.push(reason))
    await pool.add(sampleTransaction())
    const bid = (cap: bigint, tip: bigint) =>
      pool.add(sampleTransaction({ maxFeePerGas: cap, maxPriorityFeePerGas: tip }))
    await expect(bid(109n, 11n)).rejects.toThrow('replacement transaction underpriced')
    await expect(bid(110n, 10n)).rejects.toThrow('replacement transaction underpriced')
    const better = await bid(110n, 11n)
    expect(dropped).toEqual(['replaced'])
    expect(pool.take(2).map((each) => each.hash)).toEqual([better])
    await expect(bid(200n, 20n)).rejects.toThrow('nonce too low')
  })

  it('evicts what is gapped, then what is cheapest, for what is worth more', async () => {
    const pool = createPool({ limits: { transactions: 3 } })
    const add = (from: number, tip: bigint, nonce = 0n) =>
      pool.add(sampleTransaction({ from, nonce, maxPriorityFeePerGas: tip }))
    await add(1, 5n)
    await add(2, 6n)
    const gapped = await add(3, 50n, 7n)
    await add(4, 7n)
    expect(pool.get(gapped)).toBeUndefined()
    await expect(add(5, 5n)).rejects.toThrow('transaction underpriced')
    await expect(add(5, 99n, 3n)).rejects.toThrow('txpool is full')
    await add(5, 8n)
    expect(pool.take(9).map(({ sender }) => sender)).toEqual([2, 4, 5].map(senderAddress))
  })

  it('holds its limits in bytes and of one sender', async () => {
    const pool = createPool({ limits: { perSender: 2, bytes: 300 } })
    await pool.add(sampleTransaction({ nonce: 0n }))
    await pool.add(sampleTransaction({ nonce: 1n }))
    await expect(pool.add(sampleTransaction({ nonce: 2n }))).rejects.toThrow('account limit')
    const big = sampleTransaction({ from: 2, data: hash(0).slice(0, 300), gasLimit: 50_000n })
    const small = createPool({ limits: { bytes: big.length - 1 } })
    await expect(small.add(big)).rejects.toThrow('transaction underpriced')
  })

  it('drops what waits too long', async () => {
    let now = 0
    const pool = new Mempool({
      ...{ rules: SAMPLE_RULES, accounts: ACCOUNTS, senders: SAMPLE_SENDERS },
      ...{ order: 'fifo', workers: 2, limits: { lifetimeMs: 10 }, now: () => now },
    })
    await pool.add(sampleTransaction({ nonce: 3n }))
    now = 11
    await pool.add(sampleTransaction({ nonce: 4n }))
    pool.openBlock(SAMPLE_RULES)
    expect(pool.status()).toEqual({ pending: 0, queued: 1 })
  })

  it('forgets what commits, and what the sender overtook by other ways', async () => {
    const pool = createPool()
    const dropped: string[] = []
    pool.onDropped(({ reason }) => dropped.push(reason))
    for (const nonce of [0n, 1n, 2n]) await pool.add(sampleTransaction({ nonce }))
    const [first] = pool.take(1)
    const { changes, ...rest } = diffOf(first!)
    pool.committed(first!, { ...rest, changes: [{ ...changes[0]!, nonce: 2n }] }, 21_000n)
    expect(dropped).toEqual(['nonce too low'])
    expect(noncesOf(pool.take(9))).toEqual([2n])
    expect(pool.takenCount).toBe(1)
  })

  it('takes back what had no room, first in the next block, with what its sender sent after', async () => {
    const pool = createPool()
    await pool.add(sampleTransaction({ nonce: 0n }))
    await pool.add(sampleTransaction({ nonce: 1n }))
    const [first, second] = pool.take(2)
    await pool.add(sampleTransaction({ from: 2 }))
    expect(pool.rejected(first!, 'gas limit exceeds the block gas left')).toBe(true)
    expect(pool.rejected(second!, 'nonce too high')).toBe(true)
    expect(pool.take(9).map(({ sender }) => sender)).toEqual([senderAddress(2)])
    pool.openBlock(SAMPLE_RULES)
    expect(noncesOf(pool.take(9))).toEqual([0n, 1n])
  })

  it('drops what is invalid for good, and keeps what came behind it', async () => {
    const pool = createPool()
    await pool.add(sampleTransaction({ nonce: 0n }))
    await pool.add(sampleTransaction({ nonce: 1n }))
    const [first, second] = pool.take(2)
    expect(pool.rejected(first!, 'sender is not an externally owned account')).toBe(false)
    expect(pool.rejected(second!, 'nonce too high')).toBe(true)
    expect(pool.status()).toEqual({ pending: 0, queued: 1 })
    await pool.add(sampleTransaction({ nonce: 0n, value: 1n }))
    expect(noncesOf(pool.take(9))).toEqual([0n, 1n])
  })

  it('holds what does not pay the base fee until it falls', async () => {
    const pool = createPool()
    await pool.add(sampleTransaction({ maxFeePerGas: 6n, maxPriorityFeePerGas: 1n }))
    expect(pool.take(1)).toEqual([])
    pool.openBlock({ ...SAMPLE_RULES, baseFeePerGas: 5n })
    expect(pool.take(1)).toHaveLength(1)
  })
})

describe('who watches the pool', () => {
  it('hears of commits and refusals; a closed pool refuses all', async () => {
    const pool = createPool()
    const committed: PooledTransaction[] = []
    const refused: unknown[] = []
    pool.commits.add((pooled) => committed.push(pooled))
    pool.refusals.add((error) => refused.push(error))
    await pool.add(sampleTransaction({}))
    await expect(pool.add(sampleTransaction({}))).rejects.toThrow('already known')
    pool.close()
    await expect(pool.add(sampleTransaction({ nonce: 1n }))).rejects.toThrow('the node is stopping')
    expect(refused).toMatchObject([{ code: 'alreadyKnown' }, { code: 'stopping' }])
    expect(pool.bytes).toBeGreaterThan(0)
    const [pooled] = pool.take(1)
    pool.committed(pooled!, diffOf(pooled!), 21_000n)
    expect(committed).toEqual([pooled])
    expect(pool.bytes).toBe(0)
  })
})
