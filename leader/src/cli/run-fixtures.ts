/** The leader's command on block fixtures: streams each block once, then serves until it is stopped. */

import { once } from 'node:events'
import type { Log } from '@shredcast/protocol/cli/command'
import { listBlockFixtures, readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import { MAINNET } from '@shredcast/shared/chain/chain-config'
import type { FixtureResult } from '../node/fixture-leader.ts'
import { FixtureLeader } from '../node/fixture-leader.ts'
import type { FixtureWatch } from '../ops/fixture-watch.ts'
import { watchFixtures } from '../ops/fixture-watch.ts'
import type { LeaderOptions } from './leader-options.ts'
import { printOf, printReady, publisherOptions } from './leader-options.ts'

export async function runFixtures(
  options: LeaderOptions,
  paths: readonly string[],
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const print = printOf(options)
  const files = await listBlockFixtures(paths)
  const leader = await FixtureLeader.create({
    ...publisherOptions(options, log),
    config: MAINNET,
    workers: options.workers,
    engine: options.engine,
  })
  let watch: FixtureWatch | undefined
  try {
    const { host, metricsPort } = options
    if (metricsPort !== undefined) {
      watch = await watchFixtures(leader, { host, metricsPort, signal })
    }
    printReady(print, leader.publisher, { ...MAINNET, metrics: watch?.server.url })
    let failed = 0
    for (const file of files) {
      if (signal.aborted) return
      const result = await leader.run(await readBlockFixture(file))
      watch?.note(result)
      if (result.differences.length > 0) failed++
      print({ type: 'block', ...fixtureJson(result) }, fixtureLine(result))
    }
    if (failed > 0) process.exitCode = 1
    print({ type: 'done', blocks: files.length, failed }, 'all blocks streamed; ctrl-c ends')
    if (!signal.aborted) await once(signal, 'abort')
  } finally {
    await watch?.server.close()
    await leader.close()
  }
}

/** A block's figures, in the shape that `replay` and the leader print. */
export function fixtureJson(result: FixtureResult) {
  const { number, fork, txs, gasUsed, differences, receiptsRootOk, executeMs, aborts } = result
  const differs = (name: string) => differences.some(({ field }) => field === name)
  return {
    number: Number(number),
    fork,
    txs,
    gasUsed: Number(gasUsed),
    gasUsedOk: !differs('gasUsed'),
    logsBloomOk: !differs('logsBloom'),
    receiptsRootOk,
    executeMs: roundMs(executeMs),
    aborts,
    shreds: result.shreds,
  }
}

export function roundMs(timeMs: number): number {
  return Math.round(timeMs * 1000) / 1000
}

function fixtureLine({ number, txs, executeMs, aborts, differences }: FixtureResult): string {
  const state =
    differences.length === 0
      ? 'as its header says'
      : `DIFFERS in ${differences.map(({ field }) => field).join(', ')}`
  return `block ${number}: ${txs} transactions, ${executeMs.toFixed(1)} ms, ${aborts} aborts, ${state}`
}
