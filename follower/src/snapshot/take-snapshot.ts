/**
 * Takes a snapshot from a leader or relay into the data folder: which block it is of, chunk by chunk what
 * the state behind it is, and at the end whether the root is the one that the leader has signed. A lost
 * connection, and a restart, go on behind the last chunk.
 */

import { setTimeout } from 'node:timers/promises'
import { reconnectDelayMs } from '@shredcast/protocol/client/reconnect-delay'
import { SnapshotClient } from '@shredcast/protocol/client/snapshot-client'
import {
  DisconnectedError,
  RefusedError,
  SilentServerError,
  TooOldError,
} from '@shredcast/protocol/client/stream-errors'
import type { SnapshotBlock } from '@shredcast/protocol/snapshot/snapshot-block'
import { snapshotBlock } from '@shredcast/protocol/snapshot/snapshot-block'
import type { Hello, SnapshotChunk, SnapshotHead } from '@shredcast/protocol/wire/control-messages'
import { createFrameVerifier } from '@shredcast/protocol/wire/frame-verifier'
import { decodeControl, encodeControl } from '@shredcast/protocol/wire/message-codec'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import { headerHash } from '@shredcast/shared/chain/header'
import type { StoredTrie } from '@shredcast/shared/chain/state-trie'
import { createSparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { CompleteGenesis } from '@shredcast/shared/state/genesis-block'
import { settleSnapshot } from '@shredcast/shared/state/snapshot/settle-snapshot'
import { InvalidSnapshotError } from '@shredcast/shared/state/snapshot/snapshot-entry'
import { SnapshotLoader } from '@shredcast/shared/state/snapshot/snapshot-loader'
import type { StoreOptions } from '@shredcast/shared/store/store'
import { DEFAULT_MAX_BYTES } from '@shredcast/shared/store/store'
import { SnapshotFolder } from './snapshot-folder.ts'

/** What is told of a snapshot that is being taken. */
export interface SnapshotNews {
  /**
   * `begun`, again with each connection; `reason`: why there is a snapshot at all. `dropped`: what was
   * loaded is of no use, and `reason` says why, as with `waiting`.
   */
  readonly state: 'begun' | 'loading' | 'waiting' | 'dropped' | 'loaded'
  readonly block: number
  /** Loaded so far, and about how many there are. */
  readonly entries: number
  readonly entryCount: number
  readonly bytes: number
  readonly reason?: string
}

export interface SnapshotOptions {
  /** ws://HOST:PORT of a leader or relay. */
  readonly url: string
  readonly token?: string
  readonly genesis: Genesis
  readonly store: StoreOptions
  /** Why. */
  readonly reason: string
  /** The folder's own place in the stream: a snapshot from before it would lead back. */
  readonly nextSeq?: number
  /** Rejects unless the stream is the chain's and its leader the one that is followed. */
  readonly check: (hello: Hello, genesisHash: Uint8Array, known?: Uint8Array) => Promise<void>
  readonly onNews?: (news: SnapshotNews) => void
}

/** The server's snapshots are not kept long enough, or no snapshot can be had at all. */
export class NoSnapshotError extends BaseError {
  override readonly name = 'Follower.NoSnapshotError'
}

/** Snapshots that were gone before they were loaded. */
const GONE_MAX = 3

/** The least that an entry takes in a store. */
const ENTRY_BYTES = 32

/** More than were announced: blocks of later have added code, or have taken state away. */
const ENTRIES_TO_SPARE = 65_536

/** Resolves when the data folder has the snapshot, or the signal has fired. */
export async function takeSnapshot(options: SnapshotOptions, signal: AbortSignal): Promise<void> {
  const folder = await SnapshotFolder.open(options.store)
  const download = new SnapshotDownload(options, folder)
  let isWhole = false
  try {
    isWhole = await download.run(signal)
  } finally {
    if (!isWhole) await folder.close()
  }
  if (!isWhole) return
  await folder.install()
  download.tell('loaded')
}

class SnapshotDownload {
  readonly #options: SnapshotOptions
  readonly #folder: SnapshotFolder
  #news: SnapshotNews = { state: 'begun', block: 0, entries: 0, entryCount: 0, bytes: 0 }
  /** Since the last chunk. */
  #attempt = 0
  #goneCount = 0

  constructor(options: SnapshotOptions, folder: SnapshotFolder) {
    this.#options = options
    this.#folder = folder
  }

  /** Whether it is whole; else the signal has fired. */
  async run(signal: AbortSignal): Promise<boolean> {
    const trie = await createSparseTrie()
    const genesis = completeGenesis(this.#options.genesis, trie)
    while (!signal.aborted) {
      try {
        await this.#load(genesis, trie, signal)
        return true
      } catch (error) {
        if (!signal.aborted) await this.#recover(error, signal)
      }
    }
    return false
  }

  /** Waits, or starts over, where that may help; else throws. */
  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    if (mayRetry(error)) {
      this.tell('waiting', { reason: error.shortMessage })
      const delayMs = reconnectDelayMs(this.#attempt++, {})
      await setTimeout(delayMs, undefined, { signal }).catch(() => {})
      return
    }
    if (isRefused(error, 'noSnapshot')) {
      const { reason } = this.#options
      throw new NoSnapshotError(`no snapshot, although ${reason}: ${error.shortMessage}`)
    }
    const isGone = error instanceof TooOldError
    if (!isGone && !(error instanceof InvalidSnapshotError)) throw error
    // What was loaded is of no use at the next start either.
    await this.#folder.clear()
    this.tell('dropped', { reason: error.shortMessage })
    if (!isGone) throw error
    if (++this.#goneCount === GONE_MAX) throw goneTooSoon(error)
  }

  async #load(genesis: KnownGenesis, trie: StoredTrie, signal: AbortSignal): Promise<void> {
    const { url, token, check } = this.#options
    const { store } = this.#folder
    // A process ended before it was put into its place.
    const head = store.snapshot(() => store.meta.head)
    if (head !== undefined) {
      this.#news = { ...this.#news, block: Number(head.number) }
      return
    }
    const client = new SnapshotClient(url, token === undefined ? {} : { token })
    const close = () => client.close()
    signal.addEventListener('abort', close)
    try {
      const hello = await client.hello
      const leaderKey = store.snapshot(() => store.meta.leaderKey)
      await check(hello, genesis.hash, leaderKey)
      if (leaderKey === undefined) {
        await store.transact(() => store.meta.setLeaderKey(hello.leaderKey))
      }
      const { entryCount, block } = await this.#begin(client, hello, genesis)
      const entriesMax = 2 * entryCount + ENTRIES_TO_SPARE
      const loader = new SnapshotLoader({ store, trie, entriesMax })
      await this.#loadChunks(client, block, loader)
      const { header, headers, frame } = block
      const sealed = loader.finish(header, genesis.config)
      await settleSnapshot(store, {
        genesis,
        headers,
        block: sealed,
        frame,
        leaderKey: hello.leaderKey,
      })
    } finally {
      signal.removeEventListener('abort', close)
      close()
    }
  }

  /** Which snapshot is loaded: the one that was begun, or else the newest. */
  async #begin(
    client: SnapshotClient,
    { leaderKey }: Hello,
    genesis: KnownGenesis,
  ): Promise<{ entryCount: number; block: SnapshotBlock }> {
    const { store } = this.#folder
    const known = store.snapshot(() => store.meta.snapshot)
    const head = known === undefined ? await client.head() : (decodeControl(known) as SnapshotHead)
    const block = snapshotBlock(head, {
      verifier: createFrameVerifier(leaderKey),
      firstNumber: genesis.header.number,
      genesisHash: genesis.hash,
    })
    const { header, frame } = block
    const {
      nextSeq = 0,
      store: { maxBytes = DEFAULT_MAX_BYTES },
    } = this.#options
    if (frame.lastSeq < nextSeq) {
      throw new InvalidSnapshotError(
        `the snapshot ends with message ${frame.lastSeq}, before message ${nextSeq} of the folder`,
      )
    }
    if (head.entryCount * ENTRY_BYTES > maxBytes) {
      throw new NoSnapshotError(
        `the snapshot is said to have ${head.entryCount} entries, too many for a store of ` +
          `${maxBytes} bytes`,
      )
    }
    if (known === undefined) await store.transact(() => store.meta.setSnapshot(encodeControl(head)))
    this.#news = { ...this.#news, block: Number(header.number), entryCount: head.entryCount }
    return { entryCount: head.entryCount, block }
  }

  /** One chunk is asked for while the one before it is stored. */
  async #loadChunks(
    client: SnapshotClient,
    { hash }: SnapshotBlock,
    loader: SnapshotLoader,
  ): Promise<void> {
    const { reason } = this.#options
    this.tell('begun', { entries: loader.entryCount, bytes: loader.byteCount, reason })
    let next: Promise<SnapshotChunk> | undefined = client.chunk(hash, loader.after)
    while (next !== undefined) {
      const { content, isLast }: SnapshotChunk = await next
      this.#attempt = 0
      const read = loader.read(content)
      next = isLast ? undefined : client.chunk(hash, read.after)
      // Where storing fails, nobody waits for it.
      next?.catch(() => {})
      await loader.take(read)
      this.tell('loading', { entries: loader.entryCount, bytes: loader.byteCount })
    }
  }

  tell(state: SnapshotNews['state'], more: Partial<SnapshotNews> = {}): void {
    const { reason: _, ...news } = this.#news
    this.#news = { ...news, ...more, state }
    this.#options.onNews?.(this.#news)
  }
}

interface KnownGenesis extends CompleteGenesis {
  readonly hash: Uint8Array
}

/** With the state root of its accounts. */
function completeGenesis(genesis: Genesis, trie: StoredTrie): KnownGenesis {
  trie.reset(genesis.alloc)
  const header = { ...genesis.header, stateRoot: trie.root() }
  return { ...genesis, header, hash: headerHash(header) }
}

function mayRetry(error: unknown): error is BaseError {
  const isLost = error instanceof DisconnectedError || error instanceof SilentServerError
  return isLost || isRefused(error, 'full') || isRefused(error, 'ahead')
}

function isRefused(error: unknown, code: RefusedError['code']): error is RefusedError {
  return error instanceof RefusedError && error.code === code
}

function goneTooSoon({ shortMessage }: BaseError): NoSnapshotError {
  return new NoSnapshotError(
    `${GONE_MAX} snapshots were gone before they were loaded (${shortMessage}): the server has to ` +
      'keep states for longer (--keep-states)',
  )
}
