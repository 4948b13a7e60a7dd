/**
 * Locations of a call that the table does not have: records in the journal's region, which the call
 * alone sees and which end with it. Their values before the block are loaded like any other's.
 */

import { LOCATION_BYTES } from '../../src/layout/records'
import { ACCOUNT_LOCATIONS_BYTES, describeAccount, describeSlot } from '../stm/location-record'
import { allocateCleared } from './entries'

/** The first of the four locations of the account at `address` (20 bytes). */
export function ownAccount(address: usize): usize {
  const account = allocateCleared(ACCOUNT_LOCATIONS_BYTES)
  describeAccount(account, address)
  return account
}

/** The location of the slot `key` (a word) of the account whose storage epoch is given. */
export function ownSlot(key: usize, epochLocation: usize): usize {
  const slot = allocateCleared(LOCATION_BYTES)
  describeSlot(slot, key, epochLocation)
  return slot
}
