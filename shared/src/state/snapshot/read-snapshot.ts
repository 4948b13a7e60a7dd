/**
 * A snapshot as it is read from a store, a chunk at a time: each from a snapshot of LMDB's of its own, so
 * that nothing is held between two of them, and always of the same block, as long as its state is kept.
 */

import { BLOCK_HASH_COUNT } from '../../chain/block.ts'
import { encodeHeader } from '../../chain/header.ts'
import { concatBytes } from '../../primitives/bytes.ts'
import { keccak256 } from '../../primitives/keccak.ts'
import { afterPrefix } from '../../store/keys.ts'
import type { StoreTables } from '../../store/store.ts'
import type { SnapshotEntry } from './snapshot-entry.ts'
import { ACCOUNT, BLOCK, CODE, encodeEntry, SLOT } from './snapshot-entry.ts'
import type { SnapshotPlace } from './snapshot-place.ts'
import { decodePlace } from './snapshot-place.ts'
import { accountsAt, slotsAt } from './state-at-block.ts'

/** About so long is a chunk: reading it takes tens of milliseconds of a thread. */
const CONTENT_BYTES = 256 * 1024

/** Of the block's content in one entry. */
const PIECE_BYTES = 64 * 1024

export interface SnapshotContent {
  readonly content: Uint8Array
  /** Keccak-256 of it. */
  readonly checksum: Uint8Array
  readonly isLast: boolean
}

export interface SnapshotHeaders {
  /** RLP of the block's header, behind those of the blocks before it that BLOCKHASH may ask for. */
  readonly headers: readonly Uint8Array[]
  /** About so many entries are to come. */
  readonly entryCount: number
}

/** Undefined when the block, or its state, is not there any more. */
export function readHeaders(tables: StoreTables, hash: Uint8Array): SnapshotHeaders | undefined {
  return tables.snapshot(() => {
    const number = keptNumber(tables, hash)
    if (number === undefined) return undefined
    const headers: Uint8Array[] = []
    for (let at = number; at >= 0n && at > number - BLOCK_HASH_COUNT; at--) {
      const header = tables.blocks.header(at)
      if (header === undefined) break
      headers.unshift(encodeHeader(header))
    }
    return { headers, entryCount: tables.stateEntryCount() }
  })
}

/**
 * The entries behind `after`, as many as a chunk has; undefined when the block, its content or its state
 * is not there any more.
 * @throws InvalidSnapshotError when `after` is no place
 */
export function readContent(
  tables: StoreTables,
  hash: Uint8Array,
  after: Uint8Array,
  contentBytes: number = CONTENT_BYTES,
): SnapshotContent | undefined {
  const place = decodePlace(after)
  return tables.snapshot(() => {
    const number = keptNumber(tables, hash)
    const block = number === undefined ? undefined : tables.blocks.contentBytes(number)
    if (number === undefined || block === undefined) return undefined
    const entries: Uint8Array[] = []
    let bytesLeft = contentBytes
    let isLast = true
    for (const entry of entriesAfter(tables, number, place, block)) {
      if (bytesLeft <= 0) {
        isLast = false
        break
      }
      const encoded = encodeEntry(entry)
      entries.push(encoded)
      bytesLeft -= encoded.length
    }
    const content = concatBytes(...entries)
    return { content, checksum: keccak256(content), isLast }
  })
}

/** By its hash: a development chain may have gone back and have another block of that number. */
function keptNumber({ blocks, meta }: StoreTables, hash: Uint8Array): bigint | undefined {
  const number = blocks.numberOf(hash)
  const { head, historyStart } = meta
  if (number === undefined || head === undefined || historyStart === undefined) return undefined
  return number >= historyStart && number <= head.number ? number : undefined
}

function* entriesAfter(
  tables: StoreTables,
  number: bigint,
  place: SnapshotPlace,
  block: { readonly body: Uint8Array; readonly receipts: Uint8Array },
): Generator<SnapshotEntry> {
  const { kind } = place
  if (kind === 'start' || kind === CODE) {
    const start = kind === CODE ? afterPrefix(place.hash) : Uint8Array.of(0)
    for (const { code } of start ? tables.codes.all(start) : []) yield { kind: CODE, code }
  }
  if (kind === ACCOUNT) yield* slotsBehind(tables, number, place.address, new Uint8Array(0))
  if (kind === SLOT) {
    const start = afterPrefix(place.key)
    if (start !== undefined) yield* slotsBehind(tables, number, place.address, start)
  }
  if (kind !== BLOCK) {
    const isInAccounts = kind === ACCOUNT || kind === SLOT
    const start = isInAccounts ? afterPrefix(place.address) : new Uint8Array(1)
    if (start !== undefined) yield* accountsBehind(tables, number, start)
  }
  yield* piecesOf(blockContent(block), kind === BLOCK ? place.offset : 0)
}

function* accountsBehind(
  tables: StoreTables,
  number: bigint,
  start: Uint8Array,
): Generator<SnapshotEntry> {
  for (const { key: address, value: account } of accountsAt(tables, number, start)) {
    yield { kind: ACCOUNT, address, account }
    if (account.hasStorage) yield* slotsBehind(tables, number, address, new Uint8Array(0))
  }
}

function* slotsBehind(
  tables: StoreTables,
  number: bigint,
  address: Uint8Array,
  start: Uint8Array,
): Generator<SnapshotEntry> {
  for (const slot of slotsAt(tables, number, { address, start })) yield { kind: SLOT, ...slot }
}

/** Length of the body (4 bytes), body, receipts, as they are stored. */
function blockContent({ body, receipts }: { body: Uint8Array; receipts: Uint8Array }): Uint8Array {
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, body.length)
  return concatBytes(length, body, receipts)
}

function* piecesOf(content: Uint8Array, offset: number): Generator<SnapshotEntry> {
  for (let at = offset; at < content.length; at += PIECE_BYTES) {
    yield { kind: BLOCK, bytes: content.subarray(at, at + PIECE_BYTES) }
  }
}
