/** Hashes that the environment and the transaction know. */

import { ENV_BLOCK_HASHES, ENV_NUMBER } from '../../src/layout/environment'
import { blobCount, blobHashes } from '../interpreter/machine'
import { environment } from '../memory/thread'
import { wordClear, wordCopy, wordFitsLong, wordLong } from '../u256/word'

/** Blocks back from the open one that BLOCKHASH knows. */
const HASH_WINDOW: u64 = 256

/** The number gives way to the hash. */
export function blockHash(sp: usize): void {
  const number = wordLong(sp)
  const current = load<u64>(environment() + ENV_NUMBER)
  if (!wordFitsLong(sp) || number >= current || current - number > HASH_WINDOW) wordClear(sp)
  else wordCopy(sp, (<usize>(number & 255) << 5) + environment() + ENV_BLOCK_HASHES)
}

/** EIP-4844. The index gives way to the hash. */
export function blobHash(sp: usize): void {
  const index = wordLong(sp)
  if (!wordFitsLong(sp) || index >= <u64>blobCount()) wordClear(sp)
  else wordCopy(sp, blobHashes() + (<usize>index << 5))
}
