/**
 * The open block as the host's side of a worker needs it, in the CONTEXT region: the reference engine
 * executes by it. What the core's own EVM needs is in the environment (`block-environment.ts`).
 */

import { deserialize, serialize } from 'node:v8'
import type { BlockContext } from '../chain/block.ts'
import type { ChainConfig } from '../chain/chain-config.ts'
import { CONTEXT_BYTES } from '../layout/control.ts'
import { CONTEXT_OFFSET } from '../layout/memory-map.ts'
import type { CoreThread } from './core-thread.ts'
import { controlWord } from './core-thread.ts'

interface OpenBlock {
  readonly context: BlockContext
  /** Of a block of another chain than the engine's. */
  readonly config: ChainConfig | undefined
}

export function encodeOpenBlock(block: OpenBlock): Uint8Array {
  return serialize(block)
}

/** The block that the host has opened; any worker. */
export function readOpenBlock(thread: CoreThread): OpenBlock {
  const length = controlWord(thread, CONTEXT_BYTES)
  return deserialize(thread.bytes.slice(CONTEXT_OFFSET, CONTEXT_OFFSET + length))
}
