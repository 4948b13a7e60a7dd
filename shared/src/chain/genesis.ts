/**
 * Genesis files in geth's format: the chain's configuration, the genesis block's header and its
 * accounts. The state root is not in the file; a `StateTrie` finds it from the accounts.
 */

import { bigIntToBytes, concatBytes } from '../primitives/bytes.ts'
import { EMPTY_LIST_HASH, EMPTY_TRIE_ROOT } from '../primitives/keccak.ts'
import { sha256 } from '../primitives/sha256.ts'
import { INITIAL_BASE_FEE } from './base-fee.ts'
import type { ChainConfig } from './chain-config.ts'
import { hardforkAt } from './chain-config.ts'
import type { GenesisAccount } from './genesis-account.ts'
import { chainConfigFromJson, InvalidGenesisError } from './genesis-config.ts'
import { isAtLeast } from './hardforks.ts'
import type { Header } from './header.ts'
import type { JsonObject } from './json-fields.ts'
import {
  isAbsent,
  jsonBytes,
  jsonObject,
  jsonOptionalQuantity,
  jsonQuantity,
  parseBytes,
} from './json-fields.ts'
import { BLOOM_BYTES } from './receipt.ts'

/** A header but for its state root: `{ ...header, stateRoot }` is complete. */
export type GenesisHeader = Omit<Header, 'stateRoot'>

export interface Genesis {
  readonly config: ChainConfig
  readonly header: GenesisHeader
  readonly alloc: readonly GenesisAccount[]
}

/** EIP-7685: hash of no requests. */
const EMPTY_REQUESTS_HASH = sha256(new Uint8Array(0))

/**
 * Reads a parsed genesis file.
 * @throws InvalidGenesisError
 * @throws InvalidJsonFieldError
 */
export function genesisFromJson(value: unknown): Genesis {
  const json = jsonObject(value, 'genesis')
  const difficulty = jsonQuantity(json, 'difficulty')
  const config = chainConfigFromJson(jsonObject(json.config, 'genesis config'), difficulty)
  return { config, header: headerOf(json, config), alloc: allocOf(json) }
}

function headerOf(json: JsonObject, config: ChainConfig): GenesisHeader {
  const number = jsonOptionalQuantity(json, 'number') ?? 0n
  const timestamp = jsonOptionalQuantity(json, 'timestamp') ?? 0n
  return {
    parentHash: optionalBytes(json, 'parentHash', 32),
    ommersHash: EMPTY_LIST_HASH,
    beneficiary: optionalBytes(json, 'coinbase', 20),
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(BLOOM_BYTES),
    difficulty: jsonQuantity(json, 'difficulty'),
    number,
    gasLimit: jsonQuantity(json, 'gasLimit'),
    gasUsed: jsonOptionalQuantity(json, 'gasUsed') ?? 0n,
    timestamp,
    extraData: optionalBytes(json, 'extraData', undefined),
    mixHash: optionalBytes(json, 'mixHash', 32),
    nonce: bigIntToBytes(jsonOptionalQuantity(json, 'nonce') ?? 0n, 8),
    ...laterFields(json, config, { number, timestamp }),
  }
}

type LaterFields = Pick<
  Header,
  | 'baseFeePerGas'
  | 'withdrawalsRoot'
  | 'blobGasUsed'
  | 'excessBlobGas'
  | 'parentBeaconBlockRoot'
  | 'requestsHash'
>

/** The fields that forks active at genesis append to the header. */
function laterFields(
  json: JsonObject,
  config: ChainConfig,
  { number, timestamp }: Pick<Header, 'number' | 'timestamp'>,
): LaterFields {
  const fork = hardforkAt(config, number, timestamp)
  return {
    ...(isAtLeast(fork, 'london') && {
      baseFeePerGas: jsonOptionalQuantity(json, 'baseFeePerGas') ?? INITIAL_BASE_FEE,
    }),
    ...(isAtLeast(fork, 'shanghai') && { withdrawalsRoot: EMPTY_TRIE_ROOT }),
    ...(isAtLeast(fork, 'cancun') && {
      blobGasUsed: jsonOptionalQuantity(json, 'blobGasUsed') ?? 0n,
      excessBlobGas: jsonOptionalQuantity(json, 'excessBlobGas') ?? 0n,
      parentBeaconBlockRoot: optionalBytes(json, 'parentBeaconBlockRoot', 32),
    }),
    ...(isAtLeast(fork, 'prague') && { requestsHash: EMPTY_REQUESTS_HASH }),
  }
}

/** Zeros of the given length, or no bytes, when the field is absent. */
function optionalBytes(json: JsonObject, key: string, length: number | undefined): Uint8Array {
  return isAbsent(json[key]) ? new Uint8Array(length ?? 0) : jsonBytes(json, key, length)
}

function allocOf(json: JsonObject): GenesisAccount[] {
  const alloc = jsonObject(json.alloc, 'alloc')
  const accounts = new Map<string, GenesisAccount>()
  for (const [key, value] of Object.entries(alloc)) {
    const id = key.toLowerCase().replace(/^0x/, '')
    if (accounts.has(id)) throw new InvalidGenesisError(`genesis alloc lists 0x${id} twice`)
    accounts.set(id, accountOf(`0x${id}`, jsonObject(value, `alloc ${key}`)))
  }
  return [...accounts.values()]
}

/** geth writes addresses in `alloc` with or without 0x, and slots in any length up to 32 bytes. */
function accountOf(address: string, json: JsonObject): GenesisAccount {
  const storage = isAbsent(json.storage) ? {} : jsonObject(json.storage, `${address} storage`)
  return {
    address: parseBytes(address, 'alloc address', 20),
    balance: jsonOptionalQuantity(json, 'balance') ?? 0n,
    nonce: jsonOptionalQuantity(json, 'nonce') ?? 0n,
    code: optionalBytes(json, 'code', undefined),
    storage: Object.entries(storage)
      .map(([key, value]) => ({ key: wordOf(key), value: wordOf(value) }))
      .filter(({ value }) => value.some((byte) => byte !== 0)),
  }
}

function wordOf(value: unknown): Uint8Array {
  const digits = String(value).replace(/^0x/i, '')
  const bytes = parseBytes(`0x${digits.length % 2 === 0 ? '' : '0'}${digits}`, 'storage word')
  if (bytes.length > 32) throw new InvalidGenesisError(`storage word over 32 bytes: 0x${digits}`)
  return concatBytes(new Uint8Array(32 - bytes.length), bytes)
}
