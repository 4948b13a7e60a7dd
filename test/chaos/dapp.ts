/** A dApp that writes down what it was delivered, over all of its connections. */

import { setTimeout } from 'node:timers/promises'
import { connectStream } from '@shredcast/protocol/client/connect-stream'
import { consume } from '@shredcast/protocol/client/consume'
import type { StreamClient } from '@shredcast/protocol/client/stream-client'
import { StreamRecord } from '../kit/stream-record.ts'

export class Dapp {
  readonly record = new StreamRecord()
  readonly #client: StreamClient
  #dawdleMs = 0

  constructor(port: number, leaderKey: Uint8Array) {
    const reconnect = { minDelayMs: 20, maxDelayMs: 1000 }
    const from = 0
    this.#client = connectStream(`ws://127.0.0.1:${port}`, { from, leaderKey, reconnect })
    const { record } = this
    consume(this.#client, async (received) => {
      record.take(received)
      const dawdleMs = this.#dawdleMs
      this.#dawdleMs = 0
      if (dawdleMs > 0) await setTimeout(dawdleMs)
    }).catch((error) => record.faults.push(`the stream ended: ${error.message}`))
  }

  /** Reads nothing for so long, from the next message on. */
  dawdle(forMs: number): void {
    this.#dawdleMs = forMs
  }

  get reconnects(): number {
    return this.#client.stats().reconnects
  }

  close(): void {
    this.#client.close()
  }
}
