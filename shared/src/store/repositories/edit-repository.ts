/**
 * What was changed by hand before a block of a development chain, as long as the block can be executed
 * again. RLP, a list for each account; what may be absent is a list of no or one item, and of code an
 * empty list in it says that nothing of the account is left:
 *
 *   [address, [balance], [nonce], [code], [] or [[]] for cleared storage, [[key, value], ...]]
 */

import type { FieldCodec } from '../../chain/rlp-fields.ts'
import { anyBytes, listOf, uint64, uint256 } from '../../chain/rlp-fields.ts'
import type { SlotChange, StateChange } from '../../chain/state-change.ts'
import type { RlpItem } from '../../primitives/rlp.ts'
import { decodeRlp, encodeRlp } from '../../primitives/rlp.ts'
import { numberKey } from '../keys.ts'
import type { Table } from '../table.ts'

const FIELDS = 6
/** Blocks whose edits are removed at a time at most. */
const PRUNED = 1024

export class EditRepository {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  /** Undefined where nothing was changed by hand, or it is not kept any more. */
  get(number: bigint): StateChange[] | undefined {
    const bytes = this.#table.get(numberKey(number))
    return bytes && listOf(decodeRlp(bytes)).map(decodeChange)
  }

  put(number: bigint, changes: readonly StateChange[]): void {
    this.#table.put(numberKey(number), encodeRlp(changes.map(encodeChange)))
  }

  remove(number: bigint): void {
    this.#table.remove(numberKey(number))
  }

  /** Removes those of blocks up to `last`, the oldest first; much takes several calls. */
  prune(last: bigint): void {
    const keys: Uint8Array[] = []
    for (const { key } of this.#table.range(numberKey(0n), numberKey(last + 1n))) {
      if (keys.length === PRUNED) break
      keys.push(key)
    }
    for (const key of keys) this.#table.remove(key)
  }
}

function encodeChange(change: StateChange): RlpItem {
  const { address, balance, nonce, code, storageCleared, slots } = change
  return [
    address,
    optional(balance, uint256),
    optional(nonce, uint64),
    code === null ? [[]] : optional(code, anyBytes),
    storageCleared ? [[]] : [],
    slots.map(({ key, value }) => [key, value]),
  ]
}

function decodeChange(item: RlpItem): StateChange {
  const [address, balance, nonce, code, cleared, slots] = listOf(item, FIELDS) as RlpItem[]
  const [given] = listOf(code!)
  const isDeleted = given !== undefined && !(given instanceof Uint8Array)
  return {
    address: anyBytes.decode(address!),
    ...present('balance', balance!, uint256),
    ...present('nonce', nonce!, uint64),
    ...(isDeleted ? { code: null } : present('code', code!, anyBytes)),
    ...(listOf(cleared!).length > 0 && { storageCleared: true as const }),
    slots: listOf(slots!).map(decodeSlot),
  }
}

function decodeSlot(item: RlpItem): SlotChange {
  const [key, value] = listOf(item, 2)
  return { key: anyBytes.decode(key!), value: anyBytes.decode(value!) }
}

function optional<T>(value: T | undefined, codec: FieldCodec<T>): RlpItem {
  return value === undefined ? [] : [codec.encode(value)]
}

function present<Key extends string, T>(key: Key, item: RlpItem, codec: FieldCodec<T>) {
  const [value] = listOf(item)
  const field = value === undefined ? {} : { [key]: codec.decode(value) }
  return field as { [K in Key]?: T }
}
