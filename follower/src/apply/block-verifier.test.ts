import type { BlockOpened, Shred } from '@shredcast/protocol/wire/messages'
import type { StateDiff } from '@shredcast/shared/chain/state-change'
import type { CommittedStep } from '@shredcast/shared/engine/committed-step'
import type { Engine } from '@shredcast/shared/engine/engine'
import { EngineHaltedError } from '@shredcast/shared/engine/halt-error'
import {
  HALT_BLOCK_ARENA_FULL,
  HALT_DIVERGED,
  HALT_WORKER_ERROR,
} from '@shredcast/shared/layout/control'
import { describe, expect, it } from 'vitest'
import { BlockVerifier } from './block-verifier.ts'

const NOTHING: StateDiff = { changes: [], deltas: [], reads: [] }
const SENDER = new Uint8Array(20).fill(1)
const bytes = new Uint8Array(0)
const receipt = { type: 0, status: 1, gasUsed: 1n, cumulativeGasUsed: 1n, logs: [] } as const
const common = { transaction: bytes, sender: SENDER, receipt, startingLogIndex: 0, diff: NOTHING }

const opening: CommittedStep = { type: 'system', txIndex: 0, diff: NOTHING, requests: [] }
const transaction = (txIndex: number): CommittedStep => {
  return { type: 'transaction', txIndex, shredIndex: txIndex - 1, ...common }
}
const rejected = (txIndex: number): CommittedStep => {
  const reason = 'nonce too high'
  return { type: 'rejected', txIndex, transaction: bytes, sender: SENDER, reason }
}

/** An engine whose declared execution stops after some steps; the speculative one does not. */
class HaltingEngine {
  commitIndex = 0
  stepCount = 0
  readonly #declared: readonly CommittedStep[]
  readonly #speculative: readonly CommittedStep[]
  readonly #halt: EngineHaltedError
  #isDag = false

  constructor(
    declared: readonly CommittedStep[],
    halt: EngineHaltedError,
    speculative: readonly CommittedStep[] = [],
  ) {
    this.#declared = declared
    this.#halt = halt
    this.#speculative = speculative
  }

  async openBlock(_: unknown, schedule?: string): Promise<void> {
    this.#isDag = schedule === 'dag'
    this.stepCount = 1
    this.commitIndex = this.#isDag ? this.#declared.length : this.#speculative.length
  }

  append(transactions: readonly unknown[]): void {
    this.stepCount += transactions.length
  }

  async committedAbove(index: number): Promise<number> {
    // Later than the messages, as in a real engine.
    await new Promise(setImmediate)
    if (this.commitIndex <= index) throw this.#halt
    return this.commitIndex
  }

  step(txIndex: number): CommittedStep {
    return (this.#isDag ? this.#declared : this.#speculative)[txIndex]!
  }

  declare(): void {}
  execute(): void {}
  async abandonBlock(): Promise<void> {}
}

/** What becomes of a block with two shreds. */
async function verify(engine: HaltingEngine): Promise<unknown> {
  const opened = { type: 'blockOpened', context: { number: 1n }, diff: NOTHING } as BlockOpened
  const verifier = await BlockVerifier.open(
    engine as unknown as Engine,
    { message: opened, bytes, signedIn: bytes },
    { schedule: 'dag', feedsTrie: false },
    () => {},
  )
  for (const shredIndex of [0, 1]) {
    const message = { type: 'shred', shredIndex, ...common } as unknown as Shred
    await verifier.add({ message, bytes, signedIn: bytes })
  }
  return verifier.settle().catch((error: unknown) => error)
}

describe('a block that stops', () => {
  it('is executed speculatively to find out why', async () => {
    const halt = new EngineHaltedError(HALT_DIVERGED, 2)
    const speculative = [opening, transaction(1), rejected(2)]
    const engine = new HaltingEngine([opening, transaction(1)], halt, speculative)
    expect(await verify(engine)).toMatchObject({
      divergence: { kind: 'invalidTransaction', place: 1, expected: 'invalid: nonce too high' },
    })
  })

  it('shows first what is wrong with the steps that it committed', async () => {
    const halt = new EngineHaltedError(HALT_DIVERGED, 2)
    const engine = new HaltingEngine([opening, rejected(1)], halt)
    expect(await verify(engine)).toMatchObject({ divergence: { place: 0 } })
  })

  it('blames a lie for the error of a worker that ran on it', async () => {
    const halt = new EngineHaltedError(HALT_WORKER_ERROR, 2, new Error('overflow'))
    const engine = new HaltingEngine([opening], halt, [opening, rejected(1)])
    expect(await verify(engine)).toMatchObject({ divergence: { place: 0 } })
  })

  it.each([
    ['a worker fails', new EngineHaltedError(HALT_WORKER_ERROR, 2, new Error('no memory'))],
    ['the engine is full', new EngineHaltedError(HALT_BLOCK_ARENA_FULL, 0)],
  ])('is no divergence when %s by itself', async (_, halt) => {
    const engine = new HaltingEngine([opening], halt, [opening, transaction(1)])
    expect(await verify(engine)).toBe(halt)
  })
})
