/** Keccak-256 as Ethereum uses it, and the hashes of nothing that its structures refer to. */

import { hash } from '#keccak-256'
import { hexToBytes } from './bytes.ts'

/** The 32 bytes of the hash. In Node by the core's kernel, in a browser in JavaScript. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return hash(bytes)
}

/** Hash of empty bytes: the code hash of an account without code. Must not be mutated. */
export const EMPTY_CODE_HASH = hexToBytes(
  '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
)

/** Hash of RLP's empty string: the root of a trie without entries. Must not be mutated. */
export const EMPTY_TRIE_ROOT = hexToBytes(
  '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421',
)

/** Hash of RLP's empty list: the ommers hash of a block without ommers. Must not be mutated. */
export const EMPTY_LIST_HASH = hexToBytes(
  '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347',
)
