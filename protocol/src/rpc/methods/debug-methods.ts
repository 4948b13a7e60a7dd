/** Blocks, transactions and receipts in their encoding. */

import type { BlockRecord } from '@shredcast/shared/chain/block-record'
import { hardforkAt } from '@shredcast/shared/chain/chain-config'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { encodeHeader } from '@shredcast/shared/chain/header'
import { encodeReceipt } from '@shredcast/shared/chain/receipt'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { requireBlock } from '../find-block.ts'
import type { MethodTable, RpcContext } from '../method.ts'
import type { Params } from '../params.ts'
import { RpcError, SERVER_ERROR } from '../rpc-error.ts'
import { encodedBlock } from '../shapes/block-json.ts'
import { rawTransaction } from './block-methods.ts'

export const debugMethods: MethodTable = {
  debug_getRawHeader: {
    least: 1,
    most: 1,
    run: (params, context) => bytesToHex(encodeHeader(sealedBlock(params, context).header)),
  },
  debug_getRawBlock: {
    least: 1,
    most: 1,
    run: (params, context) => bytesToHex(encodedBlock(sealedBlock(params, context))),
  },
  debug_getRawTransaction: { least: 1, most: 1, run: rawTransaction },
  /** What is not valid is never kept. */
  debug_getBadBlocks: { least: 0, most: 0, run: () => [] },
  debug_getRawReceipts: { least: 1, most: 1, run: rawReceipts },
}

/** An open block has no header to encode. */
function sealedBlock(params: Params, { backend }: RpcContext): BlockRecord {
  const block = requireBlock(backend.chain, params.block(0))
  if (block.hash !== undefined) return block
  throw new RpcError(SERVER_ERROR, 'the pending block has no encoding before it is sealed')
}

async function rawReceipts(params: Params, context: RpcContext) {
  const { header, transactions } = sealedBlock(params, context)
  const fork = hardforkAt(context.backend.chain.config, header.number, header.timestamp)
  if (!isAtLeast(fork, 'byzantium')) {
    throw new RpcError(
      SERVER_ERROR,
      'receipts before Byzantium hold state roots, which are not kept',
    )
  }
  const receipts: string[] = []
  for (const { receipt } of transactions) {
    receipts.push(bytesToHex(encodeReceipt(receipt, fork)))
    await context.yieldTurn()
  }
  return receipts
}
