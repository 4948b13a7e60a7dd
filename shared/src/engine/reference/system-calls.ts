/**
 * Calls that the protocol itself makes to contracts at a block's opening and closing: EIP-4788 (beacon
 * root), EIP-2935 (block hashes), EIP-7002 (withdrawal requests), EIP-7251 (consolidation requests).
 * They are free, count to no gas limit, and come from an address that has no account.
 */

import { Address } from '@ethereumjs/util'
import { isAtLeast } from '../../chain/hardforks.ts'
import { bytesToHex, concatBytes, hexToBytes } from '../../primitives/bytes.ts'
import type { Execution } from './execution.ts'
import { SystemCallError } from './system-call-error.ts'

const SYSTEM_ADDRESS = hexToBytes('0xfffffffffffffffffffffffffffffffffffffffe')
const SYSTEM_CALL_GAS = 30_000_000n
const BEACON_ROOTS = hexToBytes('0x000f3df6d732807ef1319fb7b8bb8522d0beac02')
const BLOCK_HASHES = hexToBytes('0x0000f90827f1c53a10cb7a02335b175320002935')
const WITHDRAWAL_REQUESTS = hexToBytes('0x00000961ef480eb55e80d19ad83579a64c007002')
const CONSOLIDATION_REQUESTS = hexToBytes('0x0000bbddc7ce488642fb579f8b00f3a590007251')
const WITHDRAWAL_REQUEST_TYPE = 1
const CONSOLIDATION_REQUEST_TYPE = 2
const NO_DATA = new Uint8Array(0)

/** Stores the beacon root and the parent's hash; a contract that is not there is passed over. */
export async function storeAncestry(execution: Execution): Promise<void> {
  const { fork, context } = execution.block
  const { parentBeaconBlockRoot, parentHash } = context
  if (isAtLeast(fork, 'cancun') && parentBeaconBlockRoot !== undefined) {
    await callSystemContract(BEACON_ROOTS, parentBeaconBlockRoot, execution)
  }
  if (isAtLeast(fork, 'prague')) {
    await callSystemContract(BLOCK_HASHES, parentHash, execution)
  }
}

/**
 * Takes the requests out of the queues of the two contracts; each request begins with its type, and
 * an empty queue makes none (EIP-7685).
 * @throws SystemCallError
 */
export async function dequeueRequests(execution: Execution): Promise<Uint8Array[]> {
  const requests: Uint8Array[] = []
  const queues = [
    [WITHDRAWAL_REQUEST_TYPE, WITHDRAWAL_REQUESTS],
    [CONSOLIDATION_REQUEST_TYPE, CONSOLIDATION_REQUESTS],
  ] as const
  for (const [type, contract] of queues) {
    const answer = await callSystemContract(contract, NO_DATA, execution)
    if (answer === undefined) {
      throw new SystemCallError(`no code at the request contract ${bytesToHex(contract)}`)
    }
    if (answer.error !== undefined) {
      throw new SystemCallError(`call to the request contract ${bytesToHex(contract)} failed`, {
        details: answer.error,
      })
    }
    if (answer.output.length > 0) requests.push(concatBytes(Uint8Array.of(type), answer.output))
  }
  return requests
}

interface Answer {
  readonly output: Uint8Array
  readonly error: string | undefined
}

/** Undefined when there is no contract to call. */
async function callSystemContract(
  contract: Uint8Array,
  data: Uint8Array,
  { state, evm, block }: Execution,
): Promise<Answer | undefined> {
  if (!state.account(contract).hasCode) return undefined
  const { execResult } = await evm.runCall({
    block: block.evmBlock,
    caller: new Address(SYSTEM_ADDRESS),
    to: new Address(contract),
    gasLimit: SYSTEM_CALL_GAS,
    data,
    skipNonceIncrement: true,
  })
  return { output: execResult.returnValue, error: execResult.exceptionError?.error }
}
