/**
 * Runs state tests through the engine: each case is a block of one transaction without system work,
 * on its own state and under its own fork.
 */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Log } from '@shredcast/shared/chain/receipt'
import type { StateTestCase, StateTestTransaction } from '@shredcast/shared/chain/state-test'
import type { StateTrie } from '@shredcast/shared/chain/state-trie'
import type { CommittedStep } from '@shredcast/shared/engine/committed-step'
import type { Engine } from '@shredcast/shared/engine/engine'
import { signTransaction } from '@shredcast/shared/engine/sign-transaction'
import { assert } from '@shredcast/shared/primitives/assert'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { encodeRlp } from '@shredcast/shared/primitives/rlp'
import type { TestEngineOptions } from './test-engine.ts'
import { messageOf, TestEngine } from './test-engine.ts'

export interface StateTestResult {
  /** What is wrong, in a line; undefined when the case passes. */
  readonly fault: string | undefined
  /** The rest is what it came to, if it came to anything. */
  readonly stateRoot?: Uint8Array
  readonly gasUsed?: bigint
  /** What the transaction's call returned; known when it is traced. */
  readonly output?: Uint8Array | undefined
}

/** The transaction's step; the block's opening is step 0. */
const TRANSACTION_STEP = 1
const NO_LOGS: readonly Log[] = []
const NO_CODE = new Uint8Array(0)

export class StateTestRunner {
  readonly #engine: TestEngine
  /** What an engine has loaded; cases of a test share it. */
  #loaded: { readonly engine: Engine; readonly alloc: readonly GenesisAccount[] } | undefined
  #output: Uint8Array | undefined

  constructor(options: TestEngineOptions) {
    const { onTrace } = options
    this.#engine = new TestEngine({
      ...options,
      ...(onTrace && {
        onTrace: (part) => {
          this.#output = part.output ?? this.#output
          onTrace(part)
        },
      }),
    })
  }

  /** Never rejects: what goes wrong is the case's fault. */
  async run(test: StateTestCase, timeLimitMs: number): Promise<StateTestResult> {
    try {
      const { config } = test.rules
      return await this.#engine.within(timeLimitMs, config, (engine) => this.#run(engine, test))
    } catch (error) {
      return { fault: messageOf(error) }
    }
  }

  close(): Promise<void> {
    return this.#engine.close()
  }

  async #run(engine: Engine, test: StateTestCase): Promise<StateTestResult> {
    const step = await this.#execute(engine, test)
    const { trie } = engine
    trie.reset(test.alloc)
    if (step.type === 'rejected') return judgeRefusal(test, trie, step.reason)
    assert(step.type === 'transaction', 'the block holds a transaction')
    trie.apply(step.diff.changes)
    const stateRoot = trie.root()
    const { gasUsed, logs } = step.receipt
    const fault = faultOf(test, { stateRoot, logs, refusal: undefined })
    return { fault, stateRoot, gasUsed, output: this.#takeOutput() }
  }

  #takeOutput(): Uint8Array | undefined {
    const output = this.#output
    this.#output = undefined
    return output
  }

  async #execute(engine: Engine, test: StateTestCase): Promise<CommittedStep> {
    const { context, config } = test.rules
    const { alloc } = test
    if (this.#loaded?.engine !== engine || this.#loaded.alloc !== alloc) {
      this.#loaded = undefined
      await engine.loadState(alloc)
      this.#loaded = { engine, alloc }
    }
    await engine.openBlock(context, 'block-stm', { config, systemWork: false })
    engine.append([signedBytes(test.transaction)])
    engine.execute()
    await engine.committedAbove(TRANSACTION_STEP)
    return engine.step(TRANSACTION_STEP)
  }
}

function signedBytes(transaction: StateTestTransaction): Uint8Array {
  if ('signed' in transaction) return transaction.signed
  return signTransaction(transaction.unsigned, transaction.secretKey)
}

function judgeRefusal(test: StateTestCase, trie: StateTrie, refusal: string): StateTestResult {
  const stateRoot = trie.root()
  const fault = faultOf(test, { stateRoot, logs: NO_LOGS, refusal })
  const isOldest = !isAtLeast(test.rules.hardfork, 'spuriousDragon')
  if (fault === undefined || !isOldest) return { fault, stateRoot }
  // The generators of the oldest tests created the beneficiary even when they refused.
  const { beneficiary } = test.rules.context
  trie.apply([{ address: beneficiary, code: NO_CODE, slots: [] }])
  const withBeneficiary = { stateRoot: trie.root(), logs: NO_LOGS, refusal }
  return { fault: faultOf(test, withBeneficiary) && fault, stateRoot }
}

interface Outcome {
  readonly stateRoot: Uint8Array
  readonly logs: readonly Log[]
  readonly refusal: string | undefined
}

function faultOf(test: StateTestCase, { stateRoot, logs, refusal }: Outcome): string | undefined {
  if (test.isRefused === true && refusal === undefined) return 'accepted an invalid transaction'
  if (test.isRefused === false && refusal !== undefined) return `refused: ${refusal}`
  const logsHash = keccak256(encodeRlp(logs.map((log) => [log.address, log.topics, log.data])))
  const differences = [
    ...differenceOf('state root', stateRoot, test.stateRoot),
    ...differenceOf('logs hash', logsHash, test.logsHash),
  ]
  if (differences.length === 0) return undefined
  if (refusal !== undefined) differences.push(`refused: ${refusal}`)
  return differences.join('; ')
}

function differenceOf(what: string, found: Uint8Array, expected: Uint8Array): string[] {
  return equalBytes(found, expected)
    ? []
    : [`${what} ${bytesToHex(found)}, not ${bytesToHex(expected)}`]
}
