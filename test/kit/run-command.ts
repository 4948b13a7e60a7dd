/** Runs one of the built commands as its user does, in a process of its own. */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable } from 'node:stream'

/** From the source or from its build. */
const ROOT = join(
  import.meta.dirname,
  ...(import.meta.filename.endsWith('.js') ? ['..'] : []),
  '../..',
)

const SCRIPTS = {
  start: 'leader/dist/cli/start.js',
  leader: 'leader/dist/cli/leader.js',
  replay: 'leader/dist/cli/replay.js',
  statetest: 'leader/dist/cli/statetest.js',
  blocktest: 'leader/dist/cli/blocktest.js',
  import: 'leader/dist/cli/import.js',
  follower: 'follower/dist/cli/follower.js',
  verify: 'follower/dist/cli/verify.js',
  watch: 'protocol/dist/cli/watch.js',
  example: 'protocol/examples/serve.mjs',
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
  readonly pid: number | undefined
  /** Resolves with the first line of stdout that matches. */
  line(pattern: RegExp): Promise<string>
  /** The same of stderr. */
  errorLine(pattern: RegExp): Promise<string>
  signal(name: NodeJS.Signals): void
  readonly ended: Promise<CommandRun>
}

export interface CommandOptions {
  /** No file may become larger: past this a write fails, as it does on a full disk. */
  readonly fileBytes?: number
}

export function startCommand(
  name: CommandName,
  args: readonly string[],
  { fileBytes }: CommandOptions = {},
): RunningCommand {
  const program = [SCRIPTS[name], ...args]
  const child =
    fileBytes === undefined
      ? spawn(process.execPath, program, { cwd: ROOT })
      : spawn('sh', ['-c', limitedScript(fileBytes), process.execPath, ...program], { cwd: ROOT })
  const stdout = watched(child.stdout)
  const stderr = watched(child.stderr)
  const ended = new Promise<CommandRun>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout: stdout.text(), stderr: stderr.text() }))
  })
  const lineOf = (output: WatchedOutput, pattern: RegExp) => {
    return new Promise<string>((resolve, reject) => {
      output.line(pattern, resolve)
      ended.then((run) => reject(new Error(`${name} ended before ${pattern}: ${run.stderr}`)))
    })
  }
  return {
    pid: child.pid,
    line: (pattern) => lineOf(stdout, pattern),
    errorLine: (pattern) => lineOf(stderr, pattern),
    signal: (signalName) => child.kill(signalName),
    ended,
  }
}

interface WatchedOutput {
  text(): string
  /** Calls `take` once, with the first line that matches. */
  line(pattern: RegExp, take: (line: string) => void): void
}

function watched(stream: Readable): WatchedOutput {
  let text = ''
  const watchers = new Set<() => void>()
  stream.on('data', (more) => {
    text += more
    for (const look of watchers) look()
  })
  return {
    text: () => text,
    line(pattern, take) {
      const look = () => {
        const found = text.split('\n').find((line) => pattern.test(line))
        if (found === undefined) return
        watchers.delete(look)
        take(found)
      }
      watchers.add(look)
      look()
    },
  }
}

/** The signal of a file that is too large is ignored, so that the write fails instead. */
export function limitedScript(fileBytes: number): string {
  return `trap '' XFSZ; ulimit -f ${Math.ceil(fileBytes / 512)}; exec "$0" "$@"`
}

export function runCommand(name: CommandName, args: readonly string[]): Promise<CommandRun> {
  return startCommand(name, args).ended
}
