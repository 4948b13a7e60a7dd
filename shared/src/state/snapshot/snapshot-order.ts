/**
 * The entries of a snapshot as they must come: in their order, each once, slots behind accounts that have
 * some. What is taken from them is what the store and the trie are told.
 */

import type { StateChange } from '../../chain/state-change.ts'
import { bytesToHex, compareBytes, equalBytes } from '../../primitives/bytes.ts'
import { EMPTY_CODE_HASH, keccak256 } from '../../primitives/keccak.ts'
import type { StoredAccount } from '../../store/repositories/account-repository.ts'
import type { SnapshotEntry } from './snapshot-entry.ts'
import { ACCOUNT, BLOCK, CODE, InvalidSnapshotError, SLOT } from './snapshot-entry.ts'
import type { SnapshotPlace } from './snapshot-place.ts'

/** What a chunk brings. */
export interface SnapshotPart {
  readonly codes: { readonly hash: Uint8Array; readonly code: Uint8Array }[]
  readonly accounts: { readonly address: Uint8Array; readonly account: StoredAccount }[]
  readonly slots: SlotOfAccount[]
  /** Of the block's content. */
  readonly pieces: Uint8Array[]
  entryCount: number
}

interface SlotOfAccount {
  readonly address: Uint8Array
  readonly key: Uint8Array
  readonly value: Uint8Array
}

type EntryOf<Kind> = SnapshotEntry & { readonly kind: Kind }

export class SnapshotOrder {
  #place: SnapshotPlace
  #wantsSlot: boolean
  readonly part: SnapshotPart = { codes: [], accounts: [], slots: [], pieces: [], entryCount: 0 }

  constructor(place: SnapshotPlace, wantsSlot: boolean) {
    this.#place = place
    this.#wantsSlot = wantsSlot
  }

  get place(): SnapshotPlace {
    return this.#place
  }

  get wantsSlot(): boolean {
    return this.#wantsSlot
  }

  /** @throws InvalidSnapshotError when another entry is due */
  add(entry: SnapshotEntry): void {
    this.part.entryCount++
    if (this.#wantsSlot && entry.kind !== SLOT) throw this.#misplaced('an account lacks its slots')
    if (entry.kind === CODE) this.#addCode(entry)
    else if (entry.kind === ACCOUNT) this.#addAccount(entry)
    else if (entry.kind === SLOT) this.#addSlot(entry)
    else this.#addPiece(entry)
  }

  #addCode({ code }: EntryOf<typeof CODE>): void {
    const place = this.#place
    const hash = keccak256(code)
    const isNext =
      place.kind === 'start' || (place.kind === CODE && compareBytes(place.hash, hash) < 0)
    if (!isNext || code.length === 0) throw this.#misplaced(`code ${bytesToHex(hash)}`)
    this.part.codes.push({ hash, code: code.slice() })
    this.#place = { kind: CODE, hash }
  }

  #addAccount(entry: EntryOf<typeof ACCOUNT>): void {
    const place = this.#place
    const address = entry.address.slice()
    const isInAccounts = place.kind === ACCOUNT || place.kind === SLOT
    const isNext = isInAccounts ? compareBytes(place.address, address) < 0 : place.kind !== BLOCK
    if (!isNext) throw this.#misplaced(`account ${bytesToHex(address)}`)
    this.part.accounts.push({ address, account: entry.account })
    this.#wantsSlot = entry.account.hasStorage
    this.#place = { kind: ACCOUNT, address }
  }

  #addSlot(entry: EntryOf<typeof SLOT>): void {
    const place = this.#place
    const key = entry.key.slice()
    const isNext =
      (place.kind === ACCOUNT && this.#wantsSlot) ||
      (place.kind === SLOT && compareBytes(place.key, key) < 0)
    if (!isNext) throw this.#misplaced(`slot ${bytesToHex(key)}`)
    const { address } = place
    this.part.slots.push({ address, key, value: entry.value })
    this.#wantsSlot = false
    this.#place = { kind: SLOT, address, key }
  }

  #addPiece({ bytes }: EntryOf<typeof BLOCK>): void {
    if (bytes.length === 0) throw this.#misplaced('an empty piece of the block')
    const offset = this.#place.kind === BLOCK ? this.#place.offset : 0
    this.part.pieces.push(bytes.slice())
    this.#place = { kind: BLOCK, offset: offset + bytes.length }
  }

  #misplaced(what: string): InvalidSnapshotError {
    return new InvalidSnapshotError(`the snapshot is out of order: ${what}`)
  }
}

/**
 * The part as a trie takes it; `codeOf` gives code by its hash.
 * @throws InvalidSnapshotError when code is missing
 */
export function changesOf(
  { accounts, slots }: SnapshotPart,
  codeOf: (hash: Uint8Array) => Uint8Array | undefined,
): StateChange[] {
  const changes = accounts.map(({ address, account }): StateChange => {
    const { nonce, balance, codeHash, isRecorded } = account
    const isEmpty = equalBytes(codeHash, EMPTY_CODE_HASH)
    const code = isEmpty ? new Uint8Array(0) : codeOf(codeHash)
    if (code === undefined) {
      throw new InvalidSnapshotError(
        `account ${bytesToHex(address)} has code ${bytesToHex(codeHash)}, which did not come`,
      )
    }
    return { address, nonce, balance, ...(isRecorded && { code }), slots: [] }
  })
  for (const run of runsOf(slots)) changes.push({ address: run[0]!.address, slots: run })
  return changes
}

/** Slots of one account after the other. */
function runsOf(slots: readonly SlotOfAccount[]): SlotOfAccount[][] {
  const runs: SlotOfAccount[][] = []
  for (const slot of slots) {
    const run = runs.at(-1)
    if (run !== undefined && equalBytes(run[0]!.address, slot.address)) run.push(slot)
    else runs.push([slot])
  }
  return runs
}
