/**
 * Methods of a development node, by the names that anvil and hardhat have for them. Any other node
 * answers that it does not have them.
 */

import type { JsonObject } from '@shredcast/shared/chain/json-fields'
import { isAbsent, jsonObject } from '@shredcast/shared/chain/json-fields'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { DevBackend } from '../dev-backend.ts'
import { ChangeRefusedError } from '../dev-backend.ts'
import { currentBaseFee, suggestedTip } from '../fee-history.ts'
import type { MethodTable, RpcContext, RpcMethod } from '../method.ts'
import type { Params } from '../params.ts'
import { parseHexQuantity } from '../params.ts'
import { quantity } from '../quantity.ts'
import { invalidParams, METHOD_NOT_FOUND, RpcError, SERVER_ERROR } from '../rpc-error.ts'

/** A million empty blocks would take an hour. */
const MINED_MAX = 100_000

const NO_HASH = new Uint8Array(32)
const MS_PER_SECOND = 1000n

type DevRun = (params: Params, dev: DevBackend, context: RpcContext) => unknown

/** @throws RpcError when the node is none of a development chain, or refuses the change */
export function devMethod(least: number, most: number, run: DevRun): RpcMethod {
  return {
    least,
    most,
    async run(params, context) {
      const { dev } = context.backend
      if (dev === undefined) {
        throw new RpcError(METHOD_NOT_FOUND, 'the method is for development chains: leader --dev')
      }
      try {
        return await run(params, dev, context)
      } catch (error) {
        if (!(error instanceof ChangeRefusedError)) throw error
        throw new RpcError(SERVER_ERROR, error.shortMessage)
      }
    },
  }
}

/** The method under all of its names. */
function named(names: readonly string[], method: RpcMethod): MethodTable {
  return Object.fromEntries(names.map((name) => [name, method]))
}

/** With the prefixes that the two nodes have. */
function both(name: string, method: RpcMethod): MethodTable {
  return named([`anvil_${name}`, `hardhat_${name}`], method)
}

const change = (least: number, run: (params: Params, dev: DevBackend) => unknown): RpcMethod => {
  return devMethod(least, least, async (params, dev) => {
    await run(params, dev)
    return null
  })
}

const refused = (why: string): RpcMethod => {
  return devMethod(0, 2, () => {
    throw new RpcError(SERVER_ERROR, why)
  })
}

const NO_FORKING = 'this node does not fork other chains'

const stateMethods: MethodTable = {
  ...named(
    ['anvil_setBalance', 'hardhat_setBalance', 'evm_setAccountBalance'],
    change(2, (params, { state }) => state.setBalance(params.address(0), amount(params, 1, 256))),
  ),
  anvil_addBalance: change(2, (params, { state }) => {
    return state.addBalance(params.address(0), amount(params, 1, 256))
  }),
  ...named(
    ['anvil_setCode', 'hardhat_setCode', 'evm_setAccountCode'],
    change(2, (params, { state }) => state.setCode(params.address(0), params.bytes(1))),
  ),
  ...named(
    ['anvil_setNonce', 'hardhat_setNonce', 'evm_setAccountNonce'],
    change(2, (params, { state }) => state.setNonce(params.address(0), amount(params, 1, 64))),
  ),
  ...named(
    ['anvil_setStorageAt', 'hardhat_setStorageAt', 'evm_setAccountStorageAt'],
    devMethod(3, 3, async (params, { state }) => {
      await state.setStorageAt(params.address(0), params.slotKey(1), params.hash(2))
      return true
    }),
  ),
  ...named(
    ['evm_snapshot', 'anvil_snapshot'],
    devMethod(0, 0, async (_, { state }) => quantity(await state.snapshot())),
  ),
  ...named(
    ['evm_revert', 'anvil_revert'],
    devMethod(1, 1, (params, { state }) => state.revert(amount(params, 0, 64))),
  ),
  ...both(
    'dumpState',
    devMethod(0, 1, async (_, { state }) => bytesToHex(await state.dump())),
  ),
  ...both(
    'loadState',
    devMethod(1, 1, async (params, { state }) => {
      await state.load(params.bytes(0))
      return true
    }),
  ),
  ...both('reset', devMethod(0, 1, reset)),
  ...both('setRpcUrl', refused(NO_FORKING)),
}

const accountMethods: MethodTable = {
  ...both(
    'impersonateAccount',
    change(1, (params, { accounts }) => accounts.impersonate(params.address(0))),
  ),
  ...both(
    'stopImpersonatingAccount',
    change(1, (params, { accounts }) => accounts.stopImpersonating(params.address(0))),
  ),
  ...both(
    'autoImpersonateAccount',
    change(1, (params, { accounts }) => {
      accounts.isAutoImpersonating = params.flag(0)
    }),
  ),
}

const blockMethods: MethodTable = {
  ...both('mine', devMethod(0, 2, mine)),
  evm_mine: devMethod(0, 1, mineOne),
  evm_setAutomine: devMethod(1, 1, async (params, { blocks }) => {
    await blocks.setAutomine(params.flag(0))
    return true
  }),
  ...both(
    'getAutomine',
    devMethod(0, 0, (_, { blocks }) => blocks.isAutomine),
  ),
  ...named(
    ['evm_setIntervalMining', 'anvil_setIntervalMining'],
    change(1, (params, { blocks }) => blocks.setIntervalMining(Number(amount(params, 0, 31)))),
  ),
  anvil_getIntervalMining: devMethod(0, 0, (_, { blocks }) => blocks.intervalSeconds),
  ...named(
    ['evm_increaseTime', 'anvil_increaseTime'],
    devMethod(1, 1, async (params, { blocks }) => {
      return quantity(await blocks.increaseTime(amount(params, 0, 64)))
    }),
  ),
  ...named(
    ['evm_setTime', 'anvil_setTime'],
    devMethod(1, 1, async (params, { blocks }) => {
      return Number(await blocks.setTime(amount(params, 0, 64)))
    }),
  ),
  ...named(
    ['evm_setNextBlockTimestamp', 'anvil_setNextBlockTimestamp'],
    change(1, (params, { blocks }) => blocks.setNextTimestamp(amount(params, 0, 64))),
  ),
  anvil_setBlockTimestampInterval: change(1, (params, { blocks }) => {
    return blocks.setTimestampInterval(amount(params, 0, 64))
  }),
  // viem has it in milliseconds here.
  hardhat_setBlockTimestampInterval: change(1, (params, { blocks }) => {
    return blocks.setTimestampInterval(amount(params, 0, 64) / MS_PER_SECOND)
  }),
  ...both(
    'removeBlockTimestampInterval',
    devMethod(0, 0, (_, { blocks }) => blocks.setTimestampInterval(undefined)),
  ),
  ...both(
    'setNextBlockBaseFeePerGas',
    change(1, (params, { blocks }) => blocks.setNextBaseFee(amount(params, 0, 128))),
  ),
  ...both(
    'setPrevRandao',
    change(1, (params, { blocks }) => blocks.setNextPrevRandao(params.slotKey(0))),
  ),
  ...named(
    ['evm_setBlockGasLimit', 'anvil_setBlockGasLimit'],
    devMethod(1, 1, async (params, { blocks }) => {
      await blocks.setGasLimit(amount(params, 0, 63))
      return true
    }),
  ),
  ...both(
    'setCoinbase',
    change(1, (params, { blocks }) => blocks.setCoinbase(params.address(0))),
  ),
  ...both('setMinGasPrice', refused('there is no least gas price where EIP-1559 is active')),
  ...both('dropTransaction', devMethod(1, 1, dropTransaction)),
  anvil_getBlobsByTransactionHash: devMethod(1, 1, blobs),
  anvil_dropAllTransactions: change(0, (_, { blocks }) => blocks.dropAll()),
}

export const devMethods: MethodTable = {
  ...stateMethods,
  ...accountMethods,
  ...blockMethods,
  anvil_nodeInfo: devMethod(0, 0, nodeInfo),
  ...both('metadata', devMethod(0, 0, metadata)),
  ...both('setLoggingEnabled', devMethod(1, 1, setLoggingEnabled)),
}

/** An unsigned integer, as a number or in hex. */
function amount(params: Params, index: number, bits: number): bigint {
  const value = params.value(index)
  return amountOf(value, `parameter ${index}`, bits)
}

function amountOf(value: unknown, what: string, bits: number): bigint {
  const isNumber = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
  return parseHexQuantity(isNumber ? `0x${value.toString(16)}` : value, what, bits)
}

async function mine(params: Params, { blocks }: DevBackend) {
  const count = params.value(0) === undefined ? 1n : amount(params, 0, 64)
  const interval = params.value(1) === undefined ? 0n : amount(params, 1, 64)
  if (count > MINED_MAX) throw invalidParams(`at most ${MINED_MAX} blocks are mined at a time`)
  await blocks.mine(Number(count), interval)
  return null
}

/** With a timestamp, or an object of timestamp and number of blocks. */
async function mineOne(params: Params, { blocks }: DevBackend) {
  const given = params.value(0)
  const options: JsonObject =
    typeof given === 'object' && given !== null
      ? jsonObject(given, 'options')
      : { timestamp: given }
  const count = isAbsent(options.blocks) ? 1n : amountOf(options.blocks, 'blocks', 64)
  if (count > MINED_MAX) throw invalidParams(`at most ${MINED_MAX} blocks are mined at a time`)
  if (!isAbsent(options.timestamp)) {
    await blocks.setNextTimestamp(amountOf(options.timestamp, 'timestamp', 64))
  }
  await blocks.mine(Number(count), 0n)
  return '0x0'
}

/** viem names the fork that it does not want, too. */
async function reset(params: Params, { state }: DevBackend) {
  const given = params.value(0)
  const { forking } = given === undefined ? {} : jsonObject(given, 'options')
  const { jsonRpcUrl } = isAbsent(forking) ? {} : jsonObject(forking, 'forking')
  if (!isAbsent(jsonRpcUrl)) throw new RpcError(SERVER_ERROR, NO_FORKING)
  await state.reset()
  return true
}

function dropTransaction(params: Params, { blocks }: DevBackend) {
  const hash = params.hash(0)
  return blocks.drop(hash) ? bytesToHex(hash) : null
}

/** Null where the transaction brought none, or they are forgotten. */
function blobs(params: Params, _: DevBackend, { backend: { pool } }: RpcContext) {
  return pool?.sidecar?.(params.hash(0))?.blobs.map(bytesToHex) ?? null
}

/** Requests are not logged. */
function setLoggingEnabled(params: Params) {
  if (params.flag(0)) throw new RpcError(SERVER_ERROR, 'this node logs no requests')
  return null
}

function nodeInfo(_: Params, __: DevBackend, { backend: { chain } }: RpcContext) {
  const { number, timestamp, gasLimit } = chain.head.header
  return {
    currentBlockNumber: quantity(number),
    currentBlockTimestamp: Number(timestamp),
    currentBlockHash: bytesToHex(chain.head.hash ?? NO_HASH),
    hardFork: chain.config.forks.at(-1)?.fork ?? null,
    environment: {
      baseFee: quantity(currentBaseFee(chain)),
      chainId: Number(chain.config.chainId),
      gasLimit: quantity(gasLimit),
      gasPrice: quantity(currentBaseFee(chain) + suggestedTip(chain)),
    },
    forkConfig: { forkUrl: null, forkBlockNumber: null, forkRetryBackoff: null },
  }
}

function metadata(_: Params, __: DevBackend, { backend: { chain }, clientVersion }: RpcContext) {
  return {
    clientVersion,
    chainId: Number(chain.config.chainId),
    latestBlockNumber: Number(chain.head.header.number),
    latestBlockHash: bytesToHex(chain.head.hash ?? NO_HASH),
  }
}
