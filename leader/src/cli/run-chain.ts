/** The leader's command on a chain that starts from a genesis: the development chain or a file's. */

import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import type { Log } from '@shredcast/protocol/cli/command'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import { genesisFromJson } from '@shredcast/shared/chain/genesis'
import { transactionHash } from '@shredcast/shared/chain/transaction'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { demoTraffic } from '../demo/demo-traffic.ts'
import { ChainLeader } from '../node/chain-leader.ts'
import type { LeaderOptions, Print } from './leader-options.ts'
import { poolOptions, printOf, printReady, publisherOptions } from './leader-options.ts'

/** Demo transactions are handed in this often, so that each waits no longer than that. */
const DEMO_INTERVAL_MS = 20
const DEMO_SEED = 1

/** The file cannot be read as a genesis. */
export class GenesisFileError extends BaseError {
  override readonly name = 'Leader.GenesisFileError'
}

/** Runs until the signal fires. */
export async function runChain(
  options: LeaderOptions,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const print = printOf(options)
  const genesis = options.genesis === undefined ? devGenesis() : await readGenesis(options.genesis)
  const leader = await ChainLeader.create({
    ...publisherOptions(options),
    genesis,
    workers: options.workers,
    engine: options.engine,
    blockTimeMs: options.blockTime,
    pool: poolOptions(options),
    block: { beneficiary: options.beneficiary, gasLimit: BigInt(options.gasLimit) },
    onRejected: ({ transaction, reason }) => {
      log('warn', `rejected ${bytesToHex(transactionHash(transaction))}: ${reason}`)
    },
    onSealed: ({ header, hash, txs }) => {
      const number = Number(header.number)
      print(
        { type: 'sealed', number, hash: bytesToHex(hash), txs, gasUsed: Number(header.gasUsed) },
        `block ${number} sealed: ${txs} transactions, ${header.gasUsed} gas`,
      )
    },
  })
  try {
    printReady(print, leader.publisher, genesis.config.chainId)
    await Promise.all([leader.run(signal), feedDemo(leader, options.demo, print, signal)])
  } finally {
    await leader.close()
  }
}

async function readGenesis(file: string): Promise<Genesis> {
  try {
    return genesisFromJson(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    const details = cause instanceof Error ? cause.message : String(cause)
    throw new GenesisFileError(`${file} is no genesis file`, { details, cause })
  }
}

/** Submits demo transactions at an even rate until the signal fires. */
async function feedDemo(
  leader: ChainLeader,
  perSecond: number | undefined,
  print: Print,
  signal: AbortSignal,
): Promise<void> {
  if (perSecond === undefined) return
  const traffic = demoTraffic(DEMO_SEED)
  const startedMs = performance.now()
  let { value } = await traffic.next()
  let { phase } = value
  for (let sent = 0; !signal.aborted; ) {
    const due = Math.floor(((performance.now() - startedMs) / 1000) * perSecond)
    while (sent < due && !signal.aborted) {
      // A wallet's first transactions need what the phase before them brings.
      if (value.phase !== phase && leader.pool.size > 0) break
      phase = value.phase
      const hash = bytesToHex(transactionHash(value.raw))
      print({ type: 'submitted', hash, label: value.label }, `submitted ${hash}: ${value.label}`)
      await leader.pool.add(value.raw)
      sent++
      value = (await traffic.next()).value
    }
    await setTimeout(DEMO_INTERVAL_MS, undefined, { signal }).catch(() => {})
  }
}
