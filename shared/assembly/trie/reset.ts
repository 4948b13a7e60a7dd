/** Emptying the trie. */

import { TRIE_LANES_OFFSET } from '../../src/layout/memory-map'
import {
  LANE_COUNT,
  LANE_STRIDE,
  TRIE_CHUNKS,
  TRIE_GENERATION,
  TRIE_IS_FULL,
  TRIE_LARGE_COUNT,
  TRIE_STAGED_BYTES,
  TRIE_WAS_SINGLE,
} from '../../src/layout/trie'
import { atomicWord } from '../memory/atomic-word'
import { trieWord } from './lane'

/** Forgets all nodes and changes. No computation is running. */
export function resetTrie(): void {
  memory.fill(TRIE_LANES_OFFSET, 0, LANE_COUNT * LANE_STRIDE)
  atomicWord(trieWord(TRIE_CHUNKS)).store(0)
  atomicWord(trieWord(TRIE_LARGE_COUNT)).store(0)
  atomicWord(trieWord(TRIE_IS_FULL)).store(0)
  store<u32>(trieWord(TRIE_GENERATION), 1)
  store<u32>(trieWord(TRIE_STAGED_BYTES), 0)
  store<u32>(trieWord(TRIE_WAS_SINGLE), 0)
}
