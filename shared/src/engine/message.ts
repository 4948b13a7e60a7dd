/**
 * Encodes a transaction for the core's EVM (layout/message.ts): one record in the block arena with
 * everything behind it that has no fixed size. Signers of authorizations are recovered here, because
 * recovery is a library's work.
 */

import type { AccessListEntry } from '../chain/access-list.ts'
import type { Authorization } from '../chain/authorization.ts'
import type { Transaction } from '../chain/transaction.ts'
import {
  ACCESS_KEYS,
  ACCESS_SLOT_COUNT,
  AUTH_ADDRESS,
  AUTH_AUTHORITY,
  AUTH_BYTES,
  AUTH_CHAIN_ID,
  AUTH_FLAGS,
  AUTH_IS_SIGNED,
  AUTH_NONCE,
  MESSAGE_ACCESS_COUNT,
  MESSAGE_ACCESS_LIST,
  MESSAGE_ACCESS_SLOTS,
  MESSAGE_AUTHORIZATION_COUNT,
  MESSAGE_AUTHORIZATIONS,
  MESSAGE_BLOB_COUNT,
  MESSAGE_BLOB_HASHES,
  MESSAGE_BYTES,
  MESSAGE_CHAIN_ID,
  MESSAGE_DATA,
  MESSAGE_DATA_BYTES,
  MESSAGE_FLAGS,
  MESSAGE_GAS_LIMIT,
  MESSAGE_HAS_CHAIN_ID,
  MESSAGE_IS_CREATION,
  MESSAGE_MAX_BLOB_FEE,
  MESSAGE_MAX_FEE,
  MESSAGE_MAX_PRIORITY_FEE,
  MESSAGE_NONCE,
  MESSAGE_S,
  MESSAGE_TO,
  MESSAGE_TYPE,
  MESSAGE_VALUE,
} from '../layout/message.ts'
import { recoverAuthority } from './authority.ts'
import type { CoreThread } from './core-thread.ts'
import { storeLong, storeWord, writeBigInt, writeReversed } from './core-thread.ts'

const WORD_BYTES = 32

/**
 * Address of the record, valid until the block is dropped.
 * @throws CoreHaltedError when the block arena has no room
 */
export function encodeMessage(thread: CoreThread, transaction: Transaction): number {
  return writeMessage(thread, transaction, (bytes) => thread.core.allocateOutput(bytes))
}

/** The same in memory that `allocate` finds, zeroed and 8-aligned. */
export function writeMessage(
  thread: CoreThread,
  transaction: Transaction,
  allocate: (bytes: number) => number,
): number {
  const { data, accessList, blobVersionedHashes, authorizationList } = transaction
  const accessAt = MESSAGE_BYTES + Math.ceil(data.length / 8) * 8
  const blobsAt = accessAt + accessListBytes(accessList)
  const authorizationsAt = blobsAt + blobVersionedHashes.length * WORD_BYTES
  const length = authorizationsAt + authorizationList.length * AUTH_BYTES
  const message = allocate(length) >>> 0
  writeFixedFields(thread, message, transaction)
  thread.bytes.set(data, message + MESSAGE_BYTES)
  storeWord(thread, message + MESSAGE_DATA, message + MESSAGE_BYTES)
  storeWord(thread, message + MESSAGE_DATA_BYTES, data.length)
  writeAccessList(thread, message + accessAt, accessList)
  storeWord(thread, message + MESSAGE_ACCESS_LIST, message + accessAt)
  storeWord(thread, message + MESSAGE_ACCESS_COUNT, accessList.length)
  storeWord(thread, message + MESSAGE_ACCESS_SLOTS, slotCount(accessList))
  writeBlobHashes(thread, message + blobsAt, blobVersionedHashes)
  storeWord(thread, message + MESSAGE_BLOB_HASHES, message + blobsAt)
  storeWord(thread, message + MESSAGE_BLOB_COUNT, blobVersionedHashes.length)
  for (const [index, authorization] of authorizationList.entries()) {
    writeAuthorization(thread, message + authorizationsAt + index * AUTH_BYTES, authorization)
  }
  storeWord(thread, message + MESSAGE_AUTHORIZATIONS, message + authorizationsAt)
  storeWord(thread, message + MESSAGE_AUTHORIZATION_COUNT, authorizationList.length)
  return message
}

function writeFixedFields(thread: CoreThread, message: number, transaction: Transaction): void {
  const { to, chainId } = transaction
  const creation = to === undefined ? MESSAGE_IS_CREATION : 0
  const replayProtected = chainId === undefined ? 0 : MESSAGE_HAS_CHAIN_ID
  storeWord(thread, message + MESSAGE_TYPE, transaction.type)
  storeWord(thread, message + MESSAGE_FLAGS, creation | replayProtected)
  storeLong(thread, message + MESSAGE_NONCE, transaction.nonce)
  storeLong(thread, message + MESSAGE_GAS_LIMIT, transaction.gasLimit)
  if (to !== undefined) thread.bytes.set(to, message + MESSAGE_TO)
  writeBigInt(thread, message + MESSAGE_VALUE, transaction.value)
  writeBigInt(thread, message + MESSAGE_MAX_FEE, transaction.maxFeePerGas)
  writeBigInt(thread, message + MESSAGE_MAX_PRIORITY_FEE, transaction.maxPriorityFeePerGas)
  writeBigInt(thread, message + MESSAGE_MAX_BLOB_FEE, transaction.maxFeePerBlobGas)
  writeBigInt(thread, message + MESSAGE_CHAIN_ID, chainId ?? 0n)
  writeBigInt(thread, message + MESSAGE_S, transaction.s)
}

function slotCount(accessList: readonly AccessListEntry[]): number {
  let count = 0
  for (const { storageKeys } of accessList) count += storageKeys.length
  return count
}

function accessListBytes(accessList: readonly AccessListEntry[]): number {
  return accessList.length * ACCESS_KEYS + slotCount(accessList) * WORD_BYTES
}

function writeAccessList(
  thread: CoreThread,
  ptr: number,
  accessList: readonly AccessListEntry[],
): void {
  let at = ptr
  for (const { address, storageKeys } of accessList) {
    thread.bytes.set(address, at)
    storeWord(thread, at + ACCESS_SLOT_COUNT, storageKeys.length)
    at += ACCESS_KEYS
    for (const key of storageKeys) {
      writeReversed(thread, at, key)
      at += WORD_BYTES
    }
  }
}

function writeBlobHashes(thread: CoreThread, ptr: number, hashes: readonly Uint8Array[]): void {
  for (const [index, hash] of hashes.entries()) {
    writeReversed(thread, ptr + index * WORD_BYTES, hash)
  }
}

function writeAuthorization(thread: CoreThread, ptr: number, authorization: Authorization): void {
  const authority = recoverAuthority(authorization)
  storeWord(thread, ptr + AUTH_FLAGS, authority === undefined ? 0 : AUTH_IS_SIGNED)
  storeLong(thread, ptr + AUTH_NONCE, authorization.nonce)
  thread.bytes.set(authorization.address, ptr + AUTH_ADDRESS)
  if (authority !== undefined) thread.bytes.set(authority, ptr + AUTH_AUTHORITY)
  writeBigInt(thread, ptr + AUTH_CHAIN_ID, authorization.chainId)
}
