/** Runs a state test on the reference executor and says in a line what is wrong, if anything is. */

import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Log } from '@shredcast/shared/chain/receipt'
import { MalformedTransactionError } from '@shredcast/shared/chain/transaction'
import { InvalidTransactionError } from '@shredcast/shared/engine/reference/execution-result'
import { ReferenceExecutor } from '@shredcast/shared/engine/reference/reference-executor'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { encodeRlp } from '@shredcast/shared/primitives/rlp'
import { StateRoot } from '@shredcast/shared/trie/state-root'
import { MapState } from './map-state.ts'
import type { StateTestCase } from './state-test.ts'

const NO_LOGS: readonly Log[] = []

/** Undefined when the case passes. */
export async function runStateTest(test: StateTestCase): Promise<string | undefined> {
  const root = await StateRoot.fromGenesis(test.alloc)
  let logs = NO_LOGS
  let refusal: string | undefined
  try {
    logs = await execute(test, root)
  } catch (error) {
    if (!isRefusal(error)) throw error
    refusal = error.message
  }
  if (test.isRefused === true && refusal === undefined) return 'accepted an invalid transaction'
  if (test.isRefused === false && refusal !== undefined) return `refused: ${refusal}`
  const logsHash = keccak256(encodeRlp(logs.map((log) => [log.address, log.topics, log.data])))
  if (!equalBytes(logsHash, test.logsHash)) return 'other logs'
  const stateRoot = await root.root()
  if (equalBytes(stateRoot, test.stateRoot)) return undefined
  if (refusal !== undefined && (await isRootWithBeneficiary(test, root))) return undefined
  return `state root ${bytesToHex(stateRoot)}, not ${bytesToHex(test.stateRoot)}; ${refusal ?? ''}`
}

async function execute(test: StateTestCase, root: StateRoot): Promise<readonly Log[]> {
  const transaction = test.transaction()
  if (transaction.gasLimit > test.context.gasLimit) {
    throw new InvalidTransactionError('gas limit exceeds the block gas left')
  }
  const state = new MapState(test.alloc)
  const executor = executorFor(test)
  executor.openBlock(test.context)
  const { result, changes } = await state.run((options) => {
    return executor.executeTransaction(transaction, test.sender, state, options)
  })
  await root.apply(changes)
  return result.logs
}

/** Creating an executor costs more than most tests, and only forks and blob parameters differ. */
const executors = new Map<string, ReferenceExecutor>()

function executorFor({ fork, config }: StateTestCase): ReferenceExecutor {
  const { target, max, baseFeeUpdateFraction } = config.blobSchedule[0] ?? {}
  const key = [fork, target, max, baseFeeUpdateFraction].join()
  const known = executors.get(key)
  if (known !== undefined) return known
  const created = new ReferenceExecutor(config)
  executors.set(key, created)
  return created
}

function isRefusal(error: unknown): error is InvalidTransactionError | MalformedTransactionError {
  return error instanceof InvalidTransactionError || error instanceof MalformedTransactionError
}

/** The generators of the oldest tests created the beneficiary even when they refused. */
async function isRootWithBeneficiary(test: StateTestCase, root: StateRoot): Promise<boolean> {
  if (isAtLeast(test.fork, 'spuriousDragon')) return false
  await root.apply([{ address: test.context.beneficiary, code: new Uint8Array(0), slots: [] }])
  return equalBytes(await root.root(), test.stateRoot)
}
