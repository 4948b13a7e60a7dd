/** Block 0 of a store: written once, compared at every later start. */

import type { ChainConfig, ForkActivation } from '../chain/chain-config.ts'
import type { Genesis } from '../chain/genesis.ts'
import type { GenesisAccount } from '../chain/genesis-account.ts'
import type { Header } from '../chain/header.ts'
import { headerHash } from '../chain/header.ts'
import type { StateChange } from '../chain/state-change.ts'
import type { TrieWriter } from '../chain/state-trie.ts'
import { BaseError } from '../primitives/base-error.ts'
import { bytesToHex, equalBytes } from '../primitives/bytes.ts'
import type { Head } from '../store/repositories/meta-repository.ts'
import type { Store } from '../store/store.ts'
import { MEND, StoreCorruptedError } from '../store/store-error.ts'
import { writeChanges } from './block-writes.ts'

/** A genesis whose header has its state root. */
export interface CompleteGenesis extends Pick<Genesis, 'config' | 'alloc'> {
  readonly header: Header
}

/** The folder holds another chain. */
export class GenesisMismatchError extends BaseError {
  override readonly name = 'State.GenesisMismatchError'
}

/** A fork that blocks of the store were executed with, or without, is scheduled otherwise now. */
export class ForkScheduleError extends BaseError {
  override readonly name = 'State.ForkScheduleError'
}

/** Writes block 0 into a new store, or compares it with the store's; returns the head. */
export async function settleGenesis(
  store: Store,
  genesis: CompleteGenesis,
  writeTrie?: TrieWriter,
): Promise<Head> {
  const hash = headerHash(genesis.header)
  const known = store.snapshot(() => ({
    genesisHash: store.meta.genesisHash,
    config: store.meta.config,
    head: store.meta.head,
  }))
  if (known.genesisHash === undefined) return writeGenesis(store, genesis, hash, writeTrie)
  const { genesisHash, config, head } = known
  if (head === undefined || config === undefined) {
    throw new StoreCorruptedError(`the store has a genesis, but no head or configuration: ${MEND}`)
  }
  const { chainId } = genesis.config
  if (!equalBytes(genesisHash, hash) || config.chainId !== chainId) {
    throw new GenesisMismatchError(
      `the folder holds chain ${config.chainId} with genesis ${bytesToHex(genesisHash)}, ` +
        `not chain ${chainId} with ${bytesToHex(hash)}: take another folder or genesis file`,
    )
  }
  const header = store.snapshot(() => store.blocks.header(head.number))
  assertSameForks(config, genesis.config, header ?? genesis.header)
  await store.transact(() => store.meta.setConfig(genesis.config))
  return head
}

function writeGenesis(
  store: Store,
  genesis: CompleteGenesis,
  hash: Uint8Array,
  writeTrie: TrieWriter | undefined,
): Promise<Head> {
  const { header, alloc, config } = genesis
  const { number } = header
  return store.transact(() => {
    writeChanges(store, allocChanges(alloc))
    writeTrie?.(store.trieNodes)
    const body = {
      transactions: [],
      ommers: [],
      ...(header.withdrawalsRoot && { withdrawals: [] }),
    }
    store.blocks.put({ header, hash, body, receipts: [] })
    store.meta.setGenesisHash(hash)
    store.meta.setConfig(config)
    store.meta.setHistoryStart(number)
    store.meta.setHead({ number, hash })
    return { number, hash }
  })
}

/** Each listed account exists, also if it is empty. */
function* allocChanges(alloc: readonly GenesisAccount[]): Generator<StateChange> {
  for (const { address, balance, nonce, code, storage } of alloc) {
    yield { address, balance, nonce, code, slots: storage }
  }
}

/** geth's `CheckCompatible`: forks that are active at the head must have been active since the same. */
function assertSameForks(stored: ChainConfig, given: ChainConfig, head: Header): void {
  const before = activeForks(stored, head)
  const now = activeForks(given, head)
  const name = [...before.keys(), ...now.keys()].find((fork) => before.get(fork) !== now.get(fork))
  if (name === undefined) return
  throw new ForkScheduleError(
    `the folder was made with ${name} ${before.get(name) ?? 'not active'}, now it is ` +
      `${now.get(name) ?? 'not active'}: take the old schedule, or import into a new folder`,
  )
}

function activeForks({ forks }: ChainConfig, head: Header): Map<string, string> {
  const isActive = ({ block, time }: ForkActivation) => {
    return block === undefined ? time !== undefined && time <= head.timestamp : block <= head.number
  }
  return new Map(
    forks.filter(isActive).map(({ fork, block, time }) => {
      return [fork, block === undefined ? `at time ${time}` : `at block ${block}`]
    }),
  )
}
