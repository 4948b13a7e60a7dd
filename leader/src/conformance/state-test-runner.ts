/**
 * Runs state tests through the engine: each case is a block of one transaction without system work,
 * on its own state and under its own fork. One engine serves all cases; a case that breaks it, or does
 * not end, costs the next one a new engine and nothing else.
 */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Log } from '@shredcast/shared/chain/receipt'
import type { StateTestCase, StateTestTransaction } from '@shredcast/shared/chain/state-test'
import type { StateTrie } from '@shredcast/shared/chain/state-trie'
import type { CommittedStep } from '@shredcast/shared/engine/committed-step'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import type { Engine, EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { signTransaction } from '@shredcast/shared/engine/sign-transaction'
import { assert } from '@shredcast/shared/primitives/assert'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { encodeRlp } from '@shredcast/shared/primitives/rlp'

export interface StateTestRunnerOptions {
  readonly engine: EngineName
  readonly build: CoreBuild
  readonly workers: number
  /** Takes the lines of the trace (EIP-3155); one worker only. */
  readonly onTrace?: (lines: string) => void
}

export interface StateTestResult {
  /** What is wrong, in a line; undefined when the case passes. */
  readonly fault: string | undefined
  /** The rest is what it came to, if it came to anything. */
  readonly stateRoot?: Uint8Array
  readonly gasUsed?: bigint
  /** What the transaction's call returned; known when it is traced. */
  readonly output?: Uint8Array | undefined
}

/** The case took longer than it may. */
class TimeLimitError extends BaseError {
  override readonly name = 'Leader.TimeLimitError'
}

/** The transaction's step; the block's opening is step 0. */
const TRANSACTION_STEP = 1
const NO_LOGS: readonly Log[] = []
const NO_CODE = new Uint8Array(0)

export class StateTestRunner {
  readonly #options: StateTestRunnerOptions
  #engine: Engine | undefined
  /** What the engine has loaded; cases of a test share it. */
  #loaded: readonly GenesisAccount[] | undefined
  #output: Uint8Array | undefined

  constructor(options: StateTestRunnerOptions) {
    this.#options = options
  }

  /** Never rejects: what goes wrong is the case's fault. */
  async run(test: StateTestCase, timeLimitMs: number): Promise<StateTestResult> {
    try {
      this.#engine ??= await this.#createEngine(test)
      return await within(timeLimitMs, this.#run(this.#engine, test))
    } catch (error) {
      await this.#discardEngine()
      return { fault: messageOf(error) }
    }
  }

  async close(): Promise<void> {
    await this.#engine?.close()
    this.#engine = undefined
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

  #createEngine(test: StateTestCase): Promise<Engine> {
    const { onTrace, ...options } = this.#options
    return createEngine({
      ...options,
      config: test.rules.config,
      ...(onTrace && {
        onTrace: ({ lines, output }) => {
          this.#output = output ?? this.#output
          onTrace(lines)
        },
      }),
    })
  }

  async #execute(engine: Engine, test: StateTestCase): Promise<CommittedStep> {
    const { context, config } = test.rules
    if (this.#loaded !== test.alloc) {
      this.#loaded = undefined
      await engine.loadState(test.alloc)
      // A case that was out of time may come here when the next engine is in use.
      if (engine === this.#engine) this.#loaded = test.alloc
    }
    await engine.openBlock(context, 'block-stm', { config, systemWork: false })
    engine.append([signedBytes(test.transaction)])
    engine.execute()
    await engine.committedAbove(TRANSACTION_STEP)
    return engine.step(TRANSACTION_STEP)
  }

  async #discardEngine(): Promise<void> {
    const engine = this.#engine
    this.#engine = undefined
    this.#loaded = undefined
    await engine?.terminate()
  }
}

/** @throws TimeLimitError when `work` is not done by then; it is left to itself */
async function within<T>(timeLimitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    const expire = () => reject(new TimeLimitError(`not done after ${timeLimitMs / 1000} s`))
    timer = setTimeout(expire, timeLimitMs)
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    clearTimeout(timer)
  }
}

/** A worker's own error is the cause of what the engine throws. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const message =
    error instanceof BaseError ? error.shortMessage : `${error.name}: ${error.message}`
  return error.cause === undefined ? message : `${message}: ${messageOf(error.cause)}`
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
