/** The rules for a block's ommers (Yellow Paper 11.1, geth's VerifyUncles). */

import { bytesToHex, equalBytes } from '../../primitives/bytes.ts'
import type { ChainConfig } from '../chain-config.ts'
import type { Header } from '../header.ts'
import { headerHash } from '../header.ts'
import { validateHeader } from './header-rules.ts'
import { InvalidBlockError } from './invalid-block.ts'

/** An ommer's parent lies so many generations back, or less. */
export const OMMER_GENERATIONS = 7
const OMMERS_MAX = 2

export interface Ancestor {
  readonly header: Header
  readonly hash: Uint8Array
  /** Hashes of the ommers that it includes. */
  readonly ommerHashes: readonly Uint8Array[]
}

/**
 * `ancestors` of the block, its parent first: OMMER_GENERATIONS of them, or all there are.
 * @throws InvalidBlockError
 */
export function validateOmmers(
  ommers: readonly Header[],
  ancestors: readonly Ancestor[],
  config: ChainConfig,
): void {
  if (ommers.length > OMMERS_MAX) {
    throw new InvalidBlockError('too many ommers', { details: String(ommers.length) })
  }
  const included = new Set(ancestors.flatMap(({ ommerHashes }) => ommerHashes.map(bytesToHex)))
  for (const ommer of ommers) {
    const hash = headerHash(ommer)
    const details = `ommer ${bytesToHex(hash)}`
    if (included.has(bytesToHex(hash))) {
      throw new InvalidBlockError('ommer included before', { details })
    }
    included.add(bytesToHex(hash))
    if (ancestors.some((ancestor) => equalBytes(ancestor.hash, hash))) {
      throw new InvalidBlockError('ommer is an ancestor', { details })
    }
    validateHeader(ommer, parentOf(ommer, ancestors, details), config)
  }
}

function parentOf(ommer: Header, ancestors: readonly Ancestor[], details: string): Header {
  const place = ancestors.findIndex(({ hash }) => equalBytes(hash, ommer.parentHash))
  if (place === 0) throw new InvalidBlockError('ommer is a sibling', { details })
  const parent = ancestors[place]
  if (parent === undefined) throw new InvalidBlockError('ommer of no recent ancestor', { details })
  return parent.header
}
