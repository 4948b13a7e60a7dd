/** One follower's way from nothing to the head of a leader that goes on, in a process of its own. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { JsonLine } from '@shredcast/leader/cli/child-command'
import { startUntilReady } from '@shredcast/leader/cli/child-command'
import type { SealedBlocks, Work } from './sealed-blocks.ts'

export const EXECUTE_MODES = ['dag', 'seeded', 'apply', 'auto'] as const
export type ExecuteMode = (typeof EXECUTE_MODES)[number]

export interface ChaseOptions {
  readonly url: string
  readonly execute: ExecuteMode
  /** Whether it keeps what it verifies. */
  readonly isKept: boolean
  readonly workers: number
  readonly sealed: SealedBlocks
}

export interface Chase {
  /** From its first connection to the block that was the leader's newest then. */
  readonly catchUpMs: number
  /** What it verified until then. */
  readonly caughtUp: Work
  /** Blocks that it took over without executing them. */
  readonly applied: number
  readonly executed: number
  /**
   * From when it had caught up to the end of the load: messages behind at a block, at most; undefined
   * when the load ended before that.
   */
  readonly maxBehind: number | undefined
  /** The same of the time from the leader's commit of a block's last shred to its verification. */
  readonly maxLagMs: number | undefined
}

const POLL_MS = 20

/** Resolves when `load` is over and the follower has everything. */
export async function chase(options: ChaseOptions, load: Promise<unknown>): Promise<Chase> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-catchup-'))
  const course = new Course(options.sealed)
  const { command } = await startUntilReady('follower', followerArgs(options, folder), (line) => {
    course.take(line)
  })
  course.connected()
  try {
    await Promise.race([arrived(course, load), command.ended])
    return course.result()
  } finally {
    await command.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function followerArgs({ url, execute, isKept, workers }: ChaseOptions, folder: string): string[] {
  return [
    ...['--leader', url, '--execute', execute, '--workers', String(workers), '--no-http'],
    ...(isKept ? ['--datadir', folder] : []),
  ]
}

async function arrived(course: Course, load: Promise<unknown>): Promise<void> {
  await load
  while (!course.isAtHead) await sleep(POLL_MS)
}

class Course {
  readonly #sealed: SealedBlocks
  #startedMs = 0
  #caughtUpMs: number | undefined
  #caughtUp: Work = { txs: 0, gasUsed: 0 }
  #newest = 0
  #applied = 0
  #executed = 0
  #maxBehind: number | undefined
  #maxLagMs: number | undefined

  constructor(sealed: SealedBlocks) {
    this.#sealed = sealed
  }

  get isAtHead(): boolean {
    return this.#newest >= this.#sealed.head
  }

  connected(): void {
    this.#startedMs = performance.now()
  }

  take(line: JsonLine): void {
    if (line.type !== 'block') return
    this.#newest = line.number as number
    const { mode } = line.follower as { mode: string }
    if (mode === 'apply') this.#applied++
    else this.#executed++
    if (this.#caughtUpMs !== undefined) {
      const { behind, lagMs = 0 } = line as { behind?: number; lagMs?: number }
      this.#maxBehind = Math.max(this.#maxBehind ?? 0, behind ?? 0)
      this.#maxLagMs = Math.max(this.#maxLagMs ?? 0, lagMs)
    } else if (this.isAtHead) {
      this.#caughtUpMs = performance.now()
      this.#caughtUp = this.#sealed.upTo(this.#newest)
    }
  }

  result(): Chase {
    return {
      catchUpMs: this.#caughtUpMs! - this.#startedMs,
      caughtUp: this.#caughtUp,
      applied: this.#applied,
      executed: this.#executed,
      maxBehind: this.#maxBehind,
      maxLagMs: this.#maxLagMs,
    }
  }
}
