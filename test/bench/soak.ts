/**
 * `bench soak`: many blocks one after the other on one engine, and what memory does meanwhile. The
 * slope is that of a line through the samples of the later half; the first rounds touch memory that
 * is then used again.
 */

import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { createCommand, integerOption } from '@shredcast/protocol/cli/command'
import type { BlockFixture } from '@shredcast/shared/chain/block-fixture'
import { listBlockFixtures, readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import { MAINNET } from '@shredcast/shared/chain/chain-config'
import type { EngineName } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { assert } from '@shredcast/shared/primitives/assert'
import { collectGarbage, executeBlock } from './measure.ts'
import { engineOption, fixturesOption, jsonOption } from './options.ts'
import type { Column } from './report.ts'
import { Report } from './report.ts'

interface SoakOptions {
  readonly engine: EngineName
  readonly workers: number
  readonly blocks: number
  readonly fixtures: string
  readonly json?: boolean
}

interface Sample {
  /** Blocks replayed so far. */
  readonly blocks: number
  readonly rssMiB: number
  /** Of the main thread, behind a collection of garbage. */
  readonly heapMiB: number
}

const BYTES_PER_MIB = 2 ** 20
const KIB_PER_MIB = 1024
const SAMPLE_COUNT = 40

export const soakCommand = createCommand('soak', 'memory over many replayed blocks')
  .addOption(engineOption())
  .option('--workers <n>', 'worker threads', integerOption(1, 63), availableParallelism())
  .option('--blocks <n>', 'blocks to replay', integerOption(SAMPLE_COUNT), 2000)
  .addOption(fixturesOption())
  .addOption(jsonOption())
  .action(async (options: SoakOptions) => {
    await run(options)
  })

async function run(options: SoakOptions): Promise<void> {
  const { workers, engine: name, blocks } = options
  const report = new Report(options, workers)
  const fixtures: BlockFixture[] = []
  for (const file of await listBlockFixtures([resolve(options.fixtures)])) {
    fixtures.push(await readBlockFixture(file))
  }
  const engine = await createEngine({ config: MAINNET, workers, engine: name })
  const samples: Sample[] = []
  const every = Math.floor(blocks / SAMPLE_COUNT)
  const print = report.table('sample', COLUMNS)
  try {
    await report.withProgress('bench soak', blocks, async (advance) => {
      for (let done = 1; done <= blocks; done++) {
        const fixture = fixtures[done % fixtures.length]!
        await engine.loadState(fixture.preState)
        const { stats } = await executeBlock(engine, fixture)
        assert(stats.gasUsed === fixture.header.gasUsed, 'the block uses the gas of its header')
        if (done % every === 0) {
          const sample = takeSample(done)
          samples.push(sample)
          print(sample)
        }
        advance()
      }
    })
  } finally {
    await engine.close()
  }
  const later = samples.slice(samples.length / 2)
  const kibPerBlock = slopeOf(later) * KIB_PER_MIB
  const [first, last] = [later[0]!, later.at(-1)!]
  const grownMiB = last.rssMiB - first.rssMiB
  report.line(
    { type: 'summary', blocks, kibPerBlock, grownMiB, rssMiB: last.rssMiB },
    `${blocks} blocks: ${kibPerBlock.toFixed(2)} KiB a block over the later half, in which the ` +
      `process grew from ${first.rssMiB.toFixed(1)} to ${last.rssMiB.toFixed(1)} MiB`,
  )
}

function takeSample(blocks: number): Sample {
  collectGarbage()
  const { rss, heapUsed } = process.memoryUsage()
  return { blocks, rssMiB: rss / BYTES_PER_MIB, heapMiB: heapUsed / BYTES_PER_MIB }
}

/** Slope of the least-squares line, in MiB a block. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (pick: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + pick(sample), 0) / samples.length
  const [blocks, rssMiB] = [mean((sample) => sample.blocks), mean((sample) => sample.rssMiB)]
  let covariance = 0
  let variance = 0
  for (const sample of samples) {
    covariance += (sample.blocks - blocks) * (sample.rssMiB - rssMiB)
    variance += (sample.blocks - blocks) ** 2
  }
  return covariance / variance
}

const COLUMNS: readonly Column<Sample>[] = [
  { name: 'blocks', width: 7, cell: ({ blocks }) => String(blocks) },
  { name: 'RSS', width: 12, cell: ({ rssMiB }) => `${rssMiB.toFixed(1)} MiB` },
  { name: 'heap', width: 10, cell: ({ heapMiB }) => `${heapMiB.toFixed(1)} MiB` },
]
