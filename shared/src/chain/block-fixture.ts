/**
 * Block fixtures: a block with full transactions as `eth_getBlock` gives it, the accounts and slots
 * it touches as they were before it, and the ancestor hashes it may ask for. Files are JSON, plain
 * or gzipped; a fixture stands for a chain's whole history as far as its block can tell.
 */

import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { BaseError } from '../primitives/base-error.ts'
import { bigIntToBytes } from '../primitives/bytes.ts'
import type { BlockContext, Withdrawal } from './block.ts'
import { blockContextOf } from './block.ts'
import type { GenesisAccount } from './genesis-account.ts'
import type { Header } from './header.ts'
import { headerFromRpc } from './header.ts'
import type { JsonObject } from './json-fields.ts'
import {
  isAbsent,
  jsonArray,
  jsonBytes,
  jsonObject,
  jsonOptionalQuantity,
  jsonQuantity,
  parseBytes,
  parseQuantity,
} from './json-fields.ts'
import { signedTransactionFromRpc } from './transaction-rpc.ts'

export interface BlockFixture {
  readonly chainId: bigint
  readonly header: Header
  /**
   * `ommers` is empty even if the block has some: a fixture gives only their hashes, and what they
   * change (rewards) shows in no figure that a fixture can check.
   */
  readonly context: BlockContext
  /** Signed bytes. */
  readonly transactions: readonly Uint8Array[]
  /** Senders as the file gives them, for tests; execution recovers its own. */
  readonly senders: readonly Uint8Array[]
  /** An account that is not listed does not exist. */
  readonly preState: readonly GenesisAccount[]
}

export class InvalidBlockFixtureError extends BaseError {
  override readonly name = 'Chain.InvalidBlockFixtureError'
}

const FIXTURE_NAME = /^(\d+)\.json(\.gz)?$/

const unzip = promisify(gunzip)

/**
 * Files among `paths`, and `<number>.json` or `<number>.json.gz` of folders among them, in ascending
 * order of block number; files of other names come last, by path.
 * @throws InvalidBlockFixtureError when a path does not exist or a folder holds no fixture
 */
export async function listBlockFixtures(paths: readonly string[]): Promise<string[]> {
  const files = (await Promise.all(paths.map(fixturesAt))).flat()
  return files.sort((a, b) => numberOf(a) - numberOf(b) || (a < b ? -1 : 1))
}

async function fixturesAt(path: string): Promise<string[]> {
  const kind = await stat(path).catch((cause) => {
    throw new InvalidBlockFixtureError(`${path}: no such file or folder`, { cause })
  })
  if (!kind.isDirectory()) return [path]
  const names = (await readdir(path)).filter((name) => FIXTURE_NAME.test(name))
  if (names.length === 0) {
    throw new InvalidBlockFixtureError(
      `${path}: no block fixture (<number>.json.gz) in this folder`,
    )
  }
  return names.map((name) => join(path, name))
}

function numberOf(path: string): number {
  const digits = FIXTURE_NAME.exec(basename(path))?.[1]
  return digits === undefined ? Number.MAX_SAFE_INTEGER : Number(digits)
}

/** @throws InvalidBlockFixtureError, which names the file */
export async function readBlockFixture(path: string): Promise<BlockFixture> {
  try {
    const file = await readFile(path)
    const text = path.endsWith('.gz') ? await unzip(file) : file
    return blockFixtureFromJson(JSON.parse(text.toString('utf8')))
  } catch (cause) {
    const why = cause instanceof BaseError ? cause.shortMessage : (cause as Error).message
    throw new InvalidBlockFixtureError(`${path}: ${why}`, { cause })
  }
}

function blockFixtureFromJson(value: unknown): BlockFixture {
  const json = jsonObject(value, 'fixture')
  const block = jsonObject(json.block, 'block')
  const header = headerFromRpc(block)
  const transactions = jsonArray(block.transactions, 'transactions').map((transaction) => {
    return jsonObject(transaction, 'transaction')
  })
  return {
    chainId: jsonQuantity(json, 'chainId'),
    header,
    context: contextOf(header, block, jsonObject(json.blockHashes, 'blockHashes')),
    transactions: transactions.map(signedTransactionFromRpc),
    senders: transactions.map((transaction) => jsonBytes(transaction, 'from', 20)),
    preState: accountsFromJson(jsonObject(json.preState, 'preState')),
  }
}

function contextOf(header: Header, block: JsonObject, blockHashes: JsonObject): BlockContext {
  const hashes = Object.entries(blockHashes).map(([number, hash]) => {
    return [parseQuantity(number, 'block number'), parseBytes(hash, 'block hash', 32)] as const
  })
  const surroundings = { ommers: [], blockHashes: new Map(hashes) }
  if (isAbsent(block.withdrawals)) return blockContextOf(header, surroundings)
  const withdrawals = jsonArray(block.withdrawals, 'withdrawals').map(withdrawalFromJson)
  return blockContextOf(header, { ...surroundings, withdrawals })
}

function withdrawalFromJson(value: unknown): Withdrawal {
  const json = jsonObject(value, 'withdrawal')
  return {
    index: jsonQuantity(json, 'index'),
    validatorIndex: jsonQuantity(json, 'validatorIndex'),
    address: jsonBytes(json, 'address', 20),
    amount: jsonQuantity(json, 'amount'),
  }
}

function accountsFromJson(preState: JsonObject): GenesisAccount[] {
  return Object.entries(preState).map(([address, value]) => {
    const json = jsonObject(value, `preState ${address}`)
    const storage = isAbsent(json.storage) ? {} : jsonObject(json.storage, `${address} storage`)
    return {
      address: parseBytes(address, 'address', 20),
      balance: jsonQuantity(json, 'balance'),
      nonce: jsonOptionalQuantity(json, 'nonce') ?? 0n,
      code: isAbsent(json.code) ? new Uint8Array(0) : jsonBytes(json, 'code'),
      storage: slotsFromJson(storage),
    }
  })
}

/** Slots that were read as zero are listed; to a state they are no entry. */
function slotsFromJson(storage: JsonObject): GenesisAccount['storage'] {
  return Object.entries(storage)
    .map(([key, value]) => ({
      key: parseBytes(key, 'slot', 32),
      value: parseQuantity(value, 'slot value'),
    }))
    .filter(({ value }) => value !== 0n)
    .map(({ key, value }) => ({ key, value: bigIntToBytes(value, 32) }))
}
