/** What a case must come to: the plain reference executor, one step after another, on a map. */

import type { BlockContext } from '@shredcast/shared/chain/block'
import { SystemCallError } from '@shredcast/shared/engine/reference/system-call-error'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { MapState } from '../kit/map-state.ts'
import { Oracle } from '../kit/oracle-block.ts'
import type { StepOutcome } from '../kit/step-outcome.ts'
import type { FuzzCase, TransactionModel } from './case.ts'
import { FUZZ_CONFIG } from './case.ts'
import { contextOf, signModel } from './case-signer.ts'
import type { Difference } from './model-state.ts'
import { ModelState } from './model-state.ts'

/** All that may be said of a step, the way in which it was executed apart. */
export interface ComparableStep {
  readonly rejected?: string
  readonly status?: number
  readonly gasUsed?: bigint
  readonly cumulativeGasUsed?: bigint
  readonly position?: readonly [shredIndex: number, startingLogIndex: number]
  readonly sender?: string
  readonly logs?: readonly string[]
  readonly requests?: readonly string[]
  readonly differences?: readonly Difference[]
}

export interface ExpectedBlock {
  readonly context: BlockContext
  /** Signed as the state wanted it. */
  readonly transactions: readonly Uint8Array[]
  readonly steps: readonly ComparableStep[]
  /** The block is invalid: a contract that must answer at its end does not. */
  readonly isInvalid: boolean
}

export async function runExpected({ accounts, blocks, fork }: FuzzCase): Promise<ExpectedBlock[]> {
  const oracle = new Oracle(FUZZ_CONFIG, new MapState(accounts))
  const model = new ModelState(accounts, fork)
  const expected: ExpectedBlock[] = []
  for (const block of blocks) {
    const context = contextOf(block)
    const transactions: Uint8Array[] = []
    const steps: ComparableStep[] = []
    let isInvalid = false
    try {
      for await (const outcome of oracle.steps(
        context,
        signed(block.transactions, model, transactions),
      )) {
        steps.push(comparable(outcome, model))
      }
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error
      isInvalid = true
    }
    expected.push({ context, transactions, steps, isInvalid })
    // There is no state behind an invalid block.
    if (isInvalid) break
  }
  return expected
}

function* signed(
  transactions: readonly TransactionModel[],
  model: ModelState,
  signedSoFar: Uint8Array[],
): Generator<Uint8Array> {
  for (const transaction of transactions) {
    const bytes = signModel(transaction, model)
    signedSoFar.push(bytes)
    yield bytes
  }
}

/** The outcome of the step that comes next in `model`. */
export function comparable(outcome: StepOutcome, model: ModelState): ComparableStep {
  if (outcome.type === 'rejected') return { rejected: outcome.reason }
  const differences = model.apply(outcome.changes)
  if (outcome.type === 'system') {
    return { requests: outcome.requests.map(bytesToHex), differences }
  }
  const { status, gasUsed, cumulativeGasUsed, logs } = outcome.receipt
  return {
    status,
    gasUsed,
    cumulativeGasUsed,
    position: [outcome.shredIndex, outcome.startingLogIndex],
    sender: bytesToHex(outcome.sender),
    logs: logs.map(({ address, topics, data }) => {
      return [address, ...topics, data].map(bytesToHex).join(' ')
    }),
    differences,
  }
}
