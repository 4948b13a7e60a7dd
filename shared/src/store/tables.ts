/**
 * Every table of the store: name, number, key, value. A table is an LMDB database named by its
 * number; a number is never given to another table, so that an old folder is never misread. A folder
 * has two files, each with a writer of its own: appending to the log waits for no block. Numbers
 * in keys are 8 bytes, big-endian, so that LMDB's order is theirs. What the values' bytes mean is
 * said beside their codecs; each is stored with a checksum (`checksum.ts`).
 */

export interface TableDefinition {
  readonly name: string
  readonly id: number
}

function table(name: string, id: number): TableDefinition {
  return { name, id }
}

/** Raised whenever a key or value means something else than before. */
export const SCHEMA_VERSION = 2

const CHAIN_TABLES = {
  /** name of the fact, ASCII -> its value: schema, genesis, configuration, head, history, leader,
   * snapshot that is being loaded */
  meta: table('meta', 1),
  /** address -> account; an account that is not there does not exist */
  accounts: table('accounts', 2),
  /** address ++ slot key -> value without leading zeros; a slot that is not there is zero */
  slots: table('slots', 3),
  /** code hash -> code; kept when no account has the code any more */
  codes: table('codes', 4),
  /** path -> RLP of the node of the account trie */
  accountTrieNodes: table('account trie nodes', 5),
  /** hash of the address ++ path -> RLP of the node of the account's storage trie */
  storageTrieNodes: table('storage trie nodes', 6),
  /** block number -> header */
  headers: table('headers', 7),
  /** block hash -> block number */
  blockNumbers: table('block numbers', 8),
  /** block number -> transactions, ommers, withdrawals */
  bodies: table('bodies', 9),
  /** block number -> receipts */
  receipts: table('receipts', 10),
  /** transaction hash -> block number ++ index in the block */
  transactionPlaces: table('transaction places', 11),
  /** address ++ block number -> the account before that block */
  accountChanges: table('account changes', 13),
  /** address ++ slot key ++ block number -> the slot before that block */
  slotChanges: table('slot changes', 14),
  /** block number ++ part -> keys of the accounts and slots that the block changed */
  changedKeys: table('changed keys', 15),
  /** seq of a frame's last message -> time ++ count ++ hash of that message ++ frame */
  frames: table('frames', 16),
  /** block number -> what was changed by hand before the block */
  blockEdits: table('block edits', 17),
} as const

const LOG_TABLES = {
  /** seq -> time ++ message */
  shredLog: table('shred log', 12),
} as const

/** One file of LMDB's and the tables in it. */
export interface StoreFile<Name extends string> {
  readonly name: string
  readonly tables: Readonly<Record<Name, TableDefinition>>
}

export type ChainTable = keyof typeof CHAIN_TABLES
export type LogTable = keyof typeof LOG_TABLES

export const CHAIN_FILE: StoreFile<ChainTable> = { name: 'chain.mdb', tables: CHAIN_TABLES }
export const LOG_FILE: StoreFile<LogTable> = { name: 'log.mdb', tables: LOG_TABLES }
