/** Watches a stream like a dApp: subscribes, filters, and gives each message to a printer. */

import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { consume } from '../client/consume.ts'
import type { ReceivedMessage } from '../client/stream-reader.ts'
import { openStream } from '../nats/open-stream.ts'
import { checkKnownLeader } from '../trust/known-leaders.ts'
import type { FilterSpec } from '../wire/shred-filter.ts'
import type { Log } from './command.ts'
import { errorLine } from './command.ts'
import { blockLine, jsonLine, shredLine } from './message-line.ts'

export interface WatchOptions {
  /** Evaluated by the server; absent: everything, lines about blocks included. */
  readonly filter?: FilterSpec
  readonly json: boolean
  readonly fromSeq?: number
  readonly leaderKey?: Uint8Array
  /** Without `leaderKey`: the file that keeps the key of each chain's leader. */
  readonly knownLeaders?: string
  readonly token?: string
  /** Stops after as many shreds that pass the filter. */
  readonly count?: number
}

export interface WatchOutput {
  /** Takes one line; resolves when it can take the next. */
  print(line: string): Promise<void>
  readonly log: Log
}

/**
 * Prints the stream at `url` until the signal fires or the count is reached. Lines about blocks are
 * printed only without a filter, but that the chain goes back always.
 * @throws StreamError
 */
export async function watchStream(
  url: string,
  options: WatchOptions,
  output: WatchOutput,
  signal: AbortSignal,
): Promise<void> {
  const { fromSeq, leaderKey, token, filter } = options
  const client = openStream(url, {
    role: 'watch',
    reconnect: { initially: false },
    ...(fromSeq === undefined ? {} : { from: fromSeq }),
    ...(leaderKey === undefined ? {} : { leaderKey }),
    ...(token === undefined ? {} : { token }),
    ...(filter && { filters: { named: { watch: filter }, blocks: 'none' } }),
  })
  const states = client.state$.subscribe((state) => {
    if (state.status === 'streaming') {
      const { chainId, engine, nextSeq, leaderKey: key } = state.hello
      const whose = `chain ${chainId}, leader ${bytesToHex(key)}, engine ${engine}`
      output.log('info', `connected: ${whose}, next message ${nextSeq}`)
    } else if (state.status === 'waiting') {
      const delay = Math.round(state.delayMs)
      output.log('warn', `${errorLine(state.error)}; trying again in ${delay} ms`)
    }
  })
  const close = () => client.close()
  signal.addEventListener('abort', close, { once: true })
  if (signal.aborted) close()
  let shredsLeft = options.count ?? Number.POSITIVE_INFINITY
  try {
    if (options.knownLeaders !== undefined && leaderKey === undefined) {
      await checkKnownLeader(options.knownLeaders, await client.hello)
    }
    await consume(client, async (received) => {
      if (shredsLeft === 0) return
      await output.print(lineOf(received, options.json))
      if (received.message.type === 'shred' && --shredsLeft === 0) close()
    })
  } finally {
    signal.removeEventListener('abort', close)
    close()
    states.unsubscribe()
  }
}

function lineOf({ message }: ReceivedMessage, json: boolean): string {
  const nowUs = (performance.timeOrigin + performance.now()) * 1000
  if (message.type !== 'shred') {
    return json ? jsonLine(message, undefined, nowUs) : blockLine(message)
  }
  const transaction = decodeTransaction(message.transaction)
  return json ? jsonLine(message, transaction, nowUs) : shredLine(message, transaction, nowUs)
}
