/**
 * A snapshot as it is loaded into a store that holds nothing else: a chunk is one transaction, and with
 * it the place where loading goes on. The trie grows with each chunk, so that the root at the end says
 * whether all of it was right.
 */

import type { ChainConfig } from '../../chain/chain-config.ts'
import { hardforkAt } from '../../chain/chain-config.ts'
import type { Header } from '../../chain/header.ts'
import { headerHash } from '../../chain/header.ts'
import type { Receipt } from '../../chain/receipt.ts'
import type { StoredTrie } from '../../chain/state-trie.ts'
import { bytesToHex, concatBytes, equalBytes } from '../../primitives/bytes.ts'
import type { BlockBody } from '../../store/repositories/body-codec.ts'
import { decodeBody } from '../../store/repositories/body-codec.ts'
import { decodeReceipts } from '../../store/repositories/receipts-codec.ts'
import type { Store } from '../../store/store.ts'
import { summarizeBlock } from '../block-summary.ts'
import { validateBody, validateSummary } from '../body-rules.ts'
import type { SealedBlock } from '../store-block.ts'
import { decodeEntries, InvalidSnapshotError } from './snapshot-entry.ts'
import { changesOf, SnapshotOrder } from './snapshot-order.ts'
import { encodePlace } from './snapshot-place.ts'
import type { SnapshotProgress } from './snapshot-progress.ts'
import { decodeProgress, encodeProgress, NO_PROGRESS } from './snapshot-progress.ts'

/** Bytes of trie nodes that stay in memory behind a chunk. */
const TRIE_BYTES = 256 * 2 ** 20

/** Of a block with its receipts; a block has 64 MiB of log data at most at 8 gas a byte. */
const BLOCK_CONTENT_BYTES_MAX = 256 * 2 ** 20

export interface SnapshotLoaderOptions {
  readonly store: Store
  /** The loader's from here on; what was in it is forgotten. */
  readonly trie: StoredTrie
  /** Entries that are taken at most. */
  readonly entriesMax: number
}

/** A chunk that is right as far as it can be told without what is stored. */
export interface SnapshotChunkRead {
  readonly order: SnapshotOrder
  readonly byteCount: number
  /** Behind it. */
  readonly after: Uint8Array
}

export class SnapshotLoader {
  readonly #options: SnapshotLoaderOptions
  readonly #pieces: Uint8Array[] = []
  #progress: SnapshotProgress

  /** Goes on where the store was left. */
  constructor(options: SnapshotLoaderOptions) {
    const { store, trie } = options
    const stored = store.snapshot(() => store.meta.snapshotProgress)
    this.#options = options
    this.#progress = stored === undefined ? NO_PROGRESS : decodeProgress(stored)
    trie.readFrom({ node: (place) => store.snapshot(() => store.trieNodes.node(place)) })
    trie.open(this.#progress.root)
  }

  /** Behind what is loaded, as a server takes it. */
  get after(): Uint8Array {
    return encodePlace(this.#progress.place)
  }

  get entryCount(): number {
    return this.#progress.entryCount
  }

  get byteCount(): number {
    return this.#progress.byteCount
  }

  /**
   * Reads the next chunk from an untrusted sender, which is then to be taken.
   * @throws InvalidSnapshotError
   */
  read(content: Uint8Array): SnapshotChunkRead {
    const { place, wantsSlot, entryCount } = this.#progress
    const order = new SnapshotOrder(place, wantsSlot)
    for (const entry of decodeEntries(content)) order.add(entry)
    const { part } = order
    this.#checkBounds(part.entryCount, entryCount + part.entryCount)
    return { order, byteCount: content.length, after: encodePlace(order.place) }
  }

  /**
   * Stores the chunk that was read last.
   * @throws InvalidSnapshotError when code of an account is missing
   * @throws StoreFullError
   */
  async take({ order, byteCount: addedBytes }: SnapshotChunkRead): Promise<void> {
    const { store, trie } = this.#options
    const { part, place, wantsSlot } = order
    const entryCount = this.#progress.entryCount + part.entryCount
    const byteCount = this.#progress.byteCount + addedBytes
    this.#addPieces(part.pieces)
    this.#progress = await store.transact(() => {
      for (const { hash, code } of part.codes) store.codes.add(hash, code)
      for (const { address, account } of part.accounts) store.accounts.put(address, account)
      for (const { address, key, value } of part.slots) store.slots.put(address, key, value)
      trie.apply(changesOf(part, (hash) => store.codes.get(hash)))
      trie.writeOut(store.trieNodes)
      const taken = { root: trie.root(), entryCount, byteCount, wantsSlot, place }
      store.meta.setSnapshotProgress(encodeProgress(taken))
      return taken
    })
    trie.prune(TRIE_BYTES)
  }

  /**
   * Checks that all of it came and is the state behind `header`; the block's content, which it came with.
   * @throws InvalidSnapshotError
   */
  finish(header: Header, config: ChainConfig): SealedBlock {
    const { root, wantsSlot } = this.#progress
    if (wantsSlot)
      throw new InvalidSnapshotError('the snapshot ends before the slots of an account')
    if (!equalBytes(root, header.stateRoot)) {
      throw new InvalidSnapshotError(
        `the snapshot has the state root ${bytesToHex(root)}, its block ${header.number} ` +
          bytesToHex(header.stateRoot),
      )
    }
    return blockOf(header, config, concatBytes(...this.#pieces))
  }

  #checkBounds(addedCount: number, entryCount: number): void {
    const { entriesMax } = this.#options
    if (addedCount === 0) throw new InvalidSnapshotError('a chunk of the snapshot is empty')
    if (entryCount <= entriesMax) return
    throw new InvalidSnapshotError(
      `the snapshot has more than the ${entriesMax} entries that were announced, and room to spare`,
    )
  }

  #addPieces(pieces: readonly Uint8Array[]): void {
    this.#pieces.push(...pieces)
    const length = this.#pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (length <= BLOCK_CONTENT_BYTES_MAX) return
    throw new InvalidSnapshotError(`the snapshot's block is over ${BLOCK_CONTENT_BYTES_MAX} bytes`)
  }
}

/** Before Byzantium a receipts root cannot be computed from receipts: it has states between them. */
function blockOf(header: Header, config: ChainConfig, content: Uint8Array): SealedBlock {
  try {
    const bodyEnd = 4 + new DataView(content.buffer, content.byteOffset).getUint32(0)
    const body: BlockBody = decodeBody(content.subarray(4, bodyEnd))
    const receipts = withOwnGas(decodeReceipts(content.subarray(bodyEnd)))
    const fork = hardforkAt(config, header.number, header.timestamp)
    const { transactions, withdrawals } = body
    if (receipts.length !== transactions.length)
      throw new InvalidSnapshotError('receipts are missing')
    validateBody({ header, ...body }, 0, fork)
    const { requestsHash: _, ...summary } = summarizeBlock({
      ...{ fork, transactions, receipts, withdrawals: withdrawals ?? [], requests: [] },
    })
    validateSummary(header, summary)
    return { header, body, receipts }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `the snapshot's block ${bytesToHex(headerHash(header))} has another content: ${why}`
    throw new InvalidSnapshotError(message, { cause })
  }
}

/** What the receipts root does not say follows from what it says. */
function withOwnGas(receipts: readonly Receipt[]): Receipt[] {
  return receipts.map((receipt, index) => {
    const gasBefore = receipts[index - 1]?.cumulativeGasUsed ?? 0n
    return { ...receipt, gasUsed: receipt.cumulativeGasUsed - gasBefore }
  })
}
