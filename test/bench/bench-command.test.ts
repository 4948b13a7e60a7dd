/** Every benchmark as a process, on blocks so small that their figures mean nothing. */

import { describe, expect, it } from 'vitest'
import { runCommand } from '../kit/run-command.ts'

const NAMES = [
  'engine',
  'evm',
  'mainnet',
  'gigagas',
  'scale',
  'root',
  'mempool',
  'scheduler',
  'seal',
  'startup',
  'soak',
  'store',
  'fanout',
  'live',
  'catchup',
]

async function jsonLines(args: readonly string[]): Promise<Record<string, unknown>[]> {
  const run = await runCommand('bench', [...args, '--json'])
  expect(run.stderr).toBe('')
  expect(run.code).toBe(0)
  return run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('bench', () => {
  it('lists the benchmarks when it is given no name', async () => {
    const run = await runCommand('bench', [])
    expect(run.code).toBe(0)
    for (const name of NAMES) expect(run.stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
  })

  it('runs a micro workload on both engines', async () => {
    const args = ['--mgas', '1', '--evm-mgas', '1', '--repeat', '1', '--warmup', '1']
    const [machine, workload] = await jsonLines(['evm', 'bn254 add', ...args])
    expect(machine).toMatchObject({ type: 'machine', workers: 1 })
    expect(workload).toMatchObject({ type: 'workload', group: 'precompiles' })
    expect(workload!.mgasPerSecond).toBeGreaterThan(0)
  })

  it('runs generated blocks by leader, follower and @ethereumjs/evm', async () => {
    const lines = await jsonLines(['gigagas', 'erc20', 'mix', '--size', '0.0008', '--repeat', '1'])
    const blocks = lines.slice(1)
    expect(blocks.map(({ name }) => name)).toEqual(['erc20', 'mix'])
    for (const block of blocks) {
      expect(block.sequentialMs).toBeGreaterThan(0)
      expect(block.reference).toMatchObject({ isEstimate: false })
      const follower = block.follower as { schedule: string; executeMs: number }[]
      expect(follower.map(({ schedule }) => schedule)).toEqual(['dag', 'seeded'])
      for (const { executeMs } of follower) expect(executeMs).toBeGreaterThan(0)
    }
  })

  it('watches the main thread of a leader while it seals', async () => {
    const args = ['--transactions', '5', '--blocks', '2', '--warmup', '1']
    const [, ...lines] = await jsonLines(['seal', ...args])
    const summary = lines.pop()
    expect(lines).toHaveLength(2)
    for (const line of lines) {
      expect(line).toMatchObject({ type: 'block', txs: 5 })
      expect(line.pauseMs).toBeGreaterThan(0)
      expect(line.storeMs).toBeGreaterThan(0)
    }
    expect(summary).toMatchObject({ type: 'summary', blocks: 2 })
  })

  it('sends to a running leader, and gets every receipt', async () => {
    const load = ['--mixes', 'erc20', '--ways', 'steady,batches', '--repeat', '1']
    const size = ['--rate', '50', '--seconds', '1', '--flood', '200']
    const [, steady, batches] = await jsonLines(['live', ...load, ...size])
    expect(steady).toMatchObject({ type: 'live', node: 'shredcast', txs: 50, lost: 0 })
    expect(steady!.latencyP99Ms).toBeGreaterThan(0)
    expect(batches).toMatchObject({ type: 'live', node: 'shredcast', txs: 200, lost: 0 })
    expect(batches!.mgasPerSecond).toBeGreaterThan(0)
  })

  it('has followers come from nothing to the head of a busy leader', async () => {
    const load = ['--txs', '300', '--rate', '20', '--seconds', '2', '--workers', '1']
    const lines = await jsonLines(['catchup', '--modes', 'dag,apply', '--repeat', '1', ...load])
    const [, leader, ...rows] = lines
    expect(leader).toMatchObject({ type: 'leader', mix: 'erc20' })
    expect(rows.map(({ mode, isKept }) => [mode, isKept])).toEqual([
      ['dag', false],
      ['dag', true],
      ['apply', false],
      ['apply', true],
    ])
    for (const { mode, txs, ratio, applied, executed } of rows) {
      expect(txs).toBeGreaterThan(300)
      expect(ratio).toBeGreaterThan(0)
      expect(mode === 'dag' ? applied : executed).toBe(0)
    }
  })

  it('predicts, and says so', async () => {
    const args = ['--size', '0.001', '--repeat', '1', '--cores', '4,64']
    const [, note, block] = await jsonLines(['scale', 'raw', ...args])
    expect(note).toMatchObject({ isPrediction: true })
    expect(block).toMatchObject({
      name: 'raw',
      predicted: [
        { cores: 4, workers: 4 },
        { cores: 64, workers: 63 },
      ],
    })
  })

  it('finds the same roots by one and by several threads, and the rate of a peer', async () => {
    const size = ['--accounts', '300', '--slots', '900', '--peer', '20', '--repeat', '1']
    const leaves = ['--touched', '40', '--no-blocks', '--workers', '2']
    const lines = await jsonLines(['root', ...size, ...leaves])
    expect(lines.slice(1).map(({ type }) => type)).toEqual(['built', 'built', 'root'])
    const { sides, peerLeavesPerSecond } = lines[3] as {
      sides: { threads: number; leavesPerSecond: number }[]
      peerLeavesPerSecond: number
    }
    expect(sides.map(({ threads }) => threads)).toEqual([1, 2])
    for (const side of sides) expect(side.leavesPerSecond).toBeGreaterThan(0)
    expect(peerLeavesPerSecond).toBeGreaterThan(0)
  })

  it('waits for the root of a block that was there at once, and of one that came bit by bit', async () => {
    const size = ['--block-size', '0.0005', '--block-ms', '5', '--repeat', '1', '--workers', '2']
    const lines = await jsonLines(['root', '--no-touched', '--blocks', 'mix,chain', ...size])
    const rows = lines.slice(1)
    expect(rows.map(({ name, workers }) => `${name} ${workers}`)).toEqual([
      'chain 1',
      'chain 2',
      'mix 1',
      'mix 2',
    ])
    for (const { burstWaitMs, pacedWaitMs } of rows) {
      expect(burstWaitMs).toBeGreaterThan(0)
      expect(pacedWaitMs).toBeGreaterThan(0)
    }
  })

  it('compares schedulers in time and processor time', async () => {
    const size = ['--blocks', 'chain', '--size', '0.0005', '--repeat', '1', '--workers', '2']
    const lines = await jsonLines(['scheduler', ...size])
    const fixed = ['no window', 'all awake', 'steps first', 'root first', 'all fixed']
    const sides = ['one worker', ...['adaptive', ...fixed].map((side) => `2, ${side}`)]
    expect(lines.slice(1).map(({ side }) => side)).toEqual(sides)
    for (const { cpuMs } of lines.slice(1)) expect(cpuMs).toBeGreaterThan(0)
  })

  it('measures reads, blocks and growth of the store', async () => {
    const size = ['--slots', '1000', '--blocks', '4', '--changes', '20', '--transactions', '5']
    const lines = await jsonLines(['store', ...size, '--retention', '1', '--durability', 'disk'])
    const reads = lines.filter(({ type }) => type === 'reads')
    expect(reads).toHaveLength(3)
    for (const { readsPerSecond } of reads) expect(readsPerSecond).toBeGreaterThan(0)
    const summary = lines.find(({ type }) => type === 'summary')
    expect(summary).toMatchObject({ durability: 'disk' })
    expect(summary!.applyMs).toBeGreaterThan(0)
    const entries = new Map(lines.map(({ name, entries }) => [name, entries]))
    expect([entries.get('bodies'), entries.get('shred log')]).toEqual([5, 5])
  })

  it('runs a mix by all orders of the mempool', async () => {
    const args = ['--size', '0.003', '--repeat', '1', '--warmup', '1', '--overtaken', '5']
    const lines = await jsonLines(['mempool', 'skewed', ...args])
    const orders = lines.filter(({ type }) => type === 'order')
    expect(orders.map(({ order }) => order)).toEqual(['fifo', 'fees', 'parallel'])
    for (const { txs, overtaken } of orders) {
      expect(txs).toBe(30)
      expect(overtaken).toBeLessThanOrEqual(5)
    }
    expect(lines.at(-1)!.recoveriesPerSecond).toBeGreaterThan(0)
  })

  it('measures the start of an engine in processes of their own', async () => {
    const [, summary] = await jsonLines(['startup', '--repeat', '1', '--workers', '1'])
    expect(summary!.readyMs).toBeGreaterThan(summary!.compileMs as number)
  })

  it('sends to subscribers in other processes, with and without filters', async () => {
    const args = [
      '--subscribers',
      '1,6',
      '--rate',
      '50',
      '--seconds',
      '1',
      '--paths',
      'direct,relay',
    ]
    const lines = await jsonLines(['fanout', ...args])
    const rows = lines.filter(({ type }) => type === 'fanout')
    const ways = rows.map(({ path, subscribers, filtered }) => {
      return `${path} ${subscribers}${filtered ? ' filtered' : ''}`
    })
    expect(ways).toEqual(
      ['direct', 'relay'].flatMap((path) => {
        return ['0', '1', '1 filtered', '6', '6 filtered'].map((count) => `${path} ${count}`)
      }),
    )
    for (const row of rows) expect(row).toMatchObject({ txs: 50, lost: 0 })
    const { deliveryMs, frames } = rows.at(-1) as {
      deliveryMs: { p50: number; p99: number }
      frames: number
    }
    expect(deliveryMs.p99).toBeGreaterThanOrEqual(deliveryMs.p50)
    // Six subscribers in two processes, of which one each verifies; each wants one transaction in ten.
    expect(frames).toBe(4 * 5)
  })
})
