/**
 * Brings the blocks of a chain file into a data folder, one behind the other: each is checked and
 * executed like any block from elsewhere, and then stored in one transaction.
 */

import { decodeBlock } from '@shredcast/shared/chain/block-codec'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import { InvalidBlockError } from '@shredcast/shared/chain/rules/invalid-block'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { StoredStates } from '@shredcast/shared/state/stored-states'
import type { ChainParts, ChainPartsOptions } from '../node/chain-parts.ts'
import { openChainParts } from '../node/chain-parts.ts'
import { BlockImporter } from './block-importer.ts'
import { LINE_BLOCKS, storedLine } from './stored-line.ts'

/** A block that breaks a rule; those before it are in the folder. */
export class BlockRefusedError extends BaseError {
  override readonly name = 'Leader.BlockRefusedError'
}

/** A block of another chain, or of another branch of it, than the folder has. */
export class ForeignBlockError extends BaseError {
  override readonly name = 'Leader.ForeignBlockError'
}

/** A leader has streamed from the folder, and its subscribers would miss what is imported. */
export class StreamedFolderError extends BaseError {
  override readonly name = 'Leader.StreamedFolderError'
}

export interface ImportedBlock {
  readonly header: Header
  readonly hash: Uint8Array
  readonly txs: number
  /** It was in the folder already. */
  readonly isKnown: boolean
}

export class ChainImport {
  readonly #parts: ChainParts
  readonly #importer: BlockImporter

  private constructor(parts: ChainParts, importer: BlockImporter) {
    this.#parts = parts
    this.#importer = importer
  }

  /** @throws StreamedFolderError, and as `openChainParts` */
  static open(options: ChainPartsOptions): Promise<ChainImport> {
    const { config } = options.genesis
    return openChainParts(options, (parts) => {
      const { store, chain, engine } = parts
      if (store.shredLog.nextSeq > 0) {
        throw new StreamedFolderError(
          `a leader has made blocks in ${options.store.path} and streamed them: import into another ` +
            'folder',
        )
      }
      const importer = new BlockImporter({
        config,
        head: storedLine(chain, config),
        engine,
        states: new StoredStates(chain, engine.trie),
        depth: LINE_BLOCKS,
        isLoaded: true,
      })
      return new ChainImport(parts, importer)
    })
  }

  /** The newest block of the folder. */
  get head(): { readonly header: Header; readonly hash: Uint8Array } {
    return this.#parts.chain.head
  }

  /**
   * Takes the next block, RLP as in a chain file; one that the folder has is left as it is.
   * @throws BlockRefusedError, ForeignBlockError, StoreFullError
   */
  async take(bytes: Uint8Array): Promise<ImportedBlock> {
    const { header, transactions } = this.#decode(bytes)
    const { number } = header
    const hash = headerHash(header)
    const isKnown = number <= this.head.header.number
    if (isKnown) this.#assertKnown(number, hash)
    else await this.#import(bytes, number, hash)
    return { header, hash, txs: transactions.length, isKnown }
  }

  async close(): Promise<void> {
    await this.#parts.engine.close()
    await this.#parts.store.close()
  }

  #decode(bytes: Uint8Array) {
    try {
      return decodeBlock(bytes)
    } catch (cause) {
      if (!(cause instanceof BaseError)) throw cause
      const { number } = this.head.header
      throw new BlockRefusedError(`behind block ${number}: ${cause.shortMessage}`, { cause })
    }
  }

  #assertKnown(number: bigint, hash: Uint8Array): void {
    const { tables } = this.#parts.chain
    if (tables.snapshot(() => tables.blocks.numberOf(hash)) === number) return
    throw new ForeignBlockError(
      `block ${number} of the file, ${bytesToHex(hash)}, is not that of the folder: the file is of ` +
        'another chain or branch',
    )
  }

  async #import(bytes: Uint8Array, number: bigint, hash: Uint8Array): Promise<void> {
    try {
      await this.#importer.import(bytes)
    } catch (cause) {
      if (!(cause instanceof InvalidBlockError)) throw cause
      const { details } = cause
      throw new BlockRefusedError(`block ${number}, ${bytesToHex(hash)}: ${cause.reason}`, {
        cause,
        ...(details !== undefined && { details }),
      })
    }
  }
}
