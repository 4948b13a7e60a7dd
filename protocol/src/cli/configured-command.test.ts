import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommanderError, Option } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hexOption, integerOption, portOption } from './command.ts'
import type { ConfiguredCommand } from './configured-command.ts'
import { createNodeCommand } from './node-command.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'configured-command-'))
})

afterAll(() => rmSync(folder, { recursive: true }))

const sample = (environment: Record<string, string> = {}) =>
  createNodeCommand('sample', 'For tests.', environment)
    .requiredOption('--leader <url>', 'an address')
    .option('--http-port <port>', 'a port', portOption, 8545)
    .option('--no-http', 'no server')
    .option('--fast', 'a switch')
    .option('--http-hosts <name...>', 'a list', [])
    .option('--gas-limit <gas>', 'a number', integerOption(5000), 60_000_000)
    .addOption(new Option('--order <name>', 'a choice').choices(['fifo', 'fees']).default('fifo'))
    .option('--signing-key <hex>', 'a secret', hexOption(2))
    .option('--leader-key <hex>', 'bytes', hexOption(2)) as ConfiguredCommand

function configFile(json: unknown): string {
  const path = join(folder, 'config.json')
  writeFileSync(path, typeof json === 'string' ? json : JSON.stringify(json))
  return path
}

/** What the command was told in all places. */
function configured(words: readonly string[], environment = {}, json?: unknown) {
  const file = json === undefined ? [] : ['--config', configFile(json)]
  const command = sample(environment)
  command.parse(['--leader', 'ws://x', ...words, ...file], { from: 'user' })
  return command
}

/** The line on stderr, and that the usage was wrong. */
function refusal(words: readonly string[], environment = {}, json?: unknown): string {
  const file = json === undefined ? [] : ['--config', configFile(json)]
  let stderr = ''
  const command = sample(environment).configureOutput({
    writeErr: (text) => {
      stderr += text
    },
  })
  try {
    command.parse(['--leader', 'ws://x', ...words, ...file], { from: 'user' })
  } catch (error) {
    expect(error).toBeInstanceOf(CommanderError)
    expect((error as CommanderError).exitCode).toBe(2)
    return stderr.split('\n')[0]!
  }
  throw new Error('nothing was refused')
}

describe('options of a node', () => {
  it('come from flags, environment and file, in this order, and else are the default', () => {
    const environment = { SHREDCAST_HTTP_PORT: '2', SHREDCAST_GAS_LIMIT: '7000' }
    const json = { 'http-port': 3, 'gas-limit': 8000, order: 'fees' }
    const at = (words: readonly string[], ...places: [object?, object?]) =>
      configured(words, ...places).opts()
    expect(at(['--http-port', '1'], environment, json)).toMatchObject({
      httpPort: 1,
      gasLimit: 7000,
      order: 'fees',
    })
    expect(at([], environment, json)).toMatchObject({ httpPort: 2 })
    expect(at([], {}, json)).toMatchObject({ httpPort: 3, gasLimit: 8000 })
    expect(at([])).toMatchObject({ httpPort: 8545, gasLimit: 60_000_000, order: 'fifo' })
  })

  it('may be a flag even where it says the default, and then wins', () => {
    const { httpPort } = configured(['--http-port', '8545'], { SHREDCAST_HTTP_PORT: '2' }).opts()
    expect(httpPort).toBe(8545)
  })

  it('that are required may come from any place', () => {
    const command = sample({ SHREDCAST_LEADER: 'ws://y' })
    command.parse([], { from: 'user' })
    expect(command.opts()).toMatchObject({ leader: 'ws://y' })
  })

  it('are lists, switches and switches-off in every place', () => {
    const environment = {
      SHREDCAST_HTTP_HOSTS: 'a,b',
      SHREDCAST_HTTP: 'false',
      SHREDCAST_FAST: 'true',
    }
    const expected = { httpHosts: ['a', 'b'], http: false, fast: true }
    expect(configured([], environment).opts()).toMatchObject(expected)
    const json = { 'http-hosts': ['a', 'b'], http: false, fast: true }
    expect(configured([], {}, json).opts()).toMatchObject(expected)
    const words = ['--http-hosts', 'c', '--fast']
    const off = { SHREDCAST_HTTP: 'true', SHREDCAST_HTTP_HOSTS: 'a', SHREDCAST_FAST: 'false' }
    expect(configured(words, off).opts()).toMatchObject({
      httpHosts: ['c'],
      http: true,
      fast: true,
    })
  })

  it('may have their file named by the environment', () => {
    const path = configFile({ 'http-port': 5 })
    expect(configured([], { SHREDCAST_CONFIG: path }).opts()).toMatchObject({ httpPort: 5 })
  })

  it.each([
    [
      'a bad value',
      { 'http-port': 70000 },
      /"http-port": 70000 is not taken: Expected a whole number from 0 to 65535/,
    ],
    [
      'a bad type',
      { 'http-port': true },
      /"http-port": true is not taken: Expected a string or a number/,
    ],
    [
      'a bad choice',
      { order: 'best' },
      /"order": "best" is not taken: Allowed choices are fifo, fees/,
    ],
    ['a switch that is none', { fast: 1 }, /"fast": 1 is not taken: Expected true or false/],
    ['an unknown name', { 'http-prot': 1 }, /"http-prot": no option of sample for a file/],
    ['a file in a file', { config: 'x' }, /"config": no option of sample for a file/],
    ['a list', [1], /expected a JSON object with options by name/],
    ['no JSON', '{"a":', /cannot be read as JSON/],
  ])('in a file are refused by file, name and value: %s', (_, json, expected) => {
    const line = refusal([], {}, json)
    expect(line).toMatch(expected)
    expect(line).toMatch(/^error: .*config\.json/)
  })

  it('in the environment are refused by name and value', () => {
    expect(refusal([], { SHREDCAST_HTTP_PORT: 'x' })).toBe(
      'error: SHREDCAST_HTTP_PORT: "x" is not taken: Expected a whole number from 0 to 65535.',
    )
    expect(refusal([], { SHREDCAST_FAST: '1' })).toMatch(/SHREDCAST_FAST: "1" is not taken/)
  })

  it('that are secret are never repeated', () => {
    expect(refusal([], { SHREDCAST_SIGNING_KEY: 'xyz' })).not.toContain('xyz')
    const command = configured(['--signing-key', 'abcd', '--leader', 'ws://me:pass@host/x'])
    const { 'signing-key': key, leader } = command.effectiveConfig()
    expect(key).toEqual({ value: '<redacted>', source: 'flag' })
    expect(leader).toEqual({ value: 'ws://<redacted>@host/x', source: 'flag' })
  })

  it('are all told with their sources', () => {
    const words = ['--leader-key', 'abcd']
    const command = configured(words, { SHREDCAST_FAST: 'true' }, { 'gas-limit': '8000' })
    const config = command.effectiveConfig()
    expect(config).toMatchObject({
      'leader-key': { value: '0xabcd', source: 'flag' },
      fast: { value: true, source: 'environment' },
      'gas-limit': { value: 8000, source: 'file' },
      'http-port': { value: 8545, source: 'default' },
      'signing-key': { value: null, source: 'default' },
      'log-level': { value: 'warn', source: 'default' },
    })
    expect(config).not.toHaveProperty('print-config')
  })
})
