/**
 * Encodes the open block for the core's EVM (layout/environment.ts). The fork's rules become numbers
 * here: its revision, its opcode table, the blob price, and the balances that the block itself moves.
 */

import { blobBaseFee } from '../chain/blob-gas.ts'
import type { BlockContext } from '../chain/block.ts'
import { BLOCK_HASH_COUNT } from '../chain/block.ts'
import type { ChainConfig } from '../chain/chain-config.ts'
import { blobParametersAt, hardforkAt } from '../chain/chain-config.ts'
import type { Hardfork } from '../chain/hardforks.ts'
import { HARDFORKS, isAtLeast } from '../chain/hardforks.ts'
import { opcodeTableOf } from '../chain/opcodes.ts'
import {
  ENV_BASE_FEE,
  ENV_BEACON_ROOT,
  ENV_BENEFICIARY,
  ENV_BLOB_BASE_FEE,
  ENV_BLOBS_MAX,
  ENV_BLOCK_HASHES,
  ENV_CHAIN_ID,
  ENV_CREDIT_AMOUNT,
  ENV_CREDIT_COUNT,
  ENV_CREDIT_COUNT_MAX,
  ENV_CREDIT_STRIDE,
  ENV_CREDITS,
  ENV_DAO_ACCOUNTS,
  ENV_DAO_COUNT,
  ENV_DAO_COUNT_MAX,
  ENV_DAO_STRIDE,
  ENV_FLAG_BASE_FEE,
  ENV_FLAG_BEACON_ROOT,
  ENV_FLAG_SYSTEM_WORK,
  ENV_FLAG_TRACE,
  ENV_FLAGS,
  ENV_GAS_LIMIT,
  ENV_NUMBER,
  ENV_OPCODES,
  ENV_PARENT_HASH,
  ENV_PREV_RANDAO,
  ENV_REVISION,
  ENV_TIMESTAMP,
} from '../layout/environment.ts'
import { ENV_OFFSET } from '../layout/memory-map.ts'
import { assert } from '../primitives/assert.ts'
import { BaseError } from '../primitives/base-error.ts'
import type { CoreThread } from './core-thread.ts'
import { storeLong, storeWord, writeBigInt, writeReversed } from './core-thread.ts'
import { closingCredits } from './reference/block-balances.ts'
import { DAO_ACCOUNTS, DAO_REFUND_CONTRACT } from './reference/dao-accounts.ts'

export interface EnvironmentOptions {
  /** Whether the block does its opening and closing work; a state test's block does none. */
  readonly systemWork: boolean
  /** Whether every instruction is reported (EIP-3155). */
  readonly trace: boolean
}

export class EnvironmentTooLargeError extends BaseError {
  override readonly name = 'Engine.EnvironmentTooLargeError'
}

/**
 * Writes the environment of the block. Host only, while the gate is locked.
 * @throws EnvironmentTooLargeError when the block credits more balances than there is room for
 */
export function encodeEnvironment(
  host: CoreThread,
  context: BlockContext,
  config: ChainConfig,
  options: EnvironmentOptions,
): void {
  const fork = hardforkAt(config, context.number, context.timestamp)
  const credits = closingCredits(context, fork)
  if (credits.length > ENV_CREDIT_COUNT_MAX) {
    throw new EnvironmentTooLargeError(
      `the block credits ${credits.length} balances, more than ${ENV_CREDIT_COUNT_MAX}`,
    )
  }
  host.bytes.fill(0, ENV_OFFSET, ENV_OFFSET + ENV_CREDITS)
  storeWord(host, ENV_OFFSET + ENV_REVISION, HARDFORKS.indexOf(fork))
  storeWord(host, ENV_OFFSET + ENV_FLAGS, flagsOf(context, options))
  writeHeader(host, context, fork)
  writeBigInt(host, ENV_OFFSET + ENV_CHAIN_ID, config.chainId)
  writeBlobPrice(host, context, config, fork)
  writeBlockHashes(host, context)
  host.limbs.set(opcodeTableOf(fork), (ENV_OFFSET + ENV_OPCODES) >> 3)
  if (context.number === config.daoForkBlock) writeDaoAccounts(host)
  for (const [index, { address, amount }] of credits.entries()) {
    const ptr = ENV_OFFSET + ENV_CREDITS + index * ENV_CREDIT_STRIDE
    host.bytes.set(address, ptr)
    writeBigInt(host, ptr + ENV_CREDIT_AMOUNT, amount)
  }
  storeWord(host, ENV_OFFSET + ENV_CREDIT_COUNT, credits.length)
}

function flagsOf(context: BlockContext, options: EnvironmentOptions): number {
  let flags = 0
  if (options.systemWork) flags |= ENV_FLAG_SYSTEM_WORK
  if (options.trace) flags |= ENV_FLAG_TRACE
  if (context.baseFeePerGas !== undefined) flags |= ENV_FLAG_BASE_FEE
  if (context.parentBeaconBlockRoot !== undefined) flags |= ENV_FLAG_BEACON_ROOT
  return flags
}

function writeHeader(host: CoreThread, context: BlockContext, fork: Hardfork): void {
  storeLong(host, ENV_OFFSET + ENV_NUMBER, context.number)
  storeLong(host, ENV_OFFSET + ENV_TIMESTAMP, context.timestamp)
  storeLong(host, ENV_OFFSET + ENV_GAS_LIMIT, context.gasLimit)
  host.bytes.set(context.beneficiary, ENV_OFFSET + ENV_BENEFICIARY)
  if (isAtLeast(fork, 'paris')) {
    writeReversed(host, ENV_OFFSET + ENV_PREV_RANDAO, context.prevRandao)
  } else {
    writeBigInt(host, ENV_OFFSET + ENV_PREV_RANDAO, context.difficulty)
  }
  writeBigInt(host, ENV_OFFSET + ENV_BASE_FEE, context.baseFeePerGas ?? 0n)
  host.bytes.set(context.parentHash, ENV_OFFSET + ENV_PARENT_HASH)
  if (context.parentBeaconBlockRoot !== undefined) {
    host.bytes.set(context.parentBeaconBlockRoot, ENV_OFFSET + ENV_BEACON_ROOT)
  }
}

function writeBlobPrice(
  host: CoreThread,
  context: BlockContext,
  config: ChainConfig,
  fork: Hardfork,
): void {
  if (!isAtLeast(fork, 'cancun')) return
  const blobs = blobParametersAt(config, context.timestamp)
  assert(blobs !== undefined, 'a chain with Cancun has a blob schedule')
  storeWord(host, ENV_OFFSET + ENV_BLOBS_MAX, blobs.max)
  const fee = blobBaseFee(context.excessBlobGas ?? 0n, blobs)
  writeBigInt(host, ENV_OFFSET + ENV_BLOB_BASE_FEE, fee)
}

function writeBlockHashes(host: CoreThread, context: BlockContext): void {
  for (const [number, hash] of context.blockHashes) {
    const depth = context.number - number
    if (depth < 1n || depth > BLOCK_HASH_COUNT) continue
    writeReversed(host, ENV_OFFSET + ENV_BLOCK_HASHES + Number(number & 255n) * 32, hash)
  }
}

/** The contract that is paid first, then the accounts that pay (EIP-779). */
function writeDaoAccounts(host: CoreThread): void {
  const accounts = [DAO_REFUND_CONTRACT, ...DAO_ACCOUNTS]
  assert(accounts.length <= ENV_DAO_COUNT_MAX, "the layout has room for the DAO's accounts")
  for (const [index, address] of accounts.entries()) {
    host.bytes.set(address, ENV_OFFSET + ENV_DAO_ACCOUNTS + index * ENV_DAO_STRIDE)
  }
  storeWord(host, ENV_OFFSET + ENV_DAO_COUNT, accounts.length)
}
