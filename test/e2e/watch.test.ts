/** The watcher against a real server. */

import type { WatchOptions } from '@shredcast/protocol/cli/watch-stream'
import { watchStream } from '@shredcast/protocol/cli/watch-stream'
import { DisconnectedError, WrongStreamError } from '@shredcast/protocol/client/stream-errors'
import { createFramePublisher } from '@shredcast/protocol/server/frame-publisher'
import { createStreamServer } from '@shredcast/protocol/server/stream-server'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { MessageChain } from '@shredcast/protocol/wire/message-chain'
import { SAMPLE_OPENED, SAMPLE_SEALED, sampleDraft } from '@shredcast/protocol/wire/message-samples'
import type { MessageDraft } from '@shredcast/protocol/wire/messages'
import { TRANSACTION_SAMPLES } from '@shredcast/shared/chain/transaction-samples'
import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import { afterEach, describe, expect, it } from 'vitest'

const signer = createFrameSigner()

const closers: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A stream of one block with a shred for each sample transaction. */
async function startBlock(): Promise<string> {
  const identity = {
    chainId: 1n,
    genesisHash: new Uint8Array(32),
    leaderKey: signer.publicKey,
    engine: 'reference',
  }
  const server = await createStreamServer({ identity, closeTimeoutMs: 200 })
  closers.push(() => server.close())
  const chain = new MessageChain()
  const publisher = createFramePublisher({ chain, signer, publish: server.publish })
  publisher.append(SAMPLE_OPENED)
  for (const [i, { signed }] of TRANSACTION_SAMPLES.entries()) {
    publisher.append({ ...sampleDraft(i), transaction: hexToBytes(signed) } as MessageDraft)
  }
  publisher.append(SAMPLE_SEALED)
  publisher.close()
  return server.url
}

async function watch(
  url: string,
  changed: Partial<WatchOptions>,
  stop = new AbortController(),
  stopAfter = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const lines: string[] = []
  const output = {
    print: async (line: string) => {
      if (lines.push(line) === stopAfter) stop.abort()
    },
    log: () => {},
  }
  await watchStream(url, { json: false, fromSeq: 0, ...changed }, output, stop.signal)
  return lines
}

describe('watch', () => {
  const all = TRANSACTION_SAMPLES.length + 2

  it('prints a block from its opening to its seal, until it is stopped', async () => {
    const lines = await watch(await startBlock(), {}, new AbortController(), all)
    expect(lines).toHaveLength(all)
    expect(lines[0]).toContain('opened')
    expect(lines[1]).toMatch(/^19606599\/0 .*gas/)
    expect(lines.at(-1)).toContain('sealed')
  })

  it('stops after as many shreds as it was asked for', async () => {
    const lines = await watch(await startBlock(), { count: 2, json: true })
    expect(lines.map((line) => JSON.parse(line).type)).toEqual(['blockOpened', 'shred', 'shred'])
  })

  it('prints only shreds that pass its filter', async () => {
    const filter = { addresses: [new Uint8Array(20).fill(0x35)] }
    const url = await startBlock()
    const lines = await watch(url, { filter, json: true, count: 1 })
    expect(JSON.parse(lines[0]!)).toMatchObject({ type: 'shred', to: `0x${'35'.repeat(20)}` })
  })

  it('fails when there is no server, and when the leader is another', async () => {
    await expect(watch('ws://127.0.0.1:9', {})).rejects.toThrow(DisconnectedError)
    const leaderKey = new Uint8Array(32)
    await expect(watch(await startBlock(), { leaderKey })).rejects.toThrow(WrongStreamError)
  })
})
