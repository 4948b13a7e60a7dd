/**
 * Records of the journal: offsets, flags, and the region they are allocated from. An entry stands
 * where it is until the next execution begins, so that its address is a handle. Flags can be
 * undone (`undo-log.ts`); what is known of the state before the execution cannot, because a read
 * stays part of the read set whatever comes after it.
 *
 *   Account  0 flags  4 known  8 next (same bucket)  12 later (order of creation)  16 address[20]
 *     36 firstSlot  40 lastSlot  44 locations  64 hash u64
 *     72 required[32]  104 era  112 balanceDelta[32]  144 era  152 nonce u64  160 code u32
 *     184 balanceBase[32]  216 nonceBase[32]  248 codeBase[32]
 *   Slot  0 flags  4 known  8 next (same bucket)  12 later (same account)  16 account  20 location
 *     24 era  28 range  32 value[32]  64 era  72 transient[32]  104 key[32]  136 base[32]
 *
 * A field that the undo log keeps whole has 32 bytes, and its era in the word 8 bytes before it.
 */

import { haltHeapFull, journalBase, journalEnd, REGION_JOURNAL } from '../memory/heap'

/** Both kinds of entries. */
export const ENTRY_FLAGS = 0
const ENTRY_KNOWN = 4
export const ENTRY_NEXT = 8
export const ENTRY_LATER = 12

export const ACCOUNT_ADDRESS = 16
export const ACCOUNT_FIRST_SLOT = 36
export const ACCOUNT_LAST_SLOT = 40
/** The first of its locations in multi-version memory, 0 until one is needed. */
export const ACCOUNT_LOCATIONS = 44
export const ACCOUNT_HASH = 64
/** Least balance that the execution counts on before it. */
export const ACCOUNT_REQUIRED = 72
/** Field: what was added to the balance, in two's complement. */
export const ACCOUNT_DELTA = 112
/** Field: nonce and code of this execution; FLAG_NONCE and FLAG_CODE say whether there are any. */
export const ACCOUNT_IDENTITY = 152
export const ACCOUNT_NONCE = ACCOUNT_IDENTITY
export const ACCOUNT_CODE = ACCOUNT_IDENTITY + 8
/** Values before the execution, words as in multi-version memory; KNOWN_* say which are there. */
export const ACCOUNT_BALANCE_BASE = 184
export const ACCOUNT_NONCE_BASE = 216
export const ACCOUNT_CODE_BASE = 248
export const ACCOUNT_BYTES = 280
/** What a new entry has to clear, in whole words: behind it the flags say what may be read. */
export const ACCOUNT_CLEARED_BYTES: usize = 160

export const SLOT_ACCOUNT = 16
export const SLOT_LOCATION = 20
/** Range of a guessed value (guess.ts). */
export const SLOT_RANGE = 28
/** Field: current value, if FLAG_VALUE. */
export const SLOT_VALUE = 32
/** Field: value in transient storage (EIP-1153), if FLAG_TRANSIENT. */
export const SLOT_TRANSIENT = 72
export const SLOT_TRANSIENT_ERA = SLOT_TRANSIENT - 8
export const SLOT_KEY = 104
/** Value before the transaction, if KNOWN_VALUE. */
export const SLOT_BASE = 136
export const SLOT_BYTES = 168

/** Accessed in the sense of EIP-2929; accounts and slots. */
export const FLAG_WARM: u32 = 1
/** Touched in the sense of EIP-161. */
export const FLAG_TOUCHED: u32 = 2
export const FLAG_DESTROYED: u32 = 4
/** Created in this transaction (EIP-6780). */
export const FLAG_CREATED: u32 = 8
export const FLAG_NONCE: u32 = 16
export const FLAG_CODE: u32 = 32
/** Slots. */
export const FLAG_VALUE: u32 = 64
export const FLAG_TRANSIENT: u32 = 128

export const KNOWN_BALANCE: u32 = 1
export const KNOWN_NONCE: u32 = 2
export const KNOWN_CODE: u32 = 4
export const KNOWN_EPOCH: u32 = 8
/** Storage without code or nonce (EIP-7610); valid with KNOWN_EPOCH. */
export const HAS_ORPHAN_STORAGE: u32 = 16
/** A contract began here: slots met from now on hold zero before the transaction. */
export const HAS_NO_OLD_STORAGE: u32 = 32
/** Touched, and stays so whatever is reverted. */
export const TOUCHED_FOR_GOOD: u32 = 64
/** A transfer inside a contract counts on the balance. */
export const IS_COUNTED_ON: u32 = 1024
/** Accessed in the sense of EIP-2929, and be it in a frame that was reverted; also slots. */
export const WAS_ACCESSED: u32 = 2048
/** Slots. */
export const KNOWN_VALUE: u32 = 128
/** The value before the transaction is a guess, not a read; valid with KNOWN_VALUE. */
export const IS_GUESSED: u32 = 256
/** The guess looked through an ESTIMATE, or came from a shred. */
export const IS_UNCERTAIN: u32 = 512

const SCRATCH_BYTES: usize = 64

// Worker-local: the free part of the thread's journal region, behind two words of scratch.
let scratch: usize = 0
let next: usize = 0
let end: usize = 0

/** Empties the region. */
export function beginEntries(): void {
  scratch = journalBase()
  next = scratch + SCRATCH_BYTES
  end = journalEnd()
}

/** Two words for whoever computes inside the journal. */
@inline
export function journalScratch(): usize {
  return scratch
}

/** Address of `bytes` bytes, 8-aligned, with anything in them, until the next execution begins. */
export function allocateEntry(bytes: usize): usize {
  const size = (bytes + 7) & ~7
  if (size > end - next) haltHeapFull(REGION_JOURNAL)
  const entry = next
  next += size
  return entry
}

/** The same, zeroed. */
export function allocateCleared(bytes: usize): usize {
  const entry = allocateEntry(bytes)
  memory.fill(entry, 0, bytes)
  return entry
}

@inline
export function hasFlag(entry: usize, flag: u32): bool {
  return (load<u32>(entry, ENTRY_FLAGS) & flag) != 0
}

@inline
export function setFlag(entry: usize, flag: u32): void {
  store<u32>(entry, load<u32>(entry, ENTRY_FLAGS) | flag, ENTRY_FLAGS)
}

@inline
export function knows(entry: usize, flag: u32): bool {
  return (load<u32>(entry, ENTRY_KNOWN) & flag) != 0
}

@inline
export function clearKnown(entry: usize, flag: u32): void {
  store<u32>(entry, load<u32>(entry, ENTRY_KNOWN) & ~flag, ENTRY_KNOWN)
}

@inline
export function setKnown(entry: usize, flag: u32): void {
  store<u32>(entry, load<u32>(entry, ENTRY_KNOWN) | flag, ENTRY_KNOWN)
}
