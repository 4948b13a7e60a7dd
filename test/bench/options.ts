/** Options that several benchmarks share. */

import { availableParallelism } from 'node:os'
import { integerOption } from '@shredcast/protocol/cli/command'
import { DEFAULT_ENGINE } from '@shredcast/shared/engine/engine-options'
import { WORKER_COUNT_MAX } from '@shredcast/shared/layout/memory-map'
import { InvalidArgumentError, Option } from 'commander'

export function engineOption(): Option {
  return new Option('--engine <name>', "the core's own EVM, or @ethereumjs/evm on its memory")
    .choices(['inline', 'reference'])
    .default(DEFAULT_ENGINE)
}

export function fixturesOption(): Option {
  return new Option('--fixtures <path>', 'a fixture file or a folder of them').default(
    '../shared/fixtures/mainnet',
  )
}

export function jsonOption(): Option {
  return new Option('--json', 'print one JSON object a line on stdout')
}

/** Numbers of workers that are compared with one worker. */
export function workerListOption(): Option {
  const cores = availableParallelism()
  const powers = [2, 4, 8, 16, 32].filter((workers) => workers <= cores)
  return new Option('--workers <list>', 'numbers of workers to compare with one')
    .argParser(listOf(integerOption(2, WORKER_COUNT_MAX)))
    .default(powers.length > 0 ? powers : [2])
}

/** Parser for several values with commas between them. */
export function listOf<T>(parse: (text: string) => T): (text: string) => T[] {
  return (text) => text.split(',').map((part) => parse(part.trim()))
}

/** Parser for a positive number, such as 0.05. */
export function positiveNumber(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('Expected a number above zero.')
}

/** Parser for a selection from `names`. */
export function choiceOf(names: readonly string[]): (text: string, before?: string[]) => string[] {
  return (text, before = []) => {
    if (names.includes(text)) return [...before, text]
    throw new InvalidArgumentError(`Expected one of: ${names.join(', ')}.`)
  }
}

/** Parser for one of several words. */
export function wordOf<Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((one) => one === text)
    if (word === undefined) throw new InvalidArgumentError(`Expected one of ${words.join(', ')}.`)
    return word
  }
}
