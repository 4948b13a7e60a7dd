/** Runs one of the built commands as its user does, in a process of its own. */

import { spawn } from 'node:child_process'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

const SCRIPTS = {
  start: 'leader/dist/cli/start.js',
  leader: 'leader/dist/cli/leader.js',
  replay: 'leader/dist/cli/replay.js',
  statetest: 'leader/dist/cli/statetest.js',
  blocktest: 'leader/dist/cli/blocktest.js',
  follower: 'follower/dist/cli/follower.js',
  watch: 'protocol/dist/cli/watch.js',
  bench: 'test/dist/bench/main.js',
} as const

export type CommandName = keyof typeof SCRIPTS

export const COMMAND_NAMES = Object.keys(SCRIPTS) as CommandName[]

export interface CommandRun {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningCommand {
  /** Resolves with the first line of stdout that matches. */
  line(pattern: RegExp): Promise<string>
  signal(name: NodeJS.Signals): void
  readonly ended: Promise<CommandRun>
}

export function startCommand(name: CommandName, args: readonly string[]): RunningCommand {
  const child = spawn(process.execPath, [SCRIPTS[name], ...args], { cwd: ROOT })
  let stdout = ''
  let stderr = ''
  const watchers = new Set<() => void>()
  child.stdout.on('data', (text) => {
    stdout += text
    for (const look of watchers) look()
  })
  child.stderr.on('data', (text) => {
    stderr += text
  })
  const ended = new Promise<CommandRun>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  return {
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = stdout.split('\n').find((line) => pattern.test(line))
          if (found === undefined) return
          watchers.delete(look)
          resolve(found)
        }
        watchers.add(look)
        look()
        ended.then((run) => reject(new Error(`${name} ended before ${pattern}: ${run.stderr}`)))
      }),
    signal: (signalName) => child.kill(signalName),
    ended,
  }
}

export function runCommand(name: CommandName, args: readonly string[]): Promise<CommandRun> {
  return startCommand(name, args).ended
}
