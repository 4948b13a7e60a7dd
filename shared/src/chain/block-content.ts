/** What a block holds beside its header, and what the header says of it. */

import type { Withdrawal } from './block.ts'
import type { Hardfork } from './hardforks.ts'
import type { Header } from './header.ts'
import type { Receipt } from './receipt.ts'

export interface BlockContent {
  readonly fork: Hardfork
  /** Signed bytes, in order. */
  readonly transactions: readonly Uint8Array[]
  readonly receipts: readonly Receipt[]
  /** State roots behind the transactions; before Byzantium receipts hold them (EIP-658). */
  readonly postStates?: readonly Uint8Array[]
  readonly withdrawals: readonly Withdrawal[]
  /** EIP-7685 requests, type byte first, in order of type. */
  readonly requests: readonly Uint8Array[]
}

export type BlockSummary = Pick<
  Header,
  'gasUsed' | 'logsBloom' | 'transactionsRoot' | 'withdrawalsRoot' | 'blobGasUsed' | 'requestsHash'
> & {
  /** Absent before Byzantium where the content has no `postStates`. */
  readonly receiptsRoot?: Uint8Array
}
