/**
 * What a block selector means. For states, `latest` and `pending` are behind the newest commit; for
 * blocks, `latest` is the newest sealed one, since an open block has no hash, and `pending` the open
 * one. `safe` and `finalized` are the newest sealed block in both.
 */

import type { BlockRecord } from '@shredcast/shared/chain/block-record'
import type { StateView } from '@shredcast/shared/chain/state-reader'
import type { ChainReader } from './backend.ts'
import type { BlockSelector } from './block-selector.ts'
import { RpcError, SERVER_ERROR } from './rpc-error.ts'

/** Undefined when there is no such block, or none any more. */
export function findBlock(chain: ChainReader, selector: BlockSelector): BlockRecord | undefined {
  if ('hash' in selector) return chain.blockByHash(selector.hash)
  if ('number' in selector) return sealed(chain.blockByNumber(selector.number))
  if (selector.tag === 'earliest') return chain.blockByNumber(0n)
  if (selector.tag === 'pending') return chain.openBlock ?? chain.head
  return chain.head
}

function sealed(block: BlockRecord | undefined): BlockRecord | undefined {
  return block?.hash === undefined ? undefined : block
}

/** @throws RpcError */
export function findState(chain: ChainReader, selector: BlockSelector): StateView {
  if (isNewest(selector)) return chain.latestState
  return requireState(chain, requireBlock(chain, selector))
}

/**
 * The state behind a sealed block.
 * @throws RpcError
 */
export function requireState(chain: ChainReader, { header }: BlockRecord): StateView {
  const state = chain.stateAt(header.number)
  if (state !== undefined) return state
  throw new RpcError(SERVER_ERROR, `state of block ${header.number} is not kept any more`)
}

export function isNewest(selector: BlockSelector): boolean {
  return 'tag' in selector && (selector.tag === 'latest' || selector.tag === 'pending')
}

/** @throws RpcError */
export function requireBlock(chain: ChainReader, selector: BlockSelector): BlockRecord {
  const block = findBlock(chain, selector)
  if (block !== undefined) return block
  throw new RpcError(SERVER_ERROR, 'header not found')
}

/** The number a tag stands for; a number may be of a block that is not there. */
export function blockNumberOf(
  chain: ChainReader,
  selector: Exclude<BlockSelector, { hash: Uint8Array }>,
): bigint {
  if ('number' in selector) return selector.number
  if (selector.tag === 'earliest') return 0n
  return (selector.tag === 'pending' ? (chain.openBlock ?? chain.head) : chain.head).header.number
}
