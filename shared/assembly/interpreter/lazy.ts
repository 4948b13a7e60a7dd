/**
 * Follows guessed slot values (journal/guess.ts) through the operand stack, instruction by
 * instruction, while there is one on it. A *tag* says that the word at a place of the stack is the
 * guess of a slot plus an amount that does not depend on it. Additions and subtractions keep the
 * tag, comparisons narrow the range of the guess, and an SSTORE to its own slot is a lazy update.
 * Any other use of the word settles the guess: it becomes a read.
 *
 * Within its range the guess plus the amount never wraps around, so that a comparison with a word
 * comes out the same for every value of the range that it narrows to.
 *
 *   Tag  0 place on the stack  4 slot
 */

import { SCRATCH_TAGS, SCRATCH_TAGS_MAX } from '../../src/layout/control'
import { ENV_OPCODES } from '../../src/layout/environment'
import { FRAME_STACK_BASE } from '../../src/layout/frame'
import {
  OP_ADD,
  OP_DUP1,
  OP_EQ,
  OP_GT,
  OP_ISZERO,
  OP_LT,
  OP_POP,
  OP_SSTORE,
  OP_SUB,
  OP_SWAP1,
} from '../../src/layout/opcodes'
import { ENV_OFFSET } from '../../src/layout/memory-map'
import { SLOT_BASE } from '../journal/entries'
import { isGuessed, lowerHigh, raiseLow, settleGuess } from '../journal/guess'
import { slotAt } from '../journal/slot'
import { threadScratch } from '../memory/thread'
import {
  wordAdd,
  wordClear,
  wordEquals,
  wordIsZero,
  wordLess,
  wordSet,
  wordSubtract,
} from '../u256/word'
import { accountOf } from './frame'

const TAG_SLOT: usize = 4
const TAG_BYTES: usize = 8

// Worker-local: the tags of the message, and the slot whose SSTORE is about to be a lazy one.
let tagCount: u32 = 0
let storing: usize = 0

@inline
function tagsBase(): usize {
  return threadScratch() + SCRATCH_TAGS
}

/** Words behind the tags, for amounts and bounds. */
@inline
function scratch(): usize {
  return tagsBase() + TAG_BYTES * SCRATCH_TAGS_MAX
}

export function clearTags(): void {
  tagCount = 0
  storing = 0
}

@inline
export function hasTags(): bool {
  return tagCount != 0
}

/** The word at `place` is the guess of `slot` plus an amount. */
export function tag(place: usize, slot: usize): void {
  if (tagCount == SCRATCH_TAGS_MAX) {
    settleGuess(slot)
    return
  }
  const at = tagsBase() + <usize>tagCount * TAG_BYTES
  store<u32>(at, <u32>place)
  store<u32>(at, <u32>slot, TAG_SLOT)
  tagCount++
}

/** The place of the tag that is nearest to the top of the stack, which is at `sp`, or `limit`. */
export function nearestTag(sp: usize, limit: usize): usize {
  let nearest = limit
  for (let i: u32 = 0; i < tagCount; i++) {
    const place = <usize>load<u32>(tagsBase() + <usize>i * TAG_BYTES)
    if (place >= sp && place < nearest) nearest = place
  }
  return nearest
}

/** Forgets the tags of words that are no longer on the stack whose top is at `sp`. */
function dropTagsAbove(sp: usize): void {
  let kept: u32 = 0
  for (let i: u32 = 0; i < tagCount; i++) {
    const at = tagsBase() + <usize>i * TAG_BYTES
    if (<usize>load<u32>(at) < sp || !isGuessed(load<u32>(at, TAG_SLOT))) continue
    store<u64>(tagsBase() + <usize>kept * TAG_BYTES, load<u64>(at))
    kept++
  }
  tagCount = kept
}

/** The guessed slot behind the word at `place`, or 0. */
function tagAt(place: usize): usize {
  for (let i: u32 = 0; i < tagCount; i++) {
    const at = tagsBase() + <usize>i * TAG_BYTES
    if (<usize>load<u32>(at) != place) continue
    const slot = <usize>load<u32>(at, TAG_SLOT)
    return isGuessed(slot) ? slot : 0
  }
  return 0
}

/** Takes the tag of the word at `place`, which the instruction consumes: its slot, or 0. */
function takeTag(place: usize): usize {
  const slot = tagAt(place)
  let kept: u32 = 0
  for (let i: u32 = 0; i < tagCount; i++) {
    const at = tagsBase() + <usize>i * TAG_BYTES
    if (<usize>load<u32>(at) == place) continue
    store<u64>(tagsBase() + <usize>kept * TAG_BYTES, load<u64>(at))
    kept++
  }
  tagCount = kept
  return slot
}

/** A frame has ended; of the stack there is what stands above `sp`. */
export function endTagsOfFrame(sp: usize): void {
  storing = 0
  if (tagCount != 0) dropTagsAbove(sp)
}

/** What instruction `op`, about to run in `frame` on the stack at `sp`, does to the tags. */
export function followTags(op: u32, sp: usize, frame: usize): void {
  dropTagsAbove(sp)
  const inputs = inputsOf(op)
  // One that will fault must not reach for words of the frames below.
  if (tagCount == 0 || (<usize>load<u32>(frame, FRAME_STACK_BASE) - sp) >> 5 < inputs) return
  if (op - OP_DUP1 < 16) duplicate(sp, <usize>(op - OP_DUP1))
  else if (op - OP_SWAP1 < 16) swap(sp, <usize>(op - OP_SWAP1) + 1)
  else if (op == OP_POP) takeTag(sp)
  else if (op == OP_ADD || op == OP_SUB) followSum(op, sp)
  else if (op == OP_LT || op == OP_GT || op == OP_EQ || op == OP_ISZERO) followComparison(op, sp)
  else if (op == OP_SSTORE) followStore(sp, accountOf(frame))
  else settleInputs(sp, inputs)
}

/** Words that the instruction needs on the stack; 0xffff for an undefined one. */
@inline
function inputsOf(op: u32): usize {
  return <usize>((load<u64>((<usize>op << 3) + (ENV_OFFSET + ENV_OPCODES)) >> 16) & 0xffff)
}

function duplicate(sp: usize, depth: usize): void {
  const slot = tagAt(sp + depth * 32)
  if (slot != 0) tag(sp - 32, slot)
}

function swap(sp: usize, depth: usize): void {
  const top = takeTag(sp)
  const other = takeTag(sp + depth * 32)
  if (top != 0) tag(sp + depth * 32, top)
  if (other != 0) tag(sp, other)
}

function settleInputs(sp: usize, inputs: usize): void {
  for (let i: usize = 0; i < inputs; i++) settle(takeTag(sp + i * 32))
}

function settle(slot: usize): void {
  if (slot != 0 && isGuessed(slot)) settleGuess(slot)
}

function followSum(op: u32, sp: usize): void {
  const first = takeTag(sp)
  const second = takeTag(sp + 32)
  if (first != 0 && second == 0) {
    const sum = scratch()
    if (op == OP_ADD) wordAdd(sum, sp, sp + 32)
    else wordSubtract(sum, sp, sp + 32)
    keepFromWrapping(first, sum)
    tag(sp + 32, first)
  } else if (second != 0 && first == 0 && op == OP_ADD) {
    const sum = scratch()
    wordAdd(sum, sp, sp + 32)
    keepFromWrapping(second, sum)
    tag(sp + 32, second)
  } else {
    settle(first)
    settle(second)
  }
}

/** Narrows the range to the guesses that come to a sum on the same side of 2^256 as this one. */
function keepFromWrapping(slot: usize, sum: usize): void {
  const base = slot + SLOT_BASE
  const bound = sum + 32
  if (wordLess(sum, base)) {
    wordSubtract(bound, base, sum)
    raiseLow(slot, bound)
  } else {
    // The greatest word less the amount that was added.
    wordSubtract(bound, base, sum)
    wordDecrement(bound)
    lowerHigh(slot, bound)
  }
}

function wordDecrement(word: usize): void {
  const one = word + 32
  wordSet(one, 1)
  wordSubtract(word, word, one)
}

function followComparison(op: u32, sp: usize): void {
  const first = takeTag(sp)
  if (op == OP_ISZERO) {
    const zero = scratch()
    wordClear(zero)
    if (first != 0) narrowByEquality(first, sp, zero)
    return
  }
  const second = takeTag(sp + 32)
  if (first != 0 && second != 0) {
    settle(first)
    settle(second)
  } else if (first != 0) {
    narrow(op, first, sp, sp + 32)
  } else if (second != 0) {
    narrow(op == OP_LT ? OP_GT : op == OP_GT ? OP_LT : op, second, sp + 32, sp)
  }
}

/** `value` of `slot` is compared with `other` by `op`: LT, GT or EQ. */
function narrow(op: u32, slot: usize, value: usize, other: usize): void {
  if (op == OP_EQ) narrowByEquality(slot, value, other)
  else if (op == OP_LT && wordLess(value, other)) staysBelow(slot, value, other)
  else if (op == OP_LT) staysFrom(slot, value, other)
  else if (wordLess(other, value)) staysAbove(slot, value, other)
  else staysUpTo(slot, value, other)
}

function narrowByEquality(slot: usize, value: usize, other: usize): void {
  if (wordEquals(value, other)) settle(slot)
  else if (wordLess(value, other)) staysBelow(slot, value, other)
  else staysAbove(slot, value, other)
}

function staysFrom(slot: usize, value: usize, other: usize): void {
  const room = scratch() + 32
  wordSubtract(room, value, other)
  mayFallBy(slot, room)
}

function staysAbove(slot: usize, value: usize, other: usize): void {
  const room = scratch() + 32
  wordSubtract(room, value, other)
  wordDecrement(room)
  mayFallBy(slot, room)
}

function staysUpTo(slot: usize, value: usize, other: usize): void {
  const room = scratch() + 32
  wordSubtract(room, other, value)
  mayRiseBy(slot, room)
}

function staysBelow(slot: usize, value: usize, other: usize): void {
  const room = scratch() + 32
  wordSubtract(room, other, value)
  wordDecrement(room)
  mayRiseBy(slot, room)
}

function mayFallBy(slot: usize, room: usize): void {
  const base = slot + SLOT_BASE
  if (wordLess(base, room)) return
  wordSubtract(room, base, room)
  raiseLow(slot, room)
}

function mayRiseBy(slot: usize, room: usize): void {
  if (!wordAdd(room, room, slot + SLOT_BASE)) lowerHigh(slot, room)
}

/**
 * An SSTORE of a tagged word to its own slot. Gas and refunds look at which of the values are zero,
 * so that neither the guess nor the new value may be, anywhere in the range.
 */
function followStore(sp: usize, account: usize): void {
  settle(takeTag(sp))
  const value = sp + 32
  const slot = takeTag(value)
  if (slot == 0) return
  const base = slot + SLOT_BASE
  if (slotAt(account, sp) != slot || wordIsZero(base) || wordIsZero(value)) {
    settle(slot)
    return
  }
  const zero = scratch()
  wordClear(zero)
  staysAbove(slot, base, zero)
  staysAbove(slot, value, zero)
  storing = slot
}

/** Whether the SSTORE to `slot` that runs now is a lazy update; asked once by each SSTORE. */
export function takeLazyStore(slot: usize): bool {
  const isLazy = storing == slot && slot != 0
  storing = 0
  return isLazy
}
