import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Log } from '../ops/log.ts'
import { createNodeCommand, runNode } from './node-command.ts'

let stderr = ''
let stdout = ''

beforeEach(() => {
  stderr = ''
  stdout = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text)
    return true
  })
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text)
    return true
  })
})

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = 0
})

async function run(
  words: readonly string[],
  main: (signal: AbortSignal, log: Log) => Promise<void>,
): Promise<void> {
  const { argv } = process
  process.argv = ['node', 'test', ...words]
  try {
    await runNode(createNodeCommand('sample', 'For tests.', {}), main)
  } finally {
    process.argv = argv
  }
}

/** What the process is ended with; it goes on here, since it is the test's. */
function exitCode(): Promise<unknown> {
  return new Promise((resolve) => {
    vi.spyOn(process, 'exit').mockImplementation((code) => {
      resolve(code)
      return undefined as never
    })
  })
}

describe('a node', () => {
  it('that does not stop in order is ended', async () => {
    const code = exitCode()
    let finish = () => {}
    const ended = run(['--stop-timeout', '10'], () => {
      process.emit('SIGTERM', 'SIGTERM')
      return new Promise((resolve) => {
        finish = resolve
      })
    })
    expect(await code).toBe(1)
    expect(stderr).toBe('error: not stopped in order 10 ms after SIGTERM\n')
    finish()
    await ended
  })

  it('is ended at once by a second signal', async () => {
    const code = exitCode()
    await run([], async (signal) => {
      process.emit('SIGINT', 'SIGINT')
      expect(signal.aborted).toBe(true)
      process.emit('SIGINT', 'SIGINT')
    })
    expect(await code).toBe(130)
  })

  it('prints its configuration instead of running', async () => {
    const main = vi.fn(async () => {})
    await run(['--print-config', '--metrics-port', '1'], main)
    expect(main).not.toHaveBeenCalled()
    expect(JSON.parse(stdout)).toMatchObject({ 'metrics-port': { value: 1, source: 'flag' } })
  })
})
