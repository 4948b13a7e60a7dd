/**
 * What the trie keeps of a location that blocks change: its hashed key, so that a location is
 * hashed once, and whether the open block's change of it is in the trie. One item for an account,
 * one for each slot, found by the location's address; they live until the state is evicted.
 *
 *   Item (STATE arena, beside code)  0 state  4 next  8 location  12 owner  16 fields
 *     32 hashed key[32]
 *
 * The location of an account's item is the first of its four, and it has no owner; a slot's owner
 * is the item of its account. The state is the block's epoch << 2 | stage; of another epoch it is
 * ITEM_UNSEEN:
 *
 *   Unseen --feedWrite--> Queued --takeStage--> Applied --feedWrite--> Late
 *   Applied --makeLate--> Late, when it cannot be applied before the block ends
 *   Late --takeStage--> Applied, when a root is computed
 *
 * So what a block writes many times is put into the trie twice: at its first write, when the way
 * to it is revealed and its leaf created, and with its last value.
 */

import { BLOCK_EPOCH } from '../../src/layout/control'
import {
  CONTROL_OFFSET,
  STATE_ARENA_OFFSET,
  TRIE_ITEMS_OFFSET,
} from '../../src/layout/memory-map'
import {
  KIND_SLOT,
  KIND_STORAGE_EPOCH,
  LOCATION_ADDRESS,
  LOCATION_BYTES,
  LOCATION_EPOCH_LOCATION,
  LOCATION_KEY,
} from '../../src/layout/records'
import { keccak256 } from '../keccak/keccak'
import { allocateCodeBytes } from '../memory/arena'
import { AtomicWord, atomicWord } from '../memory/atomic-word'
import { kernelScratch } from '../memory/thread'
import { kindOf } from '../stm/base'
import { wordToBytes } from '../u256/word'

const STATE: usize = 0
export const ITEM_NEXT: usize = 4
export const ITEM_LOCATION: usize = 8
export const ITEM_OWNER: usize = 12
/** Bits of the kinds of location that the block wrote and the trie does not have, of an account. */
export const ITEM_FIELDS: usize = 16
export const ITEM_KEY: usize = 32
const ITEM_BYTES: usize = 64

const ITEM_UNSEEN: u32 = 0
const ITEM_QUEUED: u32 = 1
const ITEM_APPLIED: u32 = 2
const ITEM_LATE: u32 = 3
const STAGE_BITS: u32 = 2
const STAGE_MASK: u32 = (1 << STAGE_BITS) - 1

/** A location's records are at least so many bytes apart, of which this is the logarithm. */
const PLACE_SHIFT: usize = 7
const ADDRESS_BYTES: usize = 20
/** Behind the parts of the trie's other files. */
const KEY_BYTES_OFFSET: usize = 1536

/** The list that a written item has to be put on. */
export const LIST_NONE: u32 = 0
export const LIST_EARLY: u32 = 1
const LIST_LATE: u32 = 2

@inline
function itemPlace(location: usize): AtomicWord {
  const place = (location - STATE_ARENA_OFFSET) >> PLACE_SHIFT
  return atomicWord(<usize>TRIE_ITEMS_OFFSET + (place << 2))
}

/** The first location of the account that the location belongs to. */
function accountLocation(location: usize): usize {
  const kind = <usize>kindOf(location)
  if (kind != KIND_SLOT) return location - kind * LOCATION_BYTES
  const epoch = <usize>load<u32>(location, LOCATION_EPOCH_LOCATION)
  return epoch - KIND_STORAGE_EPOCH * LOCATION_BYTES
}

/** The item of the slot, or of the account; 0 when there is none. Any thread. */
export function findItem(location: usize): usize {
  const isSlot = kindOf(location) == KIND_SLOT
  return <usize>itemPlace(isSlot ? location : accountLocation(location)).load()
}

/** The same, created if there is none. */
export function itemOf(location: usize): usize {
  const account = accountLocation(location)
  const owner = kindOf(location) == KIND_SLOT ? itemOf(account) : 0
  const own = owner == 0 ? account : location
  const place = itemPlace(own)
  const found = <usize>place.load()
  if (found != 0) return found
  const item = allocateCodeBytes(ITEM_BYTES)
  memory.fill(item, 0, ITEM_BYTES)
  store<u32>(item, <u32>own, ITEM_LOCATION)
  store<u32>(item, <u32>owner, ITEM_OWNER)
  hashKey(own, owner != 0, item + ITEM_KEY)
  return place.replace(0, <u32>item) ? item : <usize>place.load()
}

function hashKey(location: usize, isSlot: bool, out: usize): void {
  if (!isSlot) {
    keccak256(out, location + LOCATION_ADDRESS, ADDRESS_BYTES)
    return
  }
  const key = kernelScratch() + KEY_BYTES_OFFSET
  wordToBytes(key, location + LOCATION_KEY)
  keccak256(out, key, 32)
}

@inline
function stateOf(item: usize): AtomicWord {
  return atomicWord(item + STATE)
}

@inline
function stateWord(stage: u32): u32 {
  return (load<u32>(CONTROL_OFFSET + BLOCK_EPOCH) << STAGE_BITS) | stage
}

@inline
function stageOf(state: u32): u32 {
  return (state & ~STAGE_MASK) == stateWord(ITEM_UNSEEN) ? state & STAGE_MASK : ITEM_UNSEEN
}

/**
 * The block has written the item's location, of `kind`; says which list it has to be put on. Any
 * thread.
 */
export function noteWrite(item: usize, kind: u32): u32 {
  // Before the state is looked at: whoever applies the item changes the state first.
  if (kind != KIND_SLOT) atomicWord(item + ITEM_FIELDS).setBits(1 << kind)
  const word = stateOf(item)
  while (true) {
    const seen = word.load()
    const stage = stageOf(seen)
    if (stage == ITEM_QUEUED || stage == ITEM_LATE) return LIST_NONE
    const isFirst = stage == ITEM_UNSEEN
    if (!word.replace(seen, stateWord(isFirst ? ITEM_QUEUED : ITEM_LATE))) continue
    return isFirst ? LIST_EARLY : LIST_LATE
  }
}

/** The item is about to be applied, with the value that is read from here on. */
@inline
export function takeStage(item: usize): void {
  stateOf(item).store(stateWord(ITEM_APPLIED))
}

/** The applied item is to be applied once more; false when somebody else has said so. */
@inline
export function makeLate(item: usize): bool {
  return stateOf(item).replace(stateWord(ITEM_APPLIED), stateWord(ITEM_LATE))
}

/** Whether the trie may hold what the block wrote there. */
@inline
export function isInTrie(item: usize): bool {
  return stageOf(stateOf(item).load()) >= ITEM_APPLIED
}

/** The block is taken back: a later one begins with other values. */
@inline
export function forget(item: usize): void {
  stateOf(item).store(stateWord(ITEM_UNSEEN))
  atomicWord(item + ITEM_FIELDS).store(0)
}
