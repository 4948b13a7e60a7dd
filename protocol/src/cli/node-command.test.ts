import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Log } from '../ops/log.ts'
import type { CapturedOutput } from './captured-output.ts'
import { captureOutput, runWithArguments } from './captured-output.ts'
import { createNodeCommand, runNode } from './node-command.ts'

let output: CapturedOutput

beforeEach(() => {
  output = captureOutput()
})

afterEach(() => {
  output.release()
  vi.restoreAllMocks()
  process.exitCode = 0
})

function run(
  words: readonly string[],
  main: (signal: AbortSignal, log: Log) => Promise<void>,
): Promise<void> {
  return runWithArguments(words, () => {
    return runNode(createNodeCommand('sample', 'For tests.', {}), main)
  })
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
    expect(output.stderr).toBe('error: not stopped in order 10 ms after SIGTERM\n')
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
    expect(JSON.parse(output.stdout)).toMatchObject({
      'metrics-port': { value: 1, source: 'flag' },
    })
  })
})
