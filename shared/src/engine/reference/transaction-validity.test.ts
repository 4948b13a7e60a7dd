import { describe, expect, it } from 'vitest'
import type { Authorization } from '../../chain/authorization.ts'
import type { Hardfork } from '../../chain/hardforks.ts'
import type { Transaction } from '../../chain/transaction.ts'
import type { InvalidReason } from './execution-result.ts'
import { InvalidTransactionError } from './execution-result.ts'
import { MAX_LOW_S, MAX_NONCE } from './limits.ts'
import { ReferenceExecutor } from './reference-executor.ts'
import { SENDER, sampleConfig, sampleContext, sampleTransaction } from './sample-transaction.ts'
import type { SampleAccount } from './state/sample-state.ts'
import { SampleState } from './state/sample-state.ts'

const RICH: SampleAccount = { balance: 10n ** 30n, nonce: 7n, code: new Uint8Array(0) }
const BLOB_HASH = new Uint8Array(32).fill(1, 0, 1)
const AUTHORIZATION: Authorization = {
  chainId: 1n,
  address: SENDER,
  nonce: 0n,
  yParity: 0,
  r: 1n,
  s: 1n,
}
const BLOB: Partial<Transaction> = {
  type: 3,
  chainId: 1n,
  blobVersionedHashes: [BLOB_HASH],
  maxFeePerBlobGas: 1n,
}

async function reasonOf(
  fork: Hardfork,
  fields: Partial<Transaction>,
  { sender = RICH, eager = false } = {},
): Promise<InvalidReason | undefined> {
  const executor = new ReferenceExecutor(sampleConfig(fork))
  executor.openBlock(sampleContext(fork))
  const state = new SampleState({ 11: sender })
  try {
    await executor.executeTransaction(sampleTransaction(fields), SENDER, state, { eager })
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidTransactionError)
    return (error as InvalidTransactionError).reason
  }
}

describe('checkTransaction', () => {
  const cases: readonly [InvalidReason, Hardfork, Partial<Transaction>][] = [
    ['transaction type not supported by the fork', 'istanbul', { type: 1, chainId: 1n }],
    ['transaction type not supported by the fork', 'berlin', { type: 2, chainId: 1n }],
    ['transaction type not supported by the fork', 'shanghai', BLOB],
    ['transaction type not supported by the fork', 'cancun', { type: 4, chainId: 1n }],
    ['wrong chain id', 'cancun', { chainId: 2n }],
    ['wrong chain id', 'cancun', { type: 2 }],
    ['replay-protected signature before EIP-155', 'homestead', { chainId: 1n }],
    ['signature s too high', 'homestead', { s: MAX_LOW_S + 1n }],
    ['nonce too low', 'cancun', { nonce: 6n, gasLimit: 0n }],
    ['nonce too high', 'cancun', { nonce: 8n, gasLimit: 0n }],
    ['gas limit exceeds the transaction gas cap', 'osaka', { gasLimit: 2n ** 24n + 1n }],
    ['priority fee above fee cap', 'cancun', { type: 2, chainId: 1n, maxFeePerGas: 11n }],
    ['fee cap below base fee', 'cancun', { maxFeePerGas: 9n, maxPriorityFeePerGas: 9n }],
    ['blob transaction without recipient', 'cancun', { ...BLOB, to: undefined }],
    ['blob transaction without blobs', 'cancun', { ...BLOB, blobVersionedHashes: [] }],
    ['too many blobs in transaction', 'osaka', { ...BLOB, blobVersionedHashes: blobs(7) }],
    ['too many blobs in transaction', 'prague', { ...BLOB, blobVersionedHashes: blobs(10) }],
    ['invalid blob hash version', 'cancun', { ...BLOB, blobVersionedHashes: [new Uint8Array(32)] }],
    ['blob fee cap below blob base fee', 'cancun', { ...BLOB, maxFeePerBlobGas: 0n }],
    [
      'set-code transaction without recipient',
      'prague',
      { type: 4, chainId: 1n, to: undefined, authorizationList: [AUTHORIZATION] },
    ],
    ['set-code transaction without authorizations', 'prague', { type: 4, chainId: 1n }],
    ['insufficient funds for gas * price + value', 'cancun', { value: 10n ** 30n }],
    ['gas limit times price overflows 256 bits', 'cancun', { value: 2n ** 256n - 1n }],
    ['intrinsic gas too low', 'cancun', { gasLimit: 20_999n }],
    [
      'gas limit below floor data cost',
      'prague',
      { gasLimit: 24_999n, data: new Uint8Array(100).fill(1) },
    ],
    [
      'initcode too large',
      'shanghai',
      { to: undefined, data: new Uint8Array(49_153), gasLimit: 1_000_000n },
    ],
  ]
  for (const [reason, fork, fields] of cases) {
    it(`refuses: ${reason} (${fork})`, async () => {
      expect(await reasonOf(fork, fields, { eager: true })).toBe(reason)
    })
  }

  it('leaves nonce and funds to the committer unless it is eager', async () => {
    expect(await reasonOf('cancun', { nonce: 8n })).toBeUndefined()
    expect(await reasonOf('cancun', { value: 10n ** 30n })).toBeUndefined()
  })

  it('gives the first reason in order, also when it was not eager', async () => {
    const invalid = { nonce: 8n, maxFeePerGas: 1n, gasLimit: 0n }
    expect(await reasonOf('cancun', invalid)).toBe('nonce too high')
  })

  it('knows the greatest nonce', async () => {
    const sender = { ...RICH, nonce: MAX_NONCE }
    const reason = await reasonOf('cancun', { nonce: MAX_NONCE }, { sender, eager: true })
    expect(reason).toBe('nonce at maximum')
  })

  it('refuses senders with code, except delegated ones from Prague on', async () => {
    const contract = { ...RICH, code: Uint8Array.of(0) }
    const reason = 'sender is not an externally owned account'
    expect(await reasonOf('frontier', {}, { sender: contract })).toBe(reason)
    const delegated = { ...RICH, code: new Uint8Array(23).fill(0xef, 0, 1).fill(1, 1, 2) }
    expect(await reasonOf('cancun', {}, { sender: delegated })).toBe(reason)
    expect(await reasonOf('prague', {}, { sender: delegated })).toBeUndefined()
    expect(await reasonOf('prague', { s: 0n }, { sender: contract })).toBeUndefined()
  })

  it('accepts a high s in Frontier, and a protected signature from Spurious Dragon on', async () => {
    expect(await reasonOf('frontier', { s: MAX_LOW_S + 1n })).toBeUndefined()
    expect(await reasonOf('spuriousDragon', { chainId: 1n })).toBeUndefined()
  })
})

function blobs(count: number): Uint8Array[] {
  return new Array<Uint8Array>(count).fill(BLOB_HASH)
}
