/** A follower's process, from its start to its end by a signal or by itself. */

import type { CommandRun } from './run-command.ts'
import { startCommand } from './run-command.ts'

export interface FollowerLife {
  /** Where it serves others; rejects when the process ends before. */
  readonly serving: Promise<{ readonly relay?: string; readonly rpc?: string }>
  /** Resolves with the block's report when it is verified, also if it was before. */
  block(number: number): Promise<FollowerBlock>
  /** SIGKILL, at once. */
  kill(): Promise<CommandRun>
  /** ctrl-c. */
  stop(): Promise<CommandRun>
  readonly ended: Promise<CommandRun>
}

export interface FollowerBlock {
  readonly number: number
  readonly shreds: number
  readonly follower: { readonly mode: string; readonly verified: boolean }
}

/** Follows the development chain at `leader`, the URL of a leader or a relay. */
export function startFollower(leader: string, args: readonly string[] = []): FollowerLife {
  const command = startCommand('follower', [
    ...['--leader', leader, '--json', '--workers', '1', ...args],
  ])
  const serving = command.line(/"serving"/).then((line) => JSON.parse(line))
  // Who kills a follower before it serves does not wait for that.
  serving.catch(() => {})
  const end = (name: NodeJS.Signals) => {
    command.signal(name)
    return command.ended
  }
  return {
    serving,
    block: async (number) => {
      return JSON.parse(await command.line(new RegExp(`"type":"block","number":${number},`)))
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGINT'),
    ended: command.ended,
  }
}
