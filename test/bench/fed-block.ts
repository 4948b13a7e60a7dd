/**
 * A block that goes to the state trie as it commits, timed to its last commit and from there to its
 * root: all at once, or over some time. It is dropped afterwards, so that the next run begins with
 * the same state and trie.
 */

import { setTimeout } from 'node:timers/promises'
import type { BlockStats } from '@shredcast/shared/engine/block-stats'
import type { Engine } from '@shredcast/shared/engine/engine'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { median } from '@shredcast/shared/primitives/statistics'
import type { GeneratedBlock } from './gigagas-blocks.ts'
import { prepareBlock } from './measure.ts'

export interface FedTiming {
  /** From the first execution to the last commit, and from there to the root. */
  readonly executeMs: number
  readonly waitMs: number
  /** Of all threads of the process, for both. */
  readonly cpuMs: number
  /** Of a portion that came over time: until all of it was committed. Median. */
  readonly commitMs: number
  readonly root: string
  readonly stats: BlockStats
}

/** Portions in which transactions come over the block's time. */
const PORTIONS = 100
const US_PER_MS = 1000

/** Gives the engine the state before the block, and its trie. */
export async function loadFedState(engine: Engine, block: GeneratedBlock): Promise<void> {
  await engine.loadState(block.preState)
  engine.trie.reset(block.preState)
  engine.trie.root()
}

export async function runAtOnce(engine: Engine, block: GeneratedBlock): Promise<FedTiming> {
  await prepareBlock(engine, block, 'block-stm', { feedsTrie: true })
  const started = start()
  engine.execute()
  return finish(engine, started, Number.NaN)
}

/** Senders are recovered in that time too. */
export async function runPaced(
  engine: Engine,
  block: GeneratedBlock,
  blockMs: number,
): Promise<FedTiming> {
  const { transactions } = block
  await engine.openBlock(block.context, 'block-stm', { feedsTrie: true })
  const started = start()
  const commits: Promise<number>[] = []
  const portion = Math.ceil(transactions.length / PORTIONS)
  for (let first = 0; first < transactions.length; first += portion) {
    const addedMs = performance.now()
    engine.append(transactions.slice(first, first + portion))
    engine.execute()
    const committed = engine.committedAbove(engine.stepCount - 1)
    commits.push(committed.then(() => performance.now() - addedMs))
    const dueMs = started.atMs + ((first + portion) / transactions.length) * blockMs
    await setTimeout(Math.max(0, dueMs - performance.now()))
  }
  engine.appendClosing()
  engine.execute()
  return finish(engine, started, median(await Promise.all(commits)))
}

interface Start {
  readonly atMs: number
  readonly cpu: NodeJS.CpuUsage
}

function start(): Start {
  return { atMs: performance.now(), cpu: process.cpuUsage() }
}

async function finish(engine: Engine, started: Start, commitMs: number): Promise<FedTiming> {
  await engine.committedAbove(engine.stepCount - 1)
  const committedMs = performance.now()
  const root = bytesToHex(await engine.stateRoot())
  const waitMs = performance.now() - committedMs
  const { user, system } = process.cpuUsage(started.cpu)
  const { stats } = engine
  await engine.abandonBlock()
  engine.trie.root()
  const executeMs = committedMs - started.atMs
  return { executeMs, waitMs, cpuMs: (user + system) / US_PER_MS, commitMs, root, stats }
}
