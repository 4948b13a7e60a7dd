/** A follower's data folder: the chain it has verified, the frames it has received, and its leader. */

import type { SealedPlace } from '@shredcast/protocol/snapshot/snapshot-source'
import { FolderSnapshots } from '@shredcast/protocol/snapshot/snapshot-source'
import { openFrame } from '@shredcast/protocol/wire/frame'
import { createFrameVerifier } from '@shredcast/protocol/wire/frame-verifier'
import type { ChainTip } from '@shredcast/protocol/wire/message-chain'
import { decodeMessage } from '@shredcast/protocol/wire/message-codec'
import { blockContextOf } from '@shredcast/shared/chain/block'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { Engine } from '@shredcast/shared/engine/engine'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import type { Retention } from '@shredcast/shared/state/canonical-state'
import { DEFAULT_RETENTION } from '@shredcast/shared/state/canonical-state'
import { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { Store, StoreOptions } from '@shredcast/shared/store/store'
import { DiskChain } from '../chain/disk-chain.ts'
import { GenesisChain } from '../chain/genesis-chain.ts'
import type { LoggedFrames } from '../ingest/logged-frames.ts'
import { loggedFramesAbove, noFrames } from '../ingest/logged-frames.ts'
import { ReceivedFrames } from '../ingest/received-frames.ts'
import { FolderFrames } from '../relay/folder-frames.ts'
import { WrongLeaderKeyError } from './follower-options.ts'

interface FolderOptions {
  readonly store: StoreOptions
  readonly retention?: Retention
  readonly leaderKey?: Uint8Array
}

export class FollowerFolder {
  readonly path: string
  readonly stored: StoredChain
  readonly chain: GenesisChain
  /** What was received behind the newest block. */
  readonly logged: LoggedFrames
  /** Of the newest block that is verified. */
  readonly snapshots: FolderSnapshots
  /** What is received from here on. */
  readonly received: ReceivedFrames
  readonly #store: Store
  #leaderKey: Uint8Array | undefined
  #newest: SealedPlace | undefined

  constructor(
    store: Store,
    parts: Pick<FollowerFolder, 'path' | 'stored' | 'chain' | 'logged' | 'received'>,
    leaderKey: Uint8Array | undefined,
  ) {
    this.#store = store
    this.path = parts.path
    this.stored = parts.stored
    this.chain = parts.chain
    this.logged = parts.logged
    this.received = parts.received
    this.#leaderKey = leaderKey
    const first = parts.logged.frames[0]?.messages[0]?.message.seq ?? parts.logged.end.nextSeq
    this.sealed(first - 1)
    const { frames } = this
    this.snapshots = new FolderSnapshots({
      path: this.path,
      newest: () => this.#newest,
      frameAt: (seq) => frames.frameAt(seq)?.bytes,
    })
  }

  /** The leader that is followed; undefined before the first connection. */
  get leaderKey(): Uint8Array | undefined {
    return this.#leaderKey
  }

  /** From now on the folder follows this leader and no other. */
  async settleLeader(key: Uint8Array): Promise<void> {
    this.#leaderKey = key
    await this.#store.transact(() => this.#store.meta.setLeaderKey(key))
  }

  /** Message `seq` sealed the newest block, or made it the newest again. */
  sealed(seq: number): void {
    this.received.sealed(seq)
    this.#newest = seq < 0 ? undefined : { ...this.stored.state.head, seq }
  }

  /** Frames that were received, the newest perhaps not verified. */
  get frames(): FolderFrames {
    return new FolderFrames(this.#store)
  }

  /** Before it everything is verified. */
  get verifiedTip(): ChainTip {
    const first = this.logged.frames[0]?.frame
    if (first === undefined || this.#leaderKey === undefined) return this.logged.end
    const [bytes] = openFrame(first.bytes, createFrameVerifier(this.#leaderKey))
    const { seq, prevHash } = decodeMessage(bytes!)
    return { nextSeq: seq, latestHash: prevHash }
  }

  async close(): Promise<void> {
    await this.snapshots.close()
    await this.#store.close()
  }
}

/**
 * The folder's chain on an engine that reads the folder.
 * @throws GenesisMismatchError, StoreCorruptedError, FrameMismatchError, WrongLeaderKeyError
 */
export async function openFollowerFolder(
  { store: { path }, retention = DEFAULT_RETENTION, leaderKey: given }: FolderOptions,
  { store, genesis, engine }: { store: Store; genesis: Genesis; engine: Engine },
): Promise<FollowerFolder> {
  const { trie } = engine
  const stored = await StoredChain.open({ store, genesis, trie, retention })
  await showHead(engine, stored)
  const known = store.snapshot(() => store.meta.leaderKey)
  if (known !== undefined && given !== undefined && !equalBytes(known, given)) {
    throw new WrongLeaderKeyError(known, given)
  }
  const { head } = stored.state
  const mayRevert = genesis.config.isDevelopment === true
  const isGenesis = head.number === genesis.header.number
  const logged =
    known === undefined
      ? noFrames(head, isGenesis)
      : loggedFramesAbove(store, head, {
          verifier: createFrameVerifier(known),
          isGenesis,
          mayRevert,
        })
  const { nextSeq } = logged.end
  const openSeq = logged.frames[0]?.messages[0]?.message.seq ?? nextSeq
  const received = new ReceivedFrames(store, retention.log, { nextSeq, openSeq })
  const disk = new DiskChain(stored, () => received.write())
  const chain = new GenesisChain(genesis.config, disk)
  return new FollowerFolder(store, { path, stored, chain, logged, received }, known)
}

/** Until the next block opens, calls are as in the newest one. */
async function showHead(engine: Engine, stored: StoredChain): Promise<void> {
  const { header } = stored.head
  const { blocks } = stored.tables
  const withdrawals = stored.tables.snapshot(() => blocks.body(header.number))?.withdrawals
  const surroundings = { ommers: [], blockHashes: stored.recentHashes() }
  const context = blockContextOf(header, {
    ...surroundings,
    ...(withdrawals && { withdrawals }),
  })
  await engine.adoptBlock(context, [])
}
