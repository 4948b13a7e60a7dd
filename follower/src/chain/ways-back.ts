/** What a follower of a development chain keeps of verified blocks, so that the chain may go back. */

import type { ChainReverted } from '@shredcast/protocol/wire/messages'
import { BLOCK_HASH_COUNT } from '@shredcast/shared/chain/block'
import { REVERTED_BLOCKS_MAX } from '@shredcast/shared/chain/block-edits'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { Engine } from '@shredcast/shared/engine/engine'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import type { Difference } from '../apply/difference.ts'
import { difference } from '../apply/difference.ts'

export class WaysBack {
  readonly #isAllowed: boolean
  /** Of the newest blocks by number; none where the chain never goes back. */
  readonly #headers = new Map<bigint, Header>()

  constructor({ isDevelopment }: ChainConfig, head: Header) {
    this.#isAllowed = isDevelopment === true
    this.note(head)
  }

  /** A block is verified. */
  note(header: Header): void {
    if (!this.#isAllowed) return
    this.#headers.set(header.number, header)
    this.#headers.delete(header.number - REVERTED_BLOCKS_MAX - 1n)
  }

  /** The verified header that the message names, or what is wrong with it. */
  to({ number, hash }: ChainReverted): Header | Difference {
    if (!this.#isAllowed) return notAllowed('revert')
    const header = this.#headers.get(number)
    const own = header && headerHash(header)
    if (own !== undefined && equalBytes(own, hash)) return header!
    return difference('revert', { kind: 'message', field: 'hash' }, own, hash)
  }

  forgetAbove(number: bigint): void {
    for (const kept of [...this.#headers.keys()]) if (kept > number) this.#headers.delete(kept)
  }

  /** Hashes that the child of `header` may ask for. */
  hashesBehind({ number }: Header): [bigint, Uint8Array][] {
    return [...this.#headers.values()]
      .filter((header) => header.number <= number && header.number > number - BLOCK_HASH_COUNT)
      .map((header) => [header.number, headerHash(header)])
  }
}

/** Only a development chain may say this. */
export function notAllowed(what: 'edits' | 'revert'): Difference {
  return difference('context', { kind: 'message', field: what }, 'nothing on this chain', what)
}

/**
 * Puts declared values into the engine and its trie; returns the root behind them, which tells whether
 * they are the right ones. The trie has them before the block feeds it.
 */
export async function editState(
  engine: Engine,
  changes: readonly StateChange[],
): Promise<Uint8Array> {
  await engine.editState(changes)
  engine.trie.apply(changes)
  return engine.trie.root()
}
