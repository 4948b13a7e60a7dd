/**
 * When a follower begins with a snapshot: when it was told to and has nothing yet, when one was begun
 * before, and, unless it may not, when the leader no longer has the messages that are due.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { RefusedError } from '@shredcast/protocol/client/stream-errors'
import { DEFAULT_ENGINE } from '@shredcast/shared/engine/engine-options'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { StoreOptions } from '@shredcast/shared/store/store'
import { Store } from '@shredcast/shared/store/store'
import { CHAIN_FILE } from '@shredcast/shared/store/tables'
import { hasUnfinishedSnapshot } from '../snapshot/snapshot-folder.ts'
import { takeSnapshot } from '../snapshot/take-snapshot.ts'
import type { FollowerOptions, StateSource } from './follower-options.ts'
import { BehindLogError } from './follower-options.ts'
import { checkChain, checkKey, trustOf } from './leader-trust.ts'

/** A snapshot is asked for that cannot be taken. */
export class SnapshotRefusedError extends BaseError {
  override readonly name = 'Follower.SnapshotRefusedError'
}

/** Why there is to be a snapshot, and what the folder knows that is to have it. */
export interface SnapshotCause {
  readonly reason: string
  readonly leaderKey?: Uint8Array | undefined
  /** Where its stream ends. */
  readonly nextSeq?: number
}

/** What the start of this follower has to take a snapshot for; undefined: nothing. */
export async function snapshotAtStart(
  options: FollowerOptions,
): Promise<SnapshotCause | undefined> {
  const { from, store, source } = options
  if (from === 'snapshot' && (store === undefined || source.type !== 'genesis')) {
    throw new SnapshotRefusedError('a snapshot needs a chain with a genesis, and a data folder')
  }
  if (store === undefined || !maySnapshot(options)) return undefined
  const isUnfinished = hasUnfinishedSnapshot(store.path)
  if (!isUnfinished && from !== 'snapshot') return undefined
  const { isNew, ...place } = await placeOf(store, source)
  if (isUnfinished) return { ...place, reason: 'one was begun before' }
  return isNew ? { ...place, reason: 'the folder is new' } : undefined
}

/** Whether the error says that the stream cannot be read from where the folder ends. */
export function isBehindLog(error: unknown): error is BehindLogError | RefusedError {
  return (
    error instanceof BehindLogError || (error instanceof RefusedError && error.code === 'tooOld')
  )
}

/** Whether this follower may take a snapshot of its own accord, and can. */
export function maySnapshot({ from = 'auto', store, source }: FollowerOptions): boolean {
  const isAllowed = from === 'auto' || from === 'snapshot'
  return isAllowed && store !== undefined && source.type === 'genesis'
}

/** Resolves when the folder has it, or the signal has fired. */
export async function startBySnapshot(
  options: FollowerOptions,
  cause: SnapshotCause,
  signal: AbortSignal,
): Promise<void> {
  const { url, snapshotUrl = url, source, store, engine = DEFAULT_ENGINE, token } = options
  if (store === undefined || source.type !== 'genesis') return
  if (!/^wss?:/.test(snapshotUrl)) {
    throw new SnapshotRefusedError(
      `${snapshotUrl} has no snapshots: name a leader or relay that has (--snapshot-url)`,
    )
  }
  const { genesis } = source
  await takeSnapshot(
    {
      ...{ url: snapshotUrl, genesis, store },
      ...(token !== undefined && { token }),
      reason: cause.reason,
      ...(cause.nextSeq !== undefined && { nextSeq: cause.nextSeq }),
      ...(options.onSnapshot && { onNews: options.onSnapshot }),
      async check(hello, genesisHash, known = cause.leaderKey) {
        checkChain(hello, { config: genesis.config, genesisHash }, engine)
        checkKey(hello, options.leaderKey ?? known)
        await trustOf(options, hello, known)
      },
    },
    signal,
  )
}

/** A folder is new while it has no block but the genesis, and has received nothing. */
async function placeOf(
  options: StoreOptions,
  source: StateSource,
): Promise<Omit<SnapshotCause, 'reason'> & { readonly isNew: boolean }> {
  if (!existsSync(join(options.path, CHAIN_FILE.name))) return { isNew: true }
  const firstNumber = source.type === 'genesis' ? source.genesis.header.number : 0n
  const store = await Store.open(options)
  try {
    return store.snapshot(() => {
      const { leaderKey, head } = store.meta
      const last = store.frames.last()
      const isNew = last === undefined && (head === undefined || head.number === firstNumber)
      return { leaderKey, isNew, ...(last && { nextSeq: last.lastSeq + 1 }) }
    })
  } finally {
    await store.close()
  }
}
