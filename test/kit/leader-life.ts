/** A leader's process on a data folder, from its start to its end by a signal or by itself. */

import type { CommandRun, RunningCommand } from './run-command.ts'
import { startCommand } from './run-command.ts'

/** What the leader says once it listens. */
export interface LeaderReady {
  readonly stream: string
  readonly leaderKey: string
  /** The newest sealed block. */
  readonly block: number
  /** From the start of the process. */
  readonly openMs: number
}

export interface LeaderLife {
  /** Rejects when the process ends before. */
  readonly ready: Promise<LeaderReady>
  /** SIGKILL, at once. */
  kill(): Promise<CommandRun>
  /** ctrl-c. */
  stop(): Promise<CommandRun>
  /** Resolves when the process has ended. */
  readonly ended: Promise<CommandRun>
}

export interface LeaderLifeOptions {
  readonly datadir: string
  /** No file may become larger: past this a write fails, as it does on a full disk. */
  readonly fileBytes?: number
  readonly args?: readonly string[]
}

export function startLeader({ datadir, fileBytes, args = [] }: LeaderLifeOptions): LeaderLife {
  const startedMs = performance.now()
  const all = ['--datadir', datadir, '--json', '--workers', '2', '--no-http', ...args]
  const command = startCommand('leader', all, fileBytes === undefined ? {} : { fileBytes })
  const ready = command.line(/"ready"/).then((line): LeaderReady => {
    const { stream, leaderKey, block } = JSON.parse(line)
    return { stream, leaderKey, block, openMs: performance.now() - startedMs }
  })
  // Who kills a leader before it is ready does not wait for that.
  ready.catch(() => {})
  const end = (name: NodeJS.Signals) => endBy(command, name)
  return { ready, kill: () => end('SIGKILL'), stop: () => end('SIGINT'), ended: command.ended }
}

function endBy(command: RunningCommand, name: NodeJS.Signals): Promise<CommandRun> {
  command.signal(name)
  return command.ended
}
