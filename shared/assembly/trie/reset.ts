/** Emptying the trie. */

import { TRIE_LANES_OFFSET } from '../../src/layout/memory-map'
import {
  LANE_COUNT,
  LANE_STRIDE,
  PHASE_IDLE,
  PHASE_SHIFT,
  TRIE_AHEAD_COUNT,
  TRIE_CHUNKS,
  TRIE_FAULT,
  TRIE_FED_INDEX,
  TRIE_GENERATION,
  TRIE_IS_FED,
  TRIE_IS_FINAL,
  TRIE_LARGE_COUNT,
  TRIE_STAGED_BYTES,
  TRIE_STATE,
  TRIE_WAS_SINGLE,
} from '../../src/layout/trie'
import { atomicWord } from '../memory/atomic-word'
import { trieWord } from './lane'

/** Forgets all nodes and changes. No computation is running. */
export function resetTrie(): void {
  memory.fill(TRIE_LANES_OFFSET, 0, LANE_COUNT * LANE_STRIDE)
  atomicWord(trieWord(TRIE_CHUNKS)).store(0)
  atomicWord(trieWord(TRIE_LARGE_COUNT)).store(0)
  atomicWord(trieWord(TRIE_FAULT)).store(0)
  atomicWord(trieWord(TRIE_STATE)).store(PHASE_IDLE << PHASE_SHIFT)
  atomicWord(trieWord(TRIE_AHEAD_COUNT)).store(0)
  atomicWord(trieWord(TRIE_FED_INDEX)).store(0)
  store<u32>(trieWord(TRIE_IS_FED), 0)
  store<u32>(trieWord(TRIE_IS_FINAL), 0)
  store<u32>(trieWord(TRIE_GENERATION), 1)
  store<u32>(trieWord(TRIE_STAGED_BYTES), 0)
  store<u32>(trieWord(TRIE_WAS_SINGLE), 0)
}
