/** The follower process of `replay`: one report for each block it verified. */

import type { EngineName } from '@shredcast/shared/engine/engine'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Publisher } from '../publisher/publisher.ts'
import type { ChildCommand, JsonLine } from './child-command.ts'
import { startUntilReady } from './child-command.ts'

export interface FollowerFigures {
  readonly mode: string
  readonly verified: boolean
  readonly executeMs: number
  readonly edges: number
  readonly criticalPath: number
  readonly aborts: number
}

export class FollowerProcess {
  #command: ChildCommand | undefined
  #take: (figures: FollowerFigures) => void = () => {}

  static async start(
    publisher: Publisher,
    options: {
      readonly paths: readonly string[]
      readonly workers: number
      readonly engine: EngineName
      readonly execute: 'dag' | 'seeded' | 'apply'
    },
  ): Promise<FollowerProcess> {
    const follower = new FollowerProcess()
    const args = [
      ...['--leader', publisher.url, '--leader-key', bytesToHex(publisher.leaderKey)],
      ...['--from', 'oldest', '--workers', String(options.workers)],
      ...['--engine', options.engine, '--execute', options.execute],
      ...['--fixtures', ...options.paths],
    ]
    const { command } = await startUntilReady('follower', args, (line) => follower.#onLine(line))
    follower.#command = command
    return follower
  }

  /**
   * The report on the next block. Ask before the block is streamed.
   * @throws ChildCommandError when the follower stops instead, as it does on a divergence
   */
  nextBlock(): Promise<FollowerFigures> {
    const report = new Promise<FollowerFigures>((resolve, reject) => {
      this.#take = resolve
      this.#command?.ended.catch(reject)
    })
    report.catch(() => {})
    return report
  }

  async stop(): Promise<void> {
    await this.#command?.stop()
  }

  #onLine(line: JsonLine): void {
    if (line.type === 'block') this.#take(line.follower as FollowerFigures)
  }
}
