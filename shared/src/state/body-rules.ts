/** What a header says of its block's content: what can be seen at once, and what execution shows. */

import type { Block } from '../chain/block-codec.ts'
import { ommersHashOf } from '../chain/block-codec.ts'
import type { BlockSummary } from '../chain/block-content.ts'
import type { Hardfork } from '../chain/hardforks.ts'
import { isAtLeast } from '../chain/hardforks.ts'
import type { Header } from '../chain/header.ts'
import type { BlockFault } from '../chain/rules/invalid-block.ts'
import { InvalidBlockError } from '../chain/rules/invalid-block.ts'
import { equalBytes } from '../primitives/bytes.ts'
import { differencesFromHeader } from './block-summary.ts'

/** EIP-7934: 10 MiB less 2 MiB for the consensus layer's part. */
const BLOCK_BYTES_MAX = 8 * 1024 * 1024

const FAULT_OF_FIELD: Readonly<Record<SummaryField, BlockFault>> = {
  transactionsRoot: 'wrong transactions root',
  withdrawalsRoot: 'wrong withdrawals root',
  gasUsed: 'wrong gas used',
  logsBloom: 'wrong logs bloom',
  receiptsRoot: 'wrong receipts root',
  blobGasUsed: 'wrong blob gas used',
  requestsHash: 'wrong requests hash',
  stateRoot: 'wrong state root',
}

type Summary = BlockSummary & Pick<Header, 'stateRoot'>
type SummaryField = keyof Summary

/**
 * What needs no execution, but for the roots. `encodedBytes`: length of the block's RLP.
 * @throws InvalidBlockError
 */
export function validateBody(block: Block, encodedBytes: number, fork: Hardfork): void {
  if (isAtLeast(fork, 'osaka') && encodedBytes > BLOCK_BYTES_MAX) {
    throw new InvalidBlockError('block too large', { details: `${encodedBytes} bytes` })
  }
  const { header, ommers, withdrawals } = block
  const hasWithdrawals = isAtLeast(fork, 'shanghai')
  if (hasWithdrawals && withdrawals === undefined) {
    throw new InvalidBlockError('withdrawals missing')
  }
  if (!hasWithdrawals && withdrawals !== undefined) {
    throw new InvalidBlockError('withdrawals before Shanghai')
  }
  if (!equalBytes(header.ommersHash, ommersHashOf(ommers))) {
    throw new InvalidBlockError('wrong ommers hash')
  }
}

/**
 * Compares what the header says with what the block came to, in order of the summary's fields.
 * @throws InvalidBlockError
 */
export function validateSummary(header: Header, summary: Partial<Summary>): void {
  const [first] = differencesFromHeader(header, summary)
  if (first === undefined) return
  const { field, expected, got } = first
  const details = `${expected} in the header, found ${got}`
  throw new InvalidBlockError(FAULT_OF_FIELD[field as SummaryField], { details })
}
