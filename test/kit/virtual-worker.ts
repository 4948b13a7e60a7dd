/**
 * A worker of the core that is stepped by a test instead of a thread: one call into the core a step,
 * so that a seeded driver can interleave many of them in any order. Each has its own instance on the
 * shared memory, as real workers have.
 */

import type { CoreThread } from '@shredcast/shared/engine/core-thread'
import {
  loadWord,
  setAddress,
  setBound,
  setValue,
  txRecordPtr,
  value,
} from '@shredcast/shared/engine/core-thread'
import {
  SCRATCH_BLOCKING_TX,
  TASK_EXECUTE,
  TASK_INDEX_MASK,
  TASK_SHIFT,
} from '@shredcast/shared/layout/control'
import {
  FLAG_EAGER,
  KIND_BALANCE,
  OUTCOME_INVALID,
  OUTCOME_SUCCESS,
  SENDER_RECOVERED,
  TX_FLAGS,
} from '@shredcast/shared/layout/records'
import type { ToyOp, ToyTransaction } from './toy-block.ts'
import { dependentPlace, mixDigest, requiredFor } from './toy-block.ts'

const NO_TASK = -1

export function toyAddress(place: number): Uint8Array {
  return new Uint8Array(20).fill(place + 1)
}

/** An eager execution also reads what another only assumes. */
function readsPlace(op: ToyOp, isEager: boolean): boolean {
  const assumes = op.kind === 'delta' || op.kind === 'expect'
  return assumes ? isEager : op.kind !== 'write'
}

function holdsAt(op: ToyOp, before: bigint): boolean {
  if (op.kind === 'delta') return before >= requiredFor(op.amount)
  return op.kind !== 'expect' || before === op.value
}

export class VirtualWorker {
  readonly #thread: CoreThread
  readonly #block: readonly ToyTransaction[]
  readonly #placeCount: number
  #execution: Generator<void, void> | undefined

  constructor(thread: CoreThread, block: readonly ToyTransaction[], placeCount: number) {
    this.#thread = thread
    this.#block = block
    this.#placeCount = placeCount
  }

  /** Makes one call into the core; false when it found nothing to do. */
  step(): boolean {
    if (this.#execution !== undefined) {
      if (this.#execution.next().done === true) this.#execution = undefined
      return true
    }
    const task = this.#thread.core.pollTask()
    if (task < 0) return task !== NO_TASK
    const txIndex = task & TASK_INDEX_MASK
    if (task >> TASK_SHIFT === TASK_EXECUTE) this.#execution = this.#execute(txIndex)
    else this.#thread.core.senderSettled(txIndex, SENDER_RECOVERED, 0n, 0)
    return true
  }

  *#execute(txIndex: number): Generator<void, void> {
    const { core } = this.#thread
    while (true) {
      core.beginExecution(txIndex)
      yield
      const blockingTx: number | undefined = yield* this.#attempt(txIndex)
      if (blockingTx === undefined) return
      yield
      if (core.blockOn(blockingTx) !== 0) return
    }
  }

  /** Returns the transaction that blocked it, if one did. */
  *#attempt(txIndex: number): Generator<void, number | undefined> {
    const thread = this.#thread
    const isEager = (loadWord(thread, txRecordPtr(txIndex) + TX_FLAGS) & FLAG_EAGER) !== 0
    let digest = 1n
    let isValid = true
    const staged: { op: ToyOp; digest: bigint }[] = []
    for (const op of this.#block[txIndex]!) {
      const place =
        op.kind === 'readDependent' ? dependentPlace(op, digest, this.#placeCount) : op.place
      setAddress(thread, toyAddress(place))
      if (readsPlace(op, isEager)) {
        if (thread.core.read(KIND_BALANCE) === 0) {
          return loadWord(thread, thread.scratch + SCRATCH_BLOCKING_TX)
        }
        const before = value(thread)
        isValid &&= holdsAt(op, before)
        if (op.kind === 'read' || op.kind === 'readDependent') digest = mixDigest(digest, before)
      } else if (op.kind === 'expect') {
        setValue(thread, op.value)
        thread.core.expect(KIND_BALANCE)
      }
      staged.push({ op, digest })
      yield
    }
    // Staging is private to the worker until `finish`, so it needs no steps of its own.
    if (isValid) for (const write of staged) this.#stage(write.op, write.digest)
    yield
    const outcome = isValid ? OUTCOME_SUCCESS : OUTCOME_INVALID
    thread.core.finish(outcome, 0, 0, isValid ? digest : 0n, 0, 0, isEager ? 1 : 0)
    return undefined
  }

  #stage(op: ToyOp, digest: bigint): void {
    const thread = this.#thread
    setAddress(thread, toyAddress(op.place))
    if (op.kind === 'write') {
      setValue(thread, BigInt.asUintN(32, digest))
      thread.core.writeAbsolute(KIND_BALANCE)
    }
    if (op.kind === 'delta') {
      setValue(thread, op.amount)
      setBound(thread, requiredFor(op.amount))
      thread.core.writeDelta(KIND_BALANCE)
    }
  }
}
