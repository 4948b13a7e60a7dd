/**
 * What the host reads by itself, beside the workers: the state behind a committed step, as far as
 * it is cached. The rest it has from its own reader, so that who asks adds nothing to the cache.
 */

import { SCRATCH_ADDRESS, SCRATCH_KEY, SCRATCH_VALUE } from '../../src/layout/control'
import { KIND_SLOT, KIND_STORAGE_EPOCH } from '../../src/layout/records'
import { threadScratch } from '../memory/thread'
import { hasReader, isBaseKnown, isEmptied } from '../stm/base'
import { findLocation, NOWHERE } from '../stm/location'
import { hasWriter, resolve } from '../stm/resolve'
import { wordClear } from '../u256/word'

/**
 * Reads what step `txIndex`, below which all is committed, sees at the scratch's location into the
 * scratch. False: that is the value before the block, and the reader's to say.
 */
export function readCommitted(txIndex: u32, kind: u32): bool {
  const scratch = threadScratch()
  const location = locationOf(kind)
  wordClear(scratch + SCRATCH_VALUE)
  if (hasReader() && !isCached(location, txIndex, kind)) return false
  if (location != NOWHERE) resolve(location, txIndex, scratch + SCRATCH_VALUE)
  return true
}

@inline
function locationOf(kind: u32): usize {
  const scratch = threadScratch()
  return findLocation(kind, scratch + SCRATCH_ADDRESS, scratch + SCRATCH_KEY)
}

function isCached(location: usize, txIndex: u32, kind: u32): bool {
  if (location != NOWHERE && (isBaseKnown(location) || hasWriter(location, txIndex))) return true
  if (kind != KIND_SLOT) return false
  // Of a storage that was emptied, slots that nobody has written since are zero.
  const epoch = locationOf(KIND_STORAGE_EPOCH)
  return epoch != NOWHERE && (isEmptied(epoch) || hasWriter(epoch, txIndex))
}
