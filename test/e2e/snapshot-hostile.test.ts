/**
 * Servers whose snapshots are not what they should be. A liar hands out what an honest leader has,
 * changed in one place; whoever loads from it stops with a clear error and keeps nothing of it.
 */

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFollower } from '@shredcast/follower/node/follower-node'
import { SnapshotClient } from '@shredcast/protocol/client/snapshot-client'
import type { SnapshotSource } from '@shredcast/protocol/server/snapshot-reader'
import type { StreamServer } from '@shredcast/protocol/server/stream-server'
import { createStreamServer } from '@shredcast/protocol/server/stream-server'
import type { Hello, SnapshotChunk, SnapshotHead } from '@shredcast/protocol/wire/control-messages'
import { PROTOCOL_VERSION } from '@shredcast/protocol/wire/control-messages'
import { sealFrame } from '@shredcast/protocol/wire/frame'
import { createFrameSigner } from '@shredcast/protocol/wire/frame-signer'
import { decodeControl, encodeControl } from '@shredcast/protocol/wire/message-codec'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import { concatBytes, equalBytes } from '@shredcast/shared/primitives/bytes'
import { EMPTY_CODE_HASH, keccak256 } from '@shredcast/shared/primitives/keccak'
import type { SnapshotEntry } from '@shredcast/shared/state/snapshot/snapshot-entry'
import {
  ACCOUNT,
  BLOCK,
  CODE,
  decodeEntries,
  encodeEntry,
} from '@shredcast/shared/state/snapshot/snapshot-entry'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { RpcLeader } from '../kit/rpc-leader.ts'
import { startRpcLeader } from '../kit/rpc-leader.ts'

const root = mkdtempSync(join(tmpdir(), 'shredcast-liar-'))
const closing: (() => void | Promise<void>)[] = []
let honest: RpcLeader
let hello: Hello
let head: SnapshotHead
let block: Uint8Array
/** All of it. */
let chunk: SnapshotChunk
let folderCount = 0

beforeAll(async () => {
  honest = await startRpcLeader({ blockTimeMs: 50 })
  await new Promise<void>((resolve) => honest.leader.onSealed(() => resolve()))
  const client = new SnapshotClient(honest.leader.publisher.url)
  hello = await client.hello
  head = await client.head()
  block = keccak256(head.headers.at(-1)!)
  chunk = await client.chunk(block, new Uint8Array(0))
  expect(chunk.isLast).toBe(true)
  client.close()
})

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

afterAll(async () => {
  await honest.close()
  rmSync(root, { recursive: true })
})

async function serve(snapshots: SnapshotSource): Promise<StreamServer> {
  const { chainId, genesisHash, leaderKey, engine } = hello
  const identity = { chainId, genesisHash, leaderKey, engine }
  const server = await createStreamServer({ identity, snapshots })
  closing.push(() => server.close())
  return server
}

/** Serves the same chunk whatever is asked for. */
function liar(changed: { head?: Partial<SnapshotHead>; chunk?: Partial<SnapshotChunk> }) {
  return serve({
    head: async () => ({ ...head, ...changed.head }),
    chunk: async (_, after) => ({ ...chunk, after, ...changed.chunk }),
  })
}

/** The chunk with other entries, and the checksum that fits. */
function withEntries(change: (entries: SnapshotEntry[]) => readonly SnapshotEntry[]) {
  return withContent(concatBytes(...change([...decodeEntries(chunk.content)]).map(encodeEntry)))
}

function withContent(content: Uint8Array) {
  return { chunk: { content, checksum: keccak256(content) } }
}

/** Begins with a snapshot of `snapshotUrl`, then follows the honest leader up to a block. */
async function follow(
  snapshotUrl: string,
  path = join(root, String(folderCount++)),
): Promise<string> {
  const enough = new AbortController()
  const follower = createFollower({
    ...{ url: honest.leader.publisher.url, snapshotUrl, from: 'snapshot' },
    source: { type: 'genesis', genesis: devGenesis() },
    ...{ workers: 1, store: { path }, reportFolder: root },
    onBlock: () => enough.abort(),
  })
  await follower.run(enough.signal)
  return path
}

async function expectRefused(server: Promise<StreamServer>, why: RegExp | string): Promise<void> {
  const path = join(root, String(folderCount++))
  await expect(follow((await server).url, path)).rejects.toThrow(why)
  expect(existsSync(join(path, 'chain.mdb'))).toBe(false)
  // What could be loaded is not in the way of an honest server.
  await follow(honest.leader.publisher.url, path)
}

const isAccount = ({ kind }: SnapshotEntry) => kind === ACCOUNT

describe('a snapshot that is changed', { timeout: 300_000 }, () => {
  it('is taken when it is not', async () => {
    await follow((await liar({})).url)
  })

  it.each<[string, () => ReturnType<typeof liar>, RegExp]>([
    ['has a wrong checksum', () => liar({ chunk: { checksum: block } }), /has another checksum/],
    [
      'is not what was asked for',
      () => liar({ chunk: { after: block.slice(0, 21) } }),
      /another chunk/,
    ],
    ['is empty', () => liar(withContent(new Uint8Array(0))), /a chunk of the snapshot is empty/],
    ['is no snapshot', () => liar(withContent(block)), /unknown kind|within an entry|proper form/],
    [
      'lacks an account',
      () => liar(withEntries((all) => all.filter((_, i) => i !== all.findIndex(isAccount)))),
      /the snapshot has the state root 0x/,
    ],
    [
      'lacks code',
      () => liar(withEntries((all) => all.filter(({ kind }) => kind !== CODE))),
      /did not come/,
    ],
    [
      'has a richer account',
      () => liar(withEntries((all) => all.map(richer))),
      /the snapshot has the state root 0x/,
    ],
    ['is out of order', () => liar(withEntries((all) => all.reverse())), /out of order/],
    [
      'has another block',
      () => liar(withEntries((all) => [...all.slice(0, -1), { kind: BLOCK, bytes: block }])),
      /has another content/,
    ],
    [
      'does not end',
      () => liar({ head: { entryCount: 1 }, chunk: { isLast: undefined } as object }),
      /out of order/,
    ],
    ['is endless', endless, /more than the \d+ entries that were announced/],
    [
      'is said to be too large',
      () => liar({ head: { entryCount: 2 ** 50 } }),
      /too many for a store/,
    ],
    [
      'comes with a header less',
      () => liar({ head: { headers: head.headers.slice(1) } }),
      /headers? alone/,
    ],
    [
      'comes with headers of different chains',
      () => liar({ head: { headers: [head.headers[0]!, head.headers[0]!] } }),
      /does not follow the one before it/,
    ],
    ['comes without a header', () => liar({ head: { headers: [] } }), /without a header/],
    [
      'is of a block that the leader has not signed',
      () => liar({ head: { headers: head.headers.slice(0, -1) } }),
      /the leader has not signed that block/,
    ],
    [
      'is signed by somebody else',
      () => liar({ head: { frame: sealFrame([block], createFrameSigner()) } }),
      /is not signed by the leader key/,
    ],
  ])('is refused when it %s', async (_, server, why) => expectRefused(server(), why))

  it('is refused when it is longer than a chunk may be', async () => {
    const server = await rawServer((ask) => {
      return ask.block === undefined ? encodeControl(head) : new Uint8Array(9 * 1024 * 1024)
    })
    await expect(loadOnce(server)).rejects.toThrow(/Max payload size exceeded|1009|1006/)
    const almost = await rawServer(() => {
      const large = encodeControl({ ...chunk, content: new Uint8Array(1024 * 1024) })
      return concatBytes(large, new Uint8Array(4096))
    })
    await expect(loadOnce(almost)).rejects.toThrow(/snapshotChunk message of \d+ bytes, limit/)
  })
})

/** New accounts for ever. */
async function endless(): Promise<StreamServer> {
  const account = [...decodeEntries(chunk.content)].find((entry) => {
    return entry.kind === ACCOUNT && equalBytes(entry.account.codeHash, EMPTY_CODE_HASH)
  })
  let count = 0
  return serve({
    head: async () => ({ ...head, entryCount: 1 }),
    chunk: async (_, after) => {
      const entries = Array.from({ length: 5000 }, () => {
        const address = new Uint8Array(20)
        new DataView(address.buffer).setUint32(0, ++count)
        return encodeEntry({ ...account, address } as SnapshotEntry)
      })
      const content = concatBytes(...entries)
      return { type: 'snapshotChunk', after, content, checksum: keccak256(content) }
    },
  })
}

function richer(entry: SnapshotEntry): SnapshotEntry {
  if (entry.kind !== ACCOUNT || entry.account.balance === 0n) return entry
  return { ...entry, account: { ...entry.account, balance: entry.account.balance + 1n } }
}

/** Without reconnection. */
async function loadOnce(url: string): Promise<void> {
  const client = new SnapshotClient(url)
  try {
    await client.hello
    await client.chunk(block, new Uint8Array(0))
  } finally {
    client.close()
  }
}

/** Says whatever it likes. */
async function rawServer(answer: (ask: { block?: Uint8Array }) => Uint8Array): Promise<string> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  closing.push(() => server.close())
  server.on('connection', (socket) => {
    socket.send(encodeControl(hello))
    socket.on('message', (bytes) => {
      const ask = decodeControl(bytes as Buffer)
      if (ask.type === 'snapshotAsk') socket.send(answer(ask))
    })
  })
  await new Promise((resolve) => server.once('listening', resolve))
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}`
}

describe('a peer that asks for snapshots', { timeout: 300_000 }, () => {
  const ask = (more: object = {}) =>
    encodeControl({ type: 'snapshotAsk', version: PROTOCOL_VERSION, ...more })

  /** A connection ends at the server a moment later. */
  async function noReaders(): Promise<void> {
    while (honest.leader.publisher.stats().snapshotReaders > 0) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  /** Sends and waits until it is cut; the close code. */
  function cutAfter(...messages: Uint8Array[]): Promise<number> {
    const socket = new WebSocket(honest.leader.publisher.url)
    socket.on('open', () => {
      for (const message of messages) socket.send(message)
    })
    return new Promise((resolve) => socket.on('close', (code) => resolve(code)))
  }

  it('is cut when it does not wait for answers, or asks for what there is not', async () => {
    const subscribe = encodeControl({ type: 'subscribe', version: PROTOCOL_VERSION, role: 'dapp' })
    expect(await cutAfter(ask(), ask())).toBe(4400)
    expect(await cutAfter(ask(), subscribe)).toBe(4400)
    expect(await cutAfter(subscribe, ask())).toBe(4400)
    expect(await cutAfter(ask({ version: 1 }))).toBe(4406)
    expect(await cutAfter(ask({ block: new Uint8Array(32) }))).toBe(4410)
    expect(await cutAfter(ask({ block, after: Uint8Array.of(9) }))).toBe(4400)
    await noReaders()
  })

  it('finds no more than 32 places', async () => {
    const { url } = honest.leader.publisher
    const clients = Array.from({ length: 32 }, () => new SnapshotClient(url))
    for (const client of clients) await client.hello
    await Promise.all(clients.map((client) => client.head()))
    expect(await cutAfter(ask())).toBe(4503)
    for (const client of clients) client.close()
    await noReaders()
    const { snapshotsBegun, snapshotBytesSent } = honest.leader.publisher.stats()
    expect(snapshotsBegun).toBeGreaterThanOrEqual(32)
    expect(snapshotBytesSent).toBeGreaterThan(chunk.content.length)
  })
})
