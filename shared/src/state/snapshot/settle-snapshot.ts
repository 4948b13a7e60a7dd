/** The last step of loading a snapshot: the store becomes that of a chain whose newest block it has. */

import type { Header } from '../../chain/header.ts'
import { headerHash } from '../../chain/header.ts'
import { transactionHash } from '../../chain/transaction.ts'
import type { StoredFrame } from '../../store/repositories/frame-repository.ts'
import type { Store } from '../../store/store.ts'
import type { CompleteGenesis } from '../genesis-block.ts'
import type { SealedBlock } from '../store-block.ts'

export interface LoadedSnapshot {
  readonly genesis: CompleteGenesis
  /** Up to the snapshot's block, ascending. */
  readonly headers: readonly { readonly header: Header; readonly hash: Uint8Array }[]
  readonly block: SealedBlock
  /** Where the stream goes on. */
  readonly frame: StoredFrame
  readonly leaderKey: Uint8Array
}

/** In one transaction; older states, and the content of older blocks, are not there. */
export function settleSnapshot(store: Store, snapshot: LoadedSnapshot): Promise<void> {
  const { genesis, headers, block, frame, leaderKey } = snapshot
  const { number } = block.header
  const hash = headerHash(block.header)
  const genesisHash = headerHash(genesis.header)
  const genesisBody = {
    transactions: [],
    ommers: [],
    ...(genesis.header.withdrawalsRoot && { withdrawals: [] }),
  }
  return store.transact(() => {
    const { blocks, meta } = store
    for (const older of headers) blocks.putHeader(older.header, older.hash)
    blocks.put({ header: genesis.header, hash: genesisHash, body: genesisBody, receipts: [] })
    blocks.put({ ...block, hash })
    for (const [index, bytes] of block.body.transactions.entries()) {
      store.transactions.put(transactionHash(bytes), { blockNumber: number, index })
    }
    store.frames.put(frame)
    meta.setGenesisHash(genesisHash)
    meta.setConfig(genesis.config)
    meta.setHistoryStart(number)
    meta.setHead({ number, hash })
    meta.setLeaderKey(leaderKey)
    meta.removeSnapshot()
  })
}
