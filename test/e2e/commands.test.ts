/** The commands as their users run them: real processes, their output, exit codes and signals. */

import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import type { CommandName } from '../kit/run-command.ts'
import { COMMAND_NAMES, runCommand, startCommand } from '../kit/run-command.ts'

const FIXTURES = '../shared/fixtures/mainnet'

/** Options that are missed before others are looked at. */
const REQUIRED: Partial<Record<CommandName, readonly string[]>> = {
  follower: ['--leader', 'ws://127.0.0.1:1'],
  import: ['--genesis', 'genesis.json', '--datadir', 'folder'],
}

describe('every command', () => {
  it.each(COMMAND_NAMES)('%s explains itself with --help', async (name) => {
    const run = await runCommand(name, ['--help'])
    expect(run.code).toBe(0)
    expect(run.stdout).toContain('Usage:')
  })

  it.each(COMMAND_NAMES)('%s exits with 2 on an option it does not know', async (name) => {
    const run = await runCommand(name, [...(REQUIRED[name] ?? []), '--no-such-option'])
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('--no-such-option')
  })
})

describe('replay', () => {
  it('names a path that does not exist in one line and exits with 1', async () => {
    const run = await runCommand('replay', ['no-such-folder'])
    expect(run.code).toBe(1)
    expect(run.stderr).toMatch(/^error: .*no-such-folder.*\n$/)
    expect(run.stdout).toBe('')
  })
})

describe('leader', () => {
  it('runs the development chain until ctrl-c and exits with 0', async () => {
    const ports = ['--stream-port', '0', '--http-port', '0']
    const leader = startCommand('leader', ['--dev', ...ports, '--block-time', '50'])
    await leader.line(/block 2 sealed/)
    leader.signal('SIGINT')
    const run = await leader.ended
    expect(run.code).toBe(0)
    expect(run.stderr).toBe('')
  })

  it('refuses two sources as wrong usage', async () => {
    const run = await runCommand('leader', ['--dev', '--fixtures', 'x'])
    expect(run.code).toBe(2)
  })

  it('names a genesis file that is none', async () => {
    const run = await runCommand('leader', ['--genesis', 'package.json', '--datadir', 'unused'])
    expect(run.code).toBe(1)
    expect(run.stderr).toMatch(/^error: package\.json is no genesis file.*\n$/)
    expect(existsSync('unused')).toBe(false)
  })

  it('asks for a data folder beside a genesis file, and for none beside fixtures', async () => {
    const genesis = await runCommand('leader', ['--genesis', 'package.json'])
    expect(genesis.code).toBe(2)
    expect(genesis.stderr).toContain('--genesis needs --datadir')
    const fixtures = await runCommand('leader', ['--fixtures', 'x', '--datadir', 'unused'])
    expect(fixtures.code).toBe(2)
    expect(fixtures.stderr).toContain('takes no --datadir')
  })
})

describe('start', () => {
  it('shows shreds as they commit and blocks as they are verified', async () => {
    const run = await runCommand('start', ['--blocks', '3', '--rate', '60'])
    expect(run.stderr).toBe('')
    expect(run.code).toBe(0)
    const verified = run.stdout.match(/^block \d+ verified by the follower/gm) ?? []
    expect(verified.length).toBeGreaterThanOrEqual(3)
    const shreds = run.stdout.split('\n').filter((line) => line.startsWith('shred '))
    expect(shreds.length).toBeGreaterThan(20)
    expect(shreds.filter((line) => !line.includes(' ok '))).toEqual([])
    expect(run.stdout).toContain('deploy')
  })

  it('stops all of it cleanly on ctrl-c', async () => {
    const start = startCommand('start', [])
    await start.line(/block 1 verified/)
    start.signal('SIGINT')
    const run = await start.ended
    expect(run.code).toBe(0)
    expect(run.stderr).toBe('')
  })
})

describeWithData('replay of mainnet fixtures', FIXTURES, () => {
  const files = [1150000, 9068998, 19933122].map((number) => `${FIXTURES}/${number}.json.gz`)

  it('verifies every block in a second process', async () => {
    const run = await runCommand('replay', ['--json', '--workers', '2', ...files])
    expect(run.stderr).toBe('')
    expect(run.code).toBe(0)
    const lines = run.stdout.trimEnd().split('\n')
    const [first, second, third, summary] = lines.map((line) => JSON.parse(line))
    expect(first).toMatchObject({
      type: 'block',
      number: 1150000,
      fork: 'homestead',
      txs: 9,
      gasUsed: 649041,
      gasUsedOk: true,
      logsBloomOk: true,
      receiptsRootOk: null,
      sequentialMs: null,
      shreds: 9,
      follower: { mode: 'dag', verified: true, aborts: 0 },
    })
    expect(second).toMatchObject({ number: 9068998, receiptsRootOk: true })
    expect(third).toMatchObject({ number: 19933122, fork: 'cancun', shreds: 45 })
    expect(summary).toMatchObject({ type: 'summary', blocks: 3, failed: 0, txs: 57 })
  })

  it.each(['seeded', 'apply'])('runs with --follower %s', async (mode) => {
    const run = await runCommand('replay', [
      '--json',
      '--workers',
      '2',
      '--follower',
      mode,
      ...files,
    ])
    expect(run.code, run.stderr).toBe(0)
    const lines = run.stdout.trim().split('\n')
    for (const block of lines.slice(0, -1).map((line) => JSON.parse(line))) {
      expect(block.follower).toMatchObject({ mode, verified: true, aborts: 0 })
    }
    expect(lines).toHaveLength(files.length + 1)
  })

  it('times one worker beside several with --compare-sequential', async () => {
    const args = ['--json', '--follower', 'none', '--compare-sequential', files[0]!]
    const run = await runCommand('replay', args)
    const [block] = run.stdout.split('\n').map((line) => line && JSON.parse(line))
    expect(block.sequentialMs).toBeGreaterThan(0)
    expect(block.follower).toBe(null)
  })
})
