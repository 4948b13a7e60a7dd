/**
 * Sealed blocks and their states as a data folder has them, in the shape in which they are shown. The
 * folder has neither senders nor hashes of transactions: each is found when it is asked for.
 */

import type { BlockRecord, TransactionRecord } from '@shredcast/shared/chain/block-record'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { headerHash } from '@shredcast/shared/chain/header'
import type { Receipt } from '@shredcast/shared/chain/receipt'
import type { StateView } from '@shredcast/shared/chain/state-reader'
import { decodeTransaction, transactionHash } from '@shredcast/shared/chain/transaction'
import { senderOnChain } from '@shredcast/shared/engine/sender'
import { assert } from '@shredcast/shared/primitives/assert'
import type { OlderBlocks } from '@shredcast/shared/state/recent-chain'
import { StateUnavailableError } from '@shredcast/shared/state/state-readers'
import type { StoredChain } from '@shredcast/shared/state/stored-chain'

export function storedBlocks({ tables, state }: StoredChain, config: ChainConfig): OlderBlocks {
  return {
    block: (number) => tables.snapshot(() => readBlock(tables, number, config)),
    numberOf: (hash) => tables.snapshot(() => tables.blocks.numberOf(hash)),
    placeOf: (hash) => tables.snapshot(() => tables.transactions.placeOf(hash)),
    stateAt: (number) => stateAt(state, number),
  }
}

function stateAt(state: StoredChain['state'], number: bigint): StateView | undefined {
  try {
    return state.at(number)
  } catch (error) {
    if (error instanceof StateUnavailableError) return undefined
    throw error
  }
}

function readBlock(
  { blocks, edits }: StoredChain['tables'],
  number: bigint,
  config: ChainConfig,
): BlockRecord | undefined {
  const header = blocks.header(number)
  const body = blocks.body(number)
  const receipts = blocks.receipts(number)
  // Of blocks before a snapshot there is the header at most.
  if (header === undefined || body === undefined || receipts === undefined) return undefined
  const { withdrawals } = body
  let logCount = 0
  const transactions = body.transactions.map((bytes, index) => {
    const receipt = receipts[index]
    assert(receipt !== undefined, 'a block is stored with its receipts')
    const startingLogIndex = logCount
    logCount += receipt.logs.length
    return new StoredTransaction({ bytes, index, receipt, startingLogIndex }, config)
  })
  const edited = config.isDevelopment ? edits.get(number) : undefined
  return {
    ...{ header, hash: headerHash(header), transactions },
    ...(withdrawals && { withdrawals }),
    ...(edited && { edited }),
  }
}

class StoredTransaction implements TransactionRecord {
  readonly bytes: Uint8Array
  readonly index: number
  readonly receipt: Receipt
  readonly startingLogIndex: number
  readonly #config: ChainConfig

  constructor(stored: Omit<TransactionRecord, 'hash' | 'sender'>, config: ChainConfig) {
    this.bytes = stored.bytes
    this.index = stored.index
    this.receipt = stored.receipt
    this.startingLogIndex = stored.startingLogIndex
    this.#config = config
  }

  get hash(): Uint8Array {
    return transactionHash(this.bytes)
  }

  get sender(): Uint8Array {
    const sender = senderOnChain(decodeTransaction(this.bytes), this.#config)
    assert(sender !== undefined, 'a transaction of a block has a sender')
    return sender
  }
}
