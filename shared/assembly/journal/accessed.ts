/**
 * The accounts and slots that an execution accessed in the sense of EIP-2929, also in frames that
 * were reverted, in the form of an access list (layout/message.ts). From Berlin on.
 */

import { ACCESS_KEYS, ACCESS_SLOT_COUNT } from '../../src/layout/message'
import { precompileAt } from '../precompiles/precompile'
import { wordCopy } from '../u256/word'
import {
  ACCOUNT_ADDRESS,
  ACCOUNT_FIRST_SLOT,
  allocateEntry,
  ENTRY_LATER,
  FLAG_CREATED,
  hasFlag,
  knows,
  SLOT_KEY,
  WAS_ACCESSED,
} from './entries'
import { firstAccount } from './lookup'

const ADDRESS_BYTES: usize = 20
const KEY_BYTES: usize = 32

// Worker-local: accounts in the last list.
let count: u32 = 0

@inline
export function encodedCount(): u32 {
  return count
}

/** Address of the list, in the journal region; accounts and slots in the order they were met. */
export function encodeAccessed(): usize {
  const encoded = allocateEntry(encodedBytes())
  let to = encoded
  count = 0
  for (let account = firstAccount(); account != 0; account = load<u32>(account, ENTRY_LATER)) {
    if (!isListed(account)) continue
    count++
    memory.copy(to, account + ACCOUNT_ADDRESS, ADDRESS_BYTES)
    store<u32>(to, slotCount(account), ACCESS_SLOT_COUNT)
    to += ACCESS_KEYS
    let slot = <usize>load<u32>(account, ACCOUNT_FIRST_SLOT)
    for (; slot != 0; slot = load<u32>(slot, ENTRY_LATER)) {
      if (!knows(slot, WAS_ACCESSED)) continue
      wordCopy(to, slot + SLOT_KEY)
      to += KEY_BYTES
    }
  }
  return encoded
}

function encodedBytes(): usize {
  let bytes: usize = 0
  for (let account = firstAccount(); account != 0; account = load<u32>(account, ENTRY_LATER)) {
    if (isListed(account)) bytes += ACCESS_KEYS + <usize>slotCount(account) * KEY_BYTES
  }
  return bytes
}

/** Precompiles, and what the transaction creates, are warm without a list. */
function isListed(account: usize): bool {
  if (!knows(account, WAS_ACCESSED) || hasFlag(account, FLAG_CREATED)) return false
  return precompileAt(account + ACCOUNT_ADDRESS) == 0
}

function slotCount(account: usize): u32 {
  let slots: u32 = 0
  let slot = <usize>load<u32>(account, ACCOUNT_FIRST_SLOT)
  for (; slot != 0; slot = load<u32>(slot, ENTRY_LATER)) slots += u32(knows(slot, WAS_ACCESSED))
  return slots
}
