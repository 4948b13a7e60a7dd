/**
 * A command whose options come from three places. They are declared once, as commander's options, and
 * their parsers judge what each place says.
 *
 *     --http-port 8545   >   SHREDCAST_HTTP_PORT=8545   >   --config FILE: {"http-port": 8545}   >   default
 */

import { readFileSync } from 'node:fs'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { Option, ParseOptionsResult } from 'commander'
import { Command, InvalidArgumentError } from 'commander'

const EXIT_USAGE = 2
const ENVIRONMENT_PREFIX = 'SHREDCAST_'

/** Options that say where the others come from, or what to do instead. */
const FLAGS_ONLY = new Set(['print-config'])
const NOT_IN_FILES = new Set(['config', ...FLAGS_ONLY])

/** A public key is told; what else sounds like a secret is not. */
const SECRET_NAME = /token|key|secret|password|credential|seed/
const PUBLIC_NAMES = new Set(['leader-key'])
const REDACTED = '<redacted>'

/** By commander's name of it. */
const SOURCES: Readonly<Record<string, ConfigSource>> = {
  cli: 'flag',
  env: 'environment',
  config: 'file',
}

type ConfigSource = 'flag' | 'environment' | 'file' | 'default'

/** The value as JSON has it, `null` where there is none, and where it comes from. */
export interface EffectiveValue {
  readonly value: unknown
  readonly source: ConfigSource
}

export class ConfiguredCommand extends Command {
  readonly #environment: Readonly<Record<string, string | undefined>>

  constructor(name: string, environment: Readonly<Record<string, string | undefined>>) {
    super(name)
    this.#environment = environment
    this.addHelpText(
      'after',
      '\nAn option may also stand in the environment (SHREDCAST_HTTP_PORT for --http-port; lists ' +
        'with commas; true or\nfalse for what takes no value) or in the file that --config names: ' +
        '{"http-port": 8545, "http": true}.\nFlags win over the environment, and that over the file.',
    )
  }

  /** Reads flags, and then the other places for what no flag said. */
  override parseOptions(argv: string[]): ParseOptionsResult {
    const parsed = super.parseOptions(argv)
    for (const [name, option] of this.#configurable()) this.#takeEnvironment(name, option)
    const { config } = this.opts<{ config?: string }>()
    if (config !== undefined) this.#takeFile(config)
    return parsed
  }

  /** Every option with its value and where that comes from; secrets are redacted. */
  effectiveConfig(): Readonly<Record<string, EffectiveValue>> {
    const entries = [...this.#configurable()].map(([name, option]) => {
      const attribute = option.attributeName()
      const value = shownValue(name, this.getOptionValue(attribute))
      const source = SOURCES[this.getOptionValueSource(attribute) ?? ''] ?? 'default'
      return [name, { value, source }] as const
    })
    return Object.fromEntries(entries)
  }

  /** By the name that all places share: the flag's, without dashes and without `no-`. */
  *#configurable(): Generator<readonly [string, Option]> {
    for (const option of this.options) {
      const name = option.long?.replace(/^--(no-)?/, '')
      if (name !== undefined && !FLAGS_ONLY.has(name)) yield [name, option]
    }
  }

  #takeEnvironment(name: string, option: Option): void {
    const variable = ENVIRONMENT_PREFIX + name.toUpperCase().replaceAll('-', '_')
    const text = this.#environment[variable]
    if (text === undefined || this.#isSet(option)) return
    const given = option.variadic ? text.split(',') : isSwitch(option) ? switchOf(text) : text
    this.#set({ name, option, source: 'env', place: variable }, given)
  }

  #takeFile(path: string): void {
    const options = new Map(this.#configurable())
    for (const [name, given] of Object.entries(this.#readFile(path))) {
      const option = NOT_IN_FILES.has(name) ? undefined : options.get(name)
      const place = `${path}, ${JSON.stringify(name)}`
      if (option === undefined) {
        this.#refuse(place, `no option of ${this.name()} for a file (--help lists them)`)
      } else if (!this.#isSet(option)) {
        this.#set({ name, option, source: 'config', place }, given)
      }
    }
  }

  #readFile(path: string): object {
    let json: unknown
    try {
      json = JSON.parse(readFileSync(path, 'utf8'))
    } catch (cause) {
      this.#refuse(path, `cannot be read as JSON: ${(cause as Error).message}`)
    }
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json
    this.#refuse(path, 'expected a JSON object with options by name')
  }

  /** By a place that wins over the ones to come. */
  #isSet(option: Option): boolean {
    return (this.getOptionValueSource(option.attributeName()) ?? '') in SOURCES
  }

  #set({ name, option, source, place }: Setting, given: unknown): void {
    try {
      this.setOptionValueWithSource(option.attributeName(), parsed(option, given), source)
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error
      const got = isSecret(name) ? 'its value' : JSON.stringify(given)
      this.#refuse(place, `${got} is not taken: ${error.message}`)
    }
  }

  #refuse(place: string, why: string): never {
    this.error(`error: ${place}: ${why}`, { exitCode: EXIT_USAGE })
  }
}

interface Setting {
  readonly name: string
  readonly option: Option
  readonly source: 'env' | 'config'
  /** For the error. */
  readonly place: string
}

/** Whether it stands alone on the command line. */
function isSwitch(option: Option): boolean {
  return !option.required && !option.optional
}

function switchOf(text: string): unknown {
  return text === 'true' ? true : text === 'false' ? false : text
}

/** @throws InvalidArgumentError */
function parsed(option: Option, given: unknown): unknown {
  if (isSwitch(option)) {
    if (typeof given === 'boolean') return given
    throw new InvalidArgumentError('Expected true or false.')
  }
  if (!option.variadic) return parsedText(option, textOf(given), undefined)
  const items = Array.isArray(given) ? given : [given]
  const texts = items.map(textOf)
  if (option.parseArg === undefined) return texts
  return texts.reduce<unknown>((before, text) => parsedText(option, text, before), undefined)
}

function parsedText(option: Option, text: string, before: unknown): unknown {
  return option.parseArg === undefined ? text : option.parseArg(text, before)
}

/** @throws InvalidArgumentError */
function textOf(given: unknown): string {
  if (typeof given === 'string') return given
  if (typeof given === 'number') return String(given)
  throw new InvalidArgumentError('Expected a string or a number.')
}

function isSecret(name: string): boolean {
  return SECRET_NAME.test(name) && !PUBLIC_NAMES.has(name)
}

/** Addresses may have a user and a password in them. */
function shownValue(name: string, value: unknown): unknown {
  if (value === undefined) return null
  if (isSecret(name)) return REDACTED
  if (value instanceof Uint8Array) return bytesToHex(value)
  if (Array.isArray(value)) return value.map((item) => shownValue(name, item))
  if (typeof value === 'bigint') return value.toString()
  return typeof value === 'string' ? value.replace(/\/\/[^/@\s]*@/, `//${REDACTED}@`) : value
}
