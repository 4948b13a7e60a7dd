/** The few facts about the whole store: which chain it is of, where its head is, what it still has. */

import type { ChainConfig } from '../../chain/chain-config.ts'
import { bytesToHex, concatBytes, hexToBytes } from '../../primitives/bytes.ts'
import { numberAt, numberKey } from '../keys.ts'
import type { Table } from '../table.ts'

export interface Head {
  readonly number: bigint
  readonly hash: Uint8Array
}

const encoder = new TextEncoder()
const SCHEMA = encoder.encode('schema')
const GENESIS = encoder.encode('genesis')
const CONFIG = encoder.encode('config')
const HEAD = encoder.encode('head')
const HISTORY = encoder.encode('history')
const LEADER = encoder.encode('leader')
const SNAPSHOT = encoder.encode('snapshot')
const SNAPSHOT_PROGRESS = encoder.encode('snapshot progress')

const NUMBER_BYTES = 8

export class MetaRepository {
  readonly #table: Table

  constructor(table: Table) {
    this.#table = table
  }

  /** Undefined in a new folder. */
  get schema(): number | undefined {
    const bytes = this.#table.get(SCHEMA)
    return bytes && Number(numberAt(bytes))
  }

  setSchema(version: number): void {
    this.#table.put(SCHEMA, numberKey(BigInt(version)))
  }

  /** Hash of block 0. */
  get genesisHash(): Uint8Array | undefined {
    return this.#table.get(GENESIS)
  }

  setGenesisHash(hash: Uint8Array): void {
    this.#table.put(GENESIS, hash)
  }

  get config(): ChainConfig | undefined {
    const bytes = this.#table.get(CONFIG)
    return bytes && JSON.parse(new TextDecoder().decode(bytes), revived)
  }

  setConfig(config: ChainConfig): void {
    this.#table.put(CONFIG, encoder.encode(JSON.stringify(config, plain)))
  }

  /** The newest sealed block. */
  get head(): Head | undefined {
    const bytes = this.#table.get(HEAD)
    return bytes && { number: numberAt(bytes), hash: bytes.slice(NUMBER_BYTES) }
  }

  setHead({ number, hash }: Head): void {
    this.#table.put(HEAD, concatBytes(numberKey(number), hash))
  }

  /** The oldest block whose state can be read: the change sets of all later ones are there. */
  get historyStart(): bigint | undefined {
    const bytes = this.#table.get(HISTORY)
    return bytes && numberAt(bytes)
  }

  setHistoryStart(number: bigint): void {
    this.#table.put(HISTORY, numberKey(number))
  }

  /** Ed25519 key, 32 bytes, of the leader whose stream the store follows; a leader has none. */
  get leaderKey(): Uint8Array | undefined {
    return this.#table.get(LEADER)
  }

  setLeaderKey(key: Uint8Array): void {
    this.#table.put(LEADER, key)
  }

  /** Which snapshot is being loaded into this store, as its server said it; undefined: none. */
  get snapshot(): Uint8Array | undefined {
    return this.#table.get(SNAPSHOT)
  }

  setSnapshot(head: Uint8Array): void {
    this.#table.put(SNAPSHOT, head)
  }

  /** How far it is loaded (`state/snapshot/snapshot-progress.ts`). */
  get snapshotProgress(): Uint8Array | undefined {
    return this.#table.get(SNAPSHOT_PROGRESS)
  }

  setSnapshotProgress(progress: Uint8Array): void {
    this.#table.put(SNAPSHOT_PROGRESS, progress)
  }

  /** It is loaded. */
  removeSnapshot(): void {
    this.#table.remove(SNAPSHOT)
    this.#table.remove(SNAPSHOT_PROGRESS)
  }
}

/** JSON has neither integers nor bytes: `12n` and `0xab` stand for them. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`
  return value instanceof Uint8Array ? bytesToHex(value) : value
}

function revived(_key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (/^\d+n$/.test(value)) return BigInt(value.slice(0, -1))
  return value.startsWith('0x') ? hexToBytes(value) : value
}
