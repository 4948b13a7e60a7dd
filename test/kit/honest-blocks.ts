/** Whole blocks of a chain, as the leader's builder makes them. */

import type { Block } from '@shredcast/shared/chain/block-codec'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { Engine } from '@shredcast/shared/engine/engine'
import { genesisStream } from './honest-stream.ts'
import { SMALL_CHAIN_BENEFICIARY } from './small-chain.ts'

/** The first blocks of a chain, given the transactions of each; all must be valid. */
export async function honestBlocks(
  engine: Engine,
  genesis: Genesis,
  transactionsOfBlocks: readonly (readonly Uint8Array[])[],
  beneficiary: Uint8Array = SMALL_CHAIN_BENEFICIARY,
): Promise<Block[]> {
  const drafts = await genesisStream(engine, genesis, transactionsOfBlocks, beneficiary)
  const headers = drafts.flatMap((draft) => (draft.type === 'blockSealed' ? [draft.header] : []))
  return headers.map((header, index) => {
    const transactions = transactionsOfBlocks[index] ?? []
    return { header, transactions, ommers: [], withdrawals: [] }
  })
}
