/** Runs another of the project's commands as a process of its own and reads its JSON lines. */

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { BaseError } from '@shredcast/shared/primitives/base-error'

/** A command ended by itself, with an error or too early. */
export class ChildCommandError extends BaseError {
  override readonly name = 'Leader.ChildCommandError'
}

/** Built command lines, from the built place of this file (`leader/dist/cli`). */
const SCRIPTS = {
  leader: '../../../leader/dist/cli/leader.js',
  follower: '../../../follower/dist/cli/follower.js',
  watch: '../../../protocol/dist/cli/watch.js',
} as const

/** As `npm run leader` and `follower` have it: see the leader's README. */
const NODE_OPTIONS = ['--max-semi-space-size=64']

/** One line of a command's `--json` output; every line has a `type`. */
export interface JsonLine {
  readonly type: string
  readonly [field: string]: unknown
}

export interface ChildCommand {
  /** Resolves when the process ended after `stop`; rejects when it ended before. */
  readonly ended: Promise<void>
  /** Asks it to end (SIGTERM) and waits for that. */
  stop(): Promise<void>
}

/** Starts a command with `--json`; its stderr goes to ours. */
export function startCommand(
  name: keyof typeof SCRIPTS,
  args: readonly string[],
  onLine: (line: JsonLine) => void,
): ChildCommand {
  const script = fileURLToPath(new URL(SCRIPTS[name], import.meta.url))
  // A process group of its own: ctrl-c reaches the parent alone, which winds everything up in order.
  const child = spawn(process.execPath, [...NODE_OPTIONS, script, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = jsonLineOf(text)
    if (line !== undefined) onLine(line)
  })
  let isStopping = false
  const ended = exitOf(child).then((code) => {
    if (!isStopping) throw new ChildCommandError(`the ${name} ended by itself, exit code ${code}`)
  })
  ended.catch(() => {})
  return {
    ended,
    async stop() {
      isStopping = true
      child.kill('SIGTERM')
      await ended.catch(() => {})
    },
  }
}

/** A line that is none was cut short by the end of its process, which is told otherwise. */
function jsonLineOf(text: string): JsonLine | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('close', resolve)
    child.on('error', reject)
  })
}

/**
 * Starts a command and resolves with its `ready` line.
 * @throws ChildCommandError when it ends before that
 */
export async function startUntilReady(
  name: keyof typeof SCRIPTS,
  args: readonly string[],
  onLine: (line: JsonLine) => void,
): Promise<{ command: ChildCommand; ready: JsonLine }> {
  let command: ChildCommand | undefined
  const ready = await new Promise<JsonLine>((resolve, reject) => {
    command = startCommand(name, args, (line) =>
      line.type === 'ready' ? resolve(line) : onLine(line),
    )
    command.ended.catch(reject)
  })
  return { command: command as ChildCommand, ready }
}
