import { describe, expect, it } from 'vitest'
import type { BlockContext } from '../chain/block.ts'
import { MAINNET } from '../chain/chain-config.ts'
import { HARDFORKS } from '../chain/hardforks.ts'
import { opcodeTableOf } from '../chain/opcodes.ts'
import * as layout from '../layout/environment.ts'
import { ENV_BYTES, ENV_OFFSET } from '../layout/memory-map.ts'
import { EnvironmentTooLargeError, encodeEnvironment } from './block-environment.ts'
import type { CoreThread } from './core-thread.ts'
import { loadLong, loadWord, readBigInt, readReversed } from './core-thread.ts'
import { DAO_ACCOUNTS, DAO_REFUND_CONTRACT } from './reference/dao-accounts.ts'
import { BENEFICIARY, sampleConfig, sampleContext } from './reference/sample-transaction.ts'
import { sampleCoreThread } from './sample-core-thread.ts'

const ORDINARY = { systemWork: true, trace: false }
const ETHER = 10n ** 18n

function encoded(context: BlockContext, config = sampleConfig('osaka'), options = ORDINARY) {
  const host = sampleCoreThread()
  // What an earlier block left.
  host.bytes.fill(0xff, ENV_OFFSET, ENV_OFFSET + ENV_BYTES)
  encodeEnvironment(host, context, config, options)
  return host
}

function creditsOf(host: CoreThread): { address: Uint8Array; amount: bigint }[] {
  const count = loadWord(host, ENV_OFFSET + layout.ENV_CREDIT_COUNT)
  return Array.from({ length: count }, (_, index) => {
    const ptr = ENV_OFFSET + layout.ENV_CREDITS + index * layout.ENV_CREDIT_STRIDE
    const amount = readBigInt(host, ptr + layout.ENV_CREDIT_AMOUNT)
    return { address: host.bytes.slice(ptr, ptr + 20), amount }
  })
}

describe('encodeEnvironment', () => {
  it('numbers the forks as they stand in HARDFORKS', () => {
    for (const [index, fork] of HARDFORKS.entries()) {
      const name = fork.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
      // Forks whose rules the core need not tell apart have no name there.
      expect((layout as Record<string, number>)[`REVISION_${name}`] ?? index).toBe(index)
      const host = encoded(sampleContext(fork), sampleConfig(fork))
      expect(loadWord(host, ENV_OFFSET + layout.ENV_REVISION)).toBe(index)
      const table = (ENV_OFFSET + layout.ENV_OPCODES) >> 3
      expect(host.limbs.slice(table, table + 256)).toEqual(opcodeTableOf(fork))
    }
  })

  it('writes what the header says', () => {
    const prevRandao = Uint8Array.from({ length: 32 }, (_, i) => i)
    const parentBeaconBlockRoot = new Uint8Array(32).fill(0xbb)
    const context = sampleContext('osaka', { prevRandao, parentBeaconBlockRoot })
    const host = encoded(context)
    const word = (offset: number) => readBigInt(host, ENV_OFFSET + offset)
    const bytes = (offset: number, length: number) =>
      host.bytes.slice(ENV_OFFSET + offset, ENV_OFFSET + offset + length)
    expect(loadLong(host, ENV_OFFSET + layout.ENV_NUMBER)).toBe(context.number)
    expect(loadLong(host, ENV_OFFSET + layout.ENV_TIMESTAMP)).toBe(context.timestamp)
    expect(loadLong(host, ENV_OFFSET + layout.ENV_GAS_LIMIT)).toBe(context.gasLimit)
    expect(bytes(layout.ENV_BENEFICIARY, 20)).toEqual(BENEFICIARY)
    expect(word(layout.ENV_CHAIN_ID)).toBe(1n)
    expect(word(layout.ENV_BASE_FEE)).toBe(10n)
    expect(word(layout.ENV_BLOB_BASE_FEE)).toBe(1n)
    expect(loadWord(host, ENV_OFFSET + layout.ENV_BLOBS_MAX)).toBe(9)
    expect(readReversed(host, ENV_OFFSET + layout.ENV_PREV_RANDAO)).toEqual(prevRandao)
    expect(bytes(layout.ENV_PARENT_HASH, 32)).toEqual(context.parentHash)
    expect(bytes(layout.ENV_BEACON_ROOT, 32)).toEqual(parentBeaconBlockRoot)
    expect(loadWord(host, ENV_OFFSET + layout.ENV_FLAGS)).toBe(
      layout.ENV_FLAG_SYSTEM_WORK | layout.ENV_FLAG_BASE_FEE | layout.ENV_FLAG_BEACON_ROOT,
    )
  })

  it('has no base fee, blobs or beacon root in an old fork, and the difficulty', () => {
    const context = sampleContext('frontier', { difficulty: 2n ** 70n })
    const options = { systemWork: false, trace: true }
    const host = encoded(context, sampleConfig('frontier'), options)
    expect(loadWord(host, ENV_OFFSET + layout.ENV_FLAGS)).toBe(layout.ENV_FLAG_TRACE)
    expect(readBigInt(host, ENV_OFFSET + layout.ENV_PREV_RANDAO)).toBe(2n ** 70n)
    expect(readBigInt(host, ENV_OFFSET + layout.ENV_BASE_FEE)).toBe(0n)
    expect(readBigInt(host, ENV_OFFSET + layout.ENV_BLOB_BASE_FEE)).toBe(0n)
    expect(loadWord(host, ENV_OFFSET + layout.ENV_BLOBS_MAX)).toBe(0)
  })

  it('keeps the hashes of the 256 blocks before it', () => {
    const hashOf = (number: bigint) => new Uint8Array(32).fill(Number(number & 0xffn))
    const numbers = [999n, 744n, 745n, 1000n, 743n]
    const blockHashes = new Map(numbers.map((number) => [number, hashOf(number)]))
    const host = encoded(sampleContext('osaka', { number: 1000n, blockHashes }))
    const hashAt = (number: bigint) =>
      readReversed(host, ENV_OFFSET + layout.ENV_BLOCK_HASHES + Number(number & 255n) * 32)
    expect(hashAt(744n)).toEqual(hashOf(744n))
    expect(hashAt(745n)).toEqual(hashOf(745n))
    // Block 743 would have the same place.
    expect(hashAt(999n)).toEqual(hashOf(999n))
    expect(hashAt(800n)).toEqual(new Uint8Array(32))
  })

  it('credits withdrawals in wei', () => {
    const address = new Uint8Array(20).fill(7)
    const withdrawals = [
      { index: 0n, validatorIndex: 0n, address, amount: 2n ** 64n - 1n },
      { index: 1n, validatorIndex: 0n, address, amount: 0n },
    ]
    expect(creditsOf(encoded(sampleContext('osaka', { withdrawals })))).toEqual([
      { address, amount: (2n ** 64n - 1n) * 10n ** 9n },
      { address, amount: 0n },
    ])
  })

  it('credits the rewards of ommers and miner', () => {
    const beneficiary = new Uint8Array(20).fill(8)
    const context = sampleContext('frontier', { ommers: [{ number: 8n, beneficiary }] })
    expect(creditsOf(encoded(context, sampleConfig('frontier')))).toEqual([
      { address: beneficiary, amount: (5n * ETHER * 6n) / 8n },
      { address: BENEFICIARY, amount: 5n * ETHER + (5n * ETHER) / 32n },
    ])
  })

  it('lists the accounts of the DAO in the one block that moves their balances', () => {
    const at = (number: bigint) => encoded(sampleContext('homestead', { number }), MAINNET)
    const host = at(1_920_000n)
    const count = loadWord(host, ENV_OFFSET + layout.ENV_DAO_COUNT)
    const accounts = Array.from({ length: count }, (_, index) => {
      const ptr = ENV_OFFSET + layout.ENV_DAO_ACCOUNTS + index * layout.ENV_DAO_STRIDE
      return host.bytes.slice(ptr, ptr + 20)
    })
    expect(accounts).toEqual([DAO_REFUND_CONTRACT, ...DAO_ACCOUNTS])
    expect(loadWord(at(1_920_001n), ENV_OFFSET + layout.ENV_DAO_COUNT)).toBe(0)
  })

  it('refuses a block that credits more balances than there is room for', () => {
    const address = new Uint8Array(20)
    const withdrawal = { index: 0n, validatorIndex: 0n, address, amount: 1n }
    const withdrawals = Array<typeof withdrawal>(layout.ENV_CREDIT_COUNT_MAX + 1).fill(withdrawal)
    const tooLarge = () => encoded(sampleContext('osaka', { withdrawals }))
    expect(tooLarge).toThrow(EnvironmentTooLargeError)
    const most = sampleContext('osaka', { withdrawals: withdrawals.slice(1) })
    expect(creditsOf(encoded(most))).toHaveLength(layout.ENV_CREDIT_COUNT_MAX)
  })
})
