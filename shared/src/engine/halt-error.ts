/** The engine stopped in the middle of a block; nothing of that block was applied to the state. */

import {
  HALT_ABANDONED,
  HALT_BLOCK_ARENA_FULL,
  HALT_BROKEN_INVARIANT,
  HALT_DIVERGED,
  HALT_SHUTDOWN,
  HALT_STATE_ARENA_FULL,
  HALT_SYSTEM_CALL_FAILED,
  HALT_TRIE_ARENA_FULL,
  HALT_TRIE_NOT_TAKEN_BACK,
  HALT_WORKER_ERROR,
  HALT_WORKER_HEAP_FULL,
} from '../layout/control.ts'
import { BaseError } from '../primitives/base-error.ts'

const REASONS: Readonly<Record<number, string>> = {
  [HALT_SHUTDOWN]: 'the engine is shutting down',
  [HALT_ABANDONED]: 'the block was abandoned',
  [HALT_STATE_ARENA_FULL]:
    'the state arena is full: what is cached and what the block touches do not fit',
  [HALT_BLOCK_ARENA_FULL]: 'the block is too large for its arena',
  [HALT_WORKER_ERROR]: 'a worker failed',
  [HALT_DIVERGED]: 'an assumption of the declared execution does not hold',
  [HALT_SYSTEM_CALL_FAILED]:
    'a contract that must answer at the end of the block is missing or failed',
  [HALT_TRIE_ARENA_FULL]: 'the state trie does not fit its arena: more of it must be pruned',
  [HALT_TRIE_NOT_TAKEN_BACK]:
    'a block was dropped that the state trie cannot take back: it must be set anew',
  [HALT_BROKEN_INVARIANT]: 'an eager execution rests on an assumption that does not hold',
}

/** Regions of a worker's heap that grow, by REGION_* of assembly/memory/heap.ts. */
const HEAP_REGIONS = ['', 'operand stack', 'undo log', 'journal', 'EVM memory']

function textOf(reason: number, place: number): string {
  if (reason === HALT_WORKER_HEAP_FULL) {
    const region = HEAP_REGIONS[place] ?? `region ${place}`
    return `the engine stopped: a worker's heap has no room for the ${region} of an execution`
  }
  return `the engine stopped at step ${place}: ${REASONS[reason] ?? `halt reason ${reason}`}`
}

export class EngineHaltedError extends BaseError {
  override readonly name = 'Engine.EngineHaltedError'
  /** HALT_* of layout/control. */
  readonly reason: number
  /** The step that the halt is about, where the reason is about one; of a full heap, the region. */
  readonly txIndex: number

  constructor(reason: number, txIndex: number, cause?: unknown) {
    super(textOf(reason, txIndex), {
      ...(cause !== undefined && { cause }),
      ...(cause instanceof BaseError && { details: cause.shortMessage }),
    })
    this.reason = reason
    this.txIndex = txIndex
  }
}
