/**
 * The follower's dependency graph, built by the host as shreds arrive and consumed by the workers
 * at the same time. Transaction j depends on i < j when j reads a location whose last value comes
 * from i: the last absolute writer, and every delta since. Deltas do not depend on each other.
 * Declared writes stand in multi-version memory as ESTIMATEs until their transaction has run, so
 * that a read which was not declared cannot slip past an unfinished writer unseen.
 */

import {
  BLOCK_EPOCH,
  CRITICAL_PATH,
  EDGE_COUNT,
} from '../../src/layout/control'
import { CONTROL_OFFSET } from '../../src/layout/memory-map'
import {
  CELL_ESTIMATE,
  EDGE_BYTES,
  EDGE_NEXT,
  EDGE_TX,
  KIND_SLOT,
  LOCATION_DAG_DELTAS,
  LOCATION_DAG_EPOCH,
  LOCATION_DAG_WRITER,
  LOCATION_EPOCH_LOCATION,
  STATUS_EXECUTED,
  STATUS_EXECUTING,
  TX_DEPENDENTS,
  TX_DEPTH,
  TX_EDGE_MARK,
  TX_INDEGREE,
} from '../../src/layout/records'
import { allocateBlock } from '../memory/arena'
import { atomicWord } from '../memory/atomic-word'
import { wakeOne } from '../memory/work-slots'
import { kindOf } from '../stm/base'
import { stateOf, stateWord, txRecord } from '../stm/tx'
import { entryOf, setCell } from '../stm/version'
import { pushReady } from './ready-queue'

/** Head of the dependents of a transaction that is done: nothing can be added any more. */
const CLOSED_LIST: u32 = 0xffffffff

/** Starts the declarations of `txIndex`; it cannot run before `declareEnd`. Host only. */
export function declareBegin(txIndex: u32): void {
  store<u32>(txRecord(txIndex), 1, TX_DEPTH)
  atomicWord(txRecord(txIndex) + TX_INDEGREE).store(1)
}

/** `txIndex` reads `location`: it waits for whoever wrote it last. Host only. */
export function declareRead(txIndex: u32, location: usize): void {
  if (kindOf(location) == KIND_SLOT) {
    declareRead(txIndex, load<u32>(location, LOCATION_EPOCH_LOCATION))
  }
  if (!isOfThisBlock(location)) return
  const writer = load<u32>(location, LOCATION_DAG_WRITER)
  if (writer != 0) addEdge(writer - 1, txIndex)
  for (let delta = <usize>load<u32>(location, LOCATION_DAG_DELTAS); delta != 0; ) {
    addEdge(load<u32>(delta, EDGE_TX), txIndex)
    delta = load<u32>(delta, EDGE_NEXT)
  }
}

/**
 * `txIndex` will write `location`, which until then holds `cell` marked as an ESTIMATE; the cell of
 * a lazy update is a claimed one, of any other write 0. Call it after all of the transaction's
 * reads. Host only.
 */
export function declareWrite(txIndex: u32, location: usize, cell: usize): void {
  if (!isOfThisBlock(location)) {
    store<u32>(location, load<u32>(CONTROL_OFFSET + BLOCK_EPOCH), LOCATION_DAG_EPOCH)
    store<u32>(location, 0, LOCATION_DAG_WRITER)
    store<u32>(location, 0, LOCATION_DAG_DELTAS)
  }
  if (cell != 0) {
    const delta = createEdge(txIndex, load<u32>(location, LOCATION_DAG_DELTAS))
    store<u32>(location, <u32>delta, LOCATION_DAG_DELTAS)
  } else {
    store<u32>(location, txIndex + 1, LOCATION_DAG_WRITER)
    store<u32>(location, 0, LOCATION_DAG_DELTAS)
  }
  setCell(entryOf(location, txIndex), <u32>cell | CELL_ESTIMATE)
}

/**
 * Seeded schedule: `txIndex` is declared to leave `cell` at `location`, and whoever reads it reads
 * that, whether the transaction has run or not. Host only.
 */
export function seedWrite(txIndex: u32, location: usize, cell: usize): void {
  setCell(entryOf(location, txIndex), <u32>cell)
}

/** Ends the declarations: the transaction runs once its last predecessor is done. Host only. */
export function declareEnd(txIndex: u32): void {
  const depth = load<u32>(txRecord(txIndex), TX_DEPTH)
  if (depth > load<u32>(CONTROL_OFFSET + CRITICAL_PATH)) {
    store<u32>(CONTROL_OFFSET + CRITICAL_PATH, depth)
  }
  release(txIndex)
}

@inline
function isOfThisBlock(location: usize): bool {
  return load<u32>(location, LOCATION_DAG_EPOCH) == load<u32>(CONTROL_OFFSET + BLOCK_EPOCH)
}

function createEdge(txIndex: u32, next: u32): usize {
  const edge = allocateBlock(EDGE_BYTES)
  store<u32>(edge, next, EDGE_NEXT)
  store<u32>(edge, txIndex, EDGE_TX)
  return edge
}

function addEdge(from: u32, to: u32): void {
  // One edge for each pair, however many locations they share.
  if (from == to || load<u32>(txRecord(from), TX_EDGE_MARK) == to + 1) return
  store<u32>(txRecord(from), to + 1, TX_EDGE_MARK)
  const edges = CONTROL_OFFSET + EDGE_COUNT
  store<u32>(edges, load<u32>(edges) + 1)
  const depth = load<u32>(txRecord(from), TX_DEPTH) + 1
  if (depth > load<u32>(txRecord(to), TX_DEPTH)) store<u32>(txRecord(to), depth, TX_DEPTH)
  const head = atomicWord(txRecord(from) + TX_DEPENDENTS)
  const indegree = atomicWord(txRecord(to) + TX_INDEGREE)
  const edge = createEdge(to, 0)
  indegree.add(1)
  while (true) {
    const first = head.load()
    if (first == CLOSED_LIST) {
      indegree.subtract(1)
      return
    }
    store<u32>(edge, first, EDGE_NEXT)
    if (head.replace(first, <u32>edge)) return
  }
}

/** A worker begins the only execution of `txIndex`. */
export function beginReady(txIndex: u32): void {
  stateOf(txIndex).store(stateWord(STATUS_EXECUTING, 0))
}

/** The execution of `txIndex` is in multi-version memory: its successors lose a predecessor. */
export function finishReady(txIndex: u32): void {
  stateOf(txIndex).store(stateWord(STATUS_EXECUTED, 0))
  let edge = <usize>atomicWord(txRecord(txIndex) + TX_DEPENDENTS).exchange(CLOSED_LIST)
  while (edge != 0) {
    const successor = load<u32>(edge, EDGE_TX)
    edge = load<u32>(edge, EDGE_NEXT)
    release(successor)
  }
}

function release(txIndex: u32): void {
  if (atomicWord(txRecord(txIndex) + TX_INDEGREE).subtract(1) != 1) return
  pushReady(txIndex)
  wakeOne()
}
