/** The records of locations before anybody finds them: what they are of, and no value. */

import {
  KIND_SLOT,
  LOCATION_ADDRESS,
  LOCATION_BYTES,
  LOCATION_EPOCH_LOCATION,
  LOCATION_KEY,
  LOCATION_KIND,
} from '../../src/layout/records'
import { wordCopy } from '../u256/word'

/** Of an account's four locations. */
export const ACCOUNT_LOCATIONS_BYTES: usize = KIND_SLOT * LOCATION_BYTES

const ADDRESS_BYTES: usize = 20

/** Makes zeroed memory the four locations of the account at `address`, in no table yet. */
export function describeAccount(account: usize, address: usize): void {
  for (let kind = 0; kind < KIND_SLOT; kind++) {
    const location = account + <usize>kind * LOCATION_BYTES
    store<u32>(location, kind, LOCATION_KIND)
    memory.copy(location + LOCATION_ADDRESS, address, ADDRESS_BYTES)
  }
}

/** Makes zeroed memory the location of a slot of the account whose storage epoch is given. */
export function describeSlot(slot: usize, key: usize, epochLocation: usize): void {
  store<u32>(slot, KIND_SLOT, LOCATION_KIND)
  store<u32>(slot, <u32>epochLocation, LOCATION_EPOCH_LOCATION)
  memory.copy(slot + LOCATION_ADDRESS, epochLocation + LOCATION_ADDRESS, ADDRESS_BYTES)
  wordCopy(slot + LOCATION_KEY, key)
}
