/** Blocks before which the state was edited by hand can be traced after a restart, too. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Hex } from 'viem'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { askRpc } from '../kit/ask-rpc.ts'
import { assemble } from '../kit/bytecode.ts'
import { devWallet } from '../kit/dev-token.ts'
import type { RpcLeader } from '../kit/rpc-leader.ts'
import { startRpcLeader } from '../kit/rpc-leader.ts'

const CONTRACT = '0x00000000000000000000000000000000000c0de1'
const datadir = mkdtempSync(join(tmpdir(), 'edited-history-'))
const log = { maxMessages: 1000, maxAgeMs: 60_000 }
const retention = { blocks: 20, log }

let node: RpcLeader

async function start(): Promise<void> {
  node = await startRpcLeader({ blockTimeMs: 0, isDev: true, datadir, retention })
}

beforeAll(start)
afterAll(async () => {
  expect(node.internalErrors).toEqual([])
  await node.close()
  rmSync(datadir, { recursive: true })
})

const ask = (method: string, ...params: unknown[]) => askRpc(node.httpUrl, method, params)

/** A call in a block before which the contract was put there. */
async function callEdited(source: string): Promise<Hex> {
  await ask('anvil_setCode', CONTRACT, bytesToHex(assemble(source)))
  const hash = await devWallet(node.httpUrl, 0).sendTransaction({ to: CONTRACT, gas: 100_000n })
  await ask('anvil_mine')
  return hash
}

const editsOf = (number: bigint) => node.leader.chain.tables.edits.get(number)

it('comes to the same trace after a restart, as long as the state is kept', async () => {
  const first = await callEdited('7 1 SSTORE')
  const second = await callEdited('1 SLOAD 2 SSTORE')
  const traceOf = async (hash: Hex) => (await ask('debug_traceTransaction', hash)).result
  const before = [await traceOf(first), await traceOf(second)]
  expect(before.map(({ structLogs }) => structLogs.length)).toEqual([4, 5])
  await node.close()
  await start()
  expect([await traceOf(first), await traceOf(second)]).toEqual(before)
  const { result: receipt } = await ask('eth_getTransactionReceipt', first)
  const number = BigInt(receipt.blockNumber)
  expect(editsOf(number)).toHaveLength(1)
  await ask('anvil_mine', '0x14')
  expect(editsOf(number)).toBeUndefined()
  const { error } = await ask('debug_traceTransaction', first)
  expect(error?.message).toMatch(/is not kept any more$/)
})

it('goes with a block that is taken back', async () => {
  const { result: snapshot } = await ask('evm_snapshot')
  const hash = await callEdited('9 3 SSTORE')
  const { result: receipt } = await ask('eth_getTransactionReceipt', hash)
  const number = BigInt(receipt.blockNumber)
  expect(editsOf(number)).toHaveLength(1)
  expect((await ask('evm_revert', snapshot)).result).toBe(true)
  expect(editsOf(number)).toBeUndefined()
})
