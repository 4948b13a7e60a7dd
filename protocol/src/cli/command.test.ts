import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CapturedOutput } from './captured-output.ts'
import { captureOutput, runWithArguments } from './captured-output.ts'
import {
  createCommand,
  errorLine,
  hexOption,
  integerOption,
  logOf,
  portOption,
  repeatable,
  runCommand,
} from './command.ts'

let output: CapturedOutput

beforeEach(() => {
  output = captureOutput()
})

afterEach(() => {
  output.release()
  process.exitCode = 0
})

async function run(
  command: Command,
  words: readonly string[],
  main: (signal: AbortSignal) => Promise<void> = async () => {},
): Promise<unknown> {
  process.exitCode = 0
  await runWithArguments(words, () => runCommand(command, main))
  return process.exitCode
}

const sample = () =>
  createCommand('sample', 'For tests.')
    .argument('<url>')
    .option('--port <port>', 'a port', portOption, 8545)

describe('command', () => {
  it('gives its arguments and ends with 0', async () => {
    const command = sample()
    expect(await run(command, ['ws://x', '--port', '1'])).toBe(0)
    expect(command.args).toEqual(['ws://x'])
    expect(command.opts()).toEqual({ port: 1, logLevel: 'warn' })
  })

  it('tells an error in one line on stderr and ends with 1', async () => {
    const failing = async () => {
      throw new BaseError('cannot listen', { details: 'port 1\nis taken' })
    }
    expect(await run(sample(), ['ws://x'], failing)).toBe(1)
    expect(output.stderr).toBe('error: cannot listen (port 1 is taken)\n')
    expect(output.stdout).toBe('')
  })

  it.each([
    ['a missing argument', []],
    ['an unknown option', ['ws://x', '--prot', '1']],
    ['a bad value', ['ws://x', '--port', '70000']],
    ['too many arguments', ['ws://x', 'more']],
  ])('ends with 2 at %s', async (_, words) => {
    expect(await run(sample(), words)).toBe(2)
    expect(output.stderr).toContain('error: ')
  })

  it('shows help with defaults on stdout and ends with 0', async () => {
    expect(await run(sample(), ['--help'])).toBe(0)
    expect(output.stdout).toContain('(default: 8545)')
    expect(output.stdout).toContain('--log-level')
  })

  it('tells main of the first ctrl-c, and leaves no listeners behind', async () => {
    const before = process.listenerCount('SIGINT')
    const stopped = await run(sample(), ['ws://x'], async (signal) => {
      process.emit('SIGINT')
      expect(signal.aborted).toBe(true)
    })
    expect(stopped).toBe(0)
    expect(process.listenerCount('SIGINT')).toBe(before)
  })

  it('logs what the level asks for', async () => {
    const command = sample()
    await run(command, ['ws://x', '--log-level', 'info'])
    const log = logOf(command)
    log('debug', 'no')
    log('info', 'yes')
    expect(output.stderr).toBe('yes\n')
  })

  it('has one line for any error', () => {
    expect(errorLine(new TypeError('a\nb'))).toBe('TypeError: a b')
    expect(errorLine('text')).toBe('text')
  })
})

describe('option parsers', () => {
  it('take whole numbers in their range', () => {
    const parse = integerOption(1, 10)
    expect([parse('1'), parse('10')]).toEqual([1, 10])
    for (const text of ['0', '11', '-1', '1.5', '1e1', '', 'x', '0x1']) {
      expect(() => parse(text)).toThrow(InvalidArgumentError)
    }
  })

  it('take hex of one length, with and without 0x', () => {
    const parse = hexOption(2)
    expect([parse('0x0aFF'), parse('0aff')]).toEqual([
      Uint8Array.of(10, 255),
      Uint8Array.of(10, 255),
    ])
    for (const text of ['0x0a', '0aff00', 'zzzz', '']) {
      expect(() => parse(text)).toThrow(InvalidArgumentError)
    }
  })

  it('gather what is given several times', () => {
    const parse = repeatable(integerOption(0))
    expect(parse('2', parse('1', undefined))).toEqual([1, 2])
  })
})
