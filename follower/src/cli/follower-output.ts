/** What the follower's command tells: lines for people, or one JSON object a line. */

import type { Log } from '@shredcast/protocol/cli/command'
import { errorLine } from '@shredcast/protocol/cli/command'
import type { Progress } from '@shredcast/protocol/cli/progress'
import { createProgress } from '@shredcast/protocol/cli/progress'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import type { BlockReport } from '../ingest/block-intake.ts'
import type { FollowerOptions } from '../node/follower-options.ts'
import type { SnapshotNews } from '../snapshot/take-snapshot.ts'

type Listeners = Required<
  Pick<
    FollowerOptions,
    | 'onServing'
    | 'onArchiveFailure'
    | 'onConnected'
    | 'onDisconnected'
    | 'onResumed'
    | 'onBlock'
    | 'onReverted'
    | 'onSnapshot'
    | 'onDivergence'
  >
>

/**
 * Listeners that print on stdout and log the rest. Without JSON a divergence is told by the error
 * that ends the command.
 */
export function followerOutput(json: boolean, log: Log, metricsUrl: string | undefined): Listeners {
  const printJson = (value: object) => {
    if (json) process.stdout.write(`${JSON.stringify(value)}\n`)
  }
  return {
    onConnected({ chainId, leaderKey, engine, nextSeq, oldestSeq }, trust) {
      const leader = { key: bytesToHex(leaderKey), trust, engine, nextSeq, oldestSeq }
      const metrics = metricsUrl
      printJson({ type: 'ready', chainId: Number(chainId), metrics, leader })
      if (!json && metrics !== undefined) process.stdout.write(`metrics at ${metrics}\n`)
      const fields = { chainId: Number(chainId), leader: leader.key, trust, nextSeq, oldestSeq }
      log('info', 'connected', fields)
    },
    onServing({ relay, rpc, publish }) {
      printJson({ type: 'serving', relay, rpc, publish })
      const served = [
        relay && `the stream at ${relay}`,
        publish && `the stream on ${publish}`,
        rpc && `JSON-RPC at ${rpc}`,
      ]
      log('info', `serves ${served.filter(Boolean).join(', ')}`)
    },
    onArchiveFailure(error) {
      log('error', `older frames cannot be read: ${errorLine(error)}`)
    },
    onResumed({ nextSeq }, behind) {
      log('warn', `connected again: next message ${nextSeq}, ${count(behind, 'message')} behind`)
    },
    onDisconnected(error, retryInMs) {
      log('warn', error.shortMessage, { retryInMs: Math.round(retryInMs) })
    },
    onBlock(report) {
      if (json) printJson(blockJson(report))
      else process.stdout.write(`${blockLine(report)}\n`)
    },
    onSnapshot: snapshotOutput(json, log),
    onReverted(number) {
      printJson({ type: 'reverted', number })
      log('info', `the chain was reverted to block ${number}`)
    },
    onDivergence(report, path) {
      printJson({ ...report, path })
    },
  }
}

/** A bar on a terminal; what begins and ends on stdout, and in the log with what goes wrong. */
function snapshotOutput(json: boolean, log: Log): Listeners['onSnapshot'] {
  let progress: Progress | undefined
  return (news) => {
    const { state, block, entries, entryCount, bytes, reason } = news
    if (json) process.stdout.write(`${JSON.stringify({ type: 'snapshot', ...news })}\n`)
    if (state === 'begun') {
      progress ??= createProgress('snapshot', entryCount, !json, ' entries')
      log('warn', `takes a snapshot of block ${block}: ${reason}`, { entries, entryCount })
    } else if (state === 'waiting') {
      log('warn', `the snapshot waits: ${reason}`)
    } else if (state === 'dropped') {
      log('warn', `the snapshot of block ${block} is dropped: ${reason}`)
    }
    progress?.reach(Math.min(entries, entryCount))
    if (state !== 'loaded' && state !== 'dropped') return
    progress?.stop()
    progress = undefined
    if (state === 'dropped') return
    log('info', 'snapshot loaded', { block, entries, bytes })
    if (!json) process.stdout.write(`${snapshotLine(news)}\n`)
  }
}

/** `snapshot of block 12 loaded: 345 entries, 0.1 MiB` */
export function snapshotLine({ block, entries, bytes }: SnapshotNews): string {
  const size = `${(bytes / 2 ** 20).toFixed(1)} MiB`
  return `snapshot of block ${block} loaded: ${count(entries, 'entry')}, ${size}`
}

/**
 * `block 12 verified: 34 shreds, 21 edges, critical path 5, 3.2 ms`, times rounded for people; of a
 * block that was not executed `block 12 applied: 34 shreds, 0.9 ms`.
 */
export function blockLine(report: BlockReport): string {
  const { number, mode, shreds, edges, criticalPath, executeMs, behind = 0 } = report
  const graph = [count(edges, 'edge'), `critical path ${criticalPath}`]
  const counts = [count(shreds, 'shred'), ...(mode === 'apply' ? [] : graph)]
  const done = `${number} ${mode === 'apply' ? 'applied' : 'verified'}`
  const lag = behind === 0 ? '' : `, ${count(behind, 'message')} behind`
  return `block ${done}: ${counts.join(', ')}, ${executeMs.toFixed(1)} ms${lag}`
}

/** The block as `replay` and others read it; times in ms, to the microsecond. */
export function blockJson(report: BlockReport): object {
  const { number, shreds, lagMs, behind, mode, verified, edges, criticalPath, aborts } = report
  const executeMs = rounded(report.executeMs)
  return {
    type: 'block',
    number,
    shreds,
    ...(lagMs !== undefined && { lagMs: rounded(lagMs) }),
    ...(behind !== undefined && { behind }),
    follower: { mode, verified, executeMs, edges, criticalPath, aborts },
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

function count(howMany: number, what: string): string {
  if (howMany === 1) return `${howMany} ${what}`
  return `${howMany} ${what.endsWith('y') ? `${what.slice(0, -1)}ies` : `${what}s`}`
}
