/**
 * The open block as the host's side of a worker needs it, in the CONTEXT region: the reference engine
 * executes by it. What the core's own EVM needs is in the environment (`block-environment.ts`).
 */

import { deserialize, serialize } from 'node:v8'
import type { BlockContext } from '../chain/block.ts'
import type { ChainConfig } from '../chain/chain-config.ts'
import { CONTEXT_BYTES } from '../layout/control.ts'
import { CONTEXT_BYTES_MAX, CONTEXT_OFFSET } from '../layout/memory-map.ts'
import { BlockTooLargeError } from './block-options.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord } from './core-thread.ts'

interface OpenBlock {
  readonly context: BlockContext
  /** Of a block of another chain than the engine's. */
  readonly config: ChainConfig | undefined
}

/** @throws BlockTooLargeError */
export function encodeOpenBlock(block: OpenBlock): Uint8Array {
  const encoded = serialize(block)
  if (encoded.length <= CONTEXT_BYTES_MAX) return encoded
  throw new BlockTooLargeError(
    `the block's context has ${encoded.length} bytes, more than ${CONTEXT_BYTES_MAX}`,
  )
}

/** The block that the host has opened; any worker. */
export function readOpenBlock(thread: CoreThread): OpenBlock {
  const length = controlWord(thread, CONTEXT_BYTES)
  return deserialize(thread.bytes.slice(CONTEXT_OFFSET, CONTEXT_OFFSET + length))
}
