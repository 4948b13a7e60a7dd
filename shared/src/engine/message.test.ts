import { describe, expect, it } from 'vitest'
import { decodeTransaction } from '../chain/transaction.ts'
import { TRANSACTION_SAMPLES } from '../chain/transaction-samples.ts'
import * as layout from '../layout/message.ts'
import { hexToBytes } from '../primitives/bytes.ts'
import { recoverAuthority } from './authority.ts'
import { loadLong, loadWord, readBigInt, readReversed } from './core-thread.ts'
import { encodeMessage } from './message.ts'
import { sampleTransaction } from './reference/sample-transaction.ts'
import { sampleCoreThread } from './sample-core-thread.ts'

const WORD_MAX = 2n ** 256n - 1n

describe('encodeMessage', () => {
  const thread = sampleCoreThread()
  const bytesAt = (ptr: number, length: number) => thread.bytes.slice(ptr, ptr + length)

  it('writes the fields of fixed size', () => {
    const tx = sampleTransaction({
      type: 3,
      chainId: 5n,
      nonce: 2n ** 64n - 1n,
      gasLimit: 2n ** 63n,
      maxFeePerGas: WORD_MAX,
      maxPriorityFeePerGas: 2n ** 128n + 1n,
      maxFeePerBlobGas: 3n,
      value: 2n ** 255n,
      s: WORD_MAX - 1n,
    })
    const message = encodeMessage(thread, tx)
    expect(loadWord(thread, message + layout.MESSAGE_TYPE)).toBe(3)
    expect(loadWord(thread, message + layout.MESSAGE_FLAGS)).toBe(layout.MESSAGE_HAS_CHAIN_ID)
    expect(loadLong(thread, message + layout.MESSAGE_NONCE)).toBe(tx.nonce)
    expect(loadLong(thread, message + layout.MESSAGE_GAS_LIMIT)).toBe(tx.gasLimit)
    expect(bytesAt(message + layout.MESSAGE_TO, 20)).toEqual(tx.to)
    const words = [
      [layout.MESSAGE_VALUE, tx.value],
      [layout.MESSAGE_MAX_FEE, tx.maxFeePerGas],
      [layout.MESSAGE_MAX_PRIORITY_FEE, tx.maxPriorityFeePerGas],
      [layout.MESSAGE_MAX_BLOB_FEE, tx.maxFeePerBlobGas],
      [layout.MESSAGE_CHAIN_ID, 5n],
      [layout.MESSAGE_S, tx.s],
    ] as const
    for (const [offset, value] of words) expect(readBigInt(thread, message + offset)).toBe(value)
  })

  it('tells a creation and a signature without chain id', () => {
    const message = encodeMessage(thread, sampleTransaction({ to: undefined }))
    expect(loadWord(thread, message + layout.MESSAGE_FLAGS)).toBe(layout.MESSAGE_IS_CREATION)
    expect(bytesAt(message + layout.MESSAGE_TO, 20)).toEqual(new Uint8Array(20))
    expect(loadWord(thread, message + layout.MESSAGE_DATA_BYTES)).toBe(0)
  })

  it('puts data, access list and blob hashes behind them', () => {
    const accessList = [
      { address: new Uint8Array(20).fill(1), storageKeys: [new Uint8Array(32).fill(2)] },
      { address: new Uint8Array(20).fill(3), storageKeys: [] },
      {
        address: new Uint8Array(20).fill(4),
        storageKeys: [Uint8Array.from({ length: 32 }, (_, i) => i), new Uint8Array(32)],
      },
    ]
    const blobVersionedHashes = [hexToBytes(`0x01${'22'.repeat(31)}`)]
    const data = Uint8Array.of(1, 2, 3)
    const message = encodeMessage(
      thread,
      sampleTransaction({ type: 3, data, accessList, blobVersionedHashes }),
    )
    const at = (offset: number) => loadWord(thread, message + offset)
    expect(bytesAt(at(layout.MESSAGE_DATA), at(layout.MESSAGE_DATA_BYTES))).toEqual(data)
    expect(at(layout.MESSAGE_ACCESS_COUNT)).toBe(3)
    expect(at(layout.MESSAGE_ACCESS_SLOTS)).toBe(3)
    let entry = at(layout.MESSAGE_ACCESS_LIST)
    for (const { address, storageKeys } of accessList) {
      expect(bytesAt(entry, 20)).toEqual(address)
      expect(loadWord(thread, entry + layout.ACCESS_SLOT_COUNT)).toBe(storageKeys.length)
      entry += layout.ACCESS_KEYS
      for (const key of storageKeys) {
        expect(readReversed(thread, entry)).toEqual(key)
        entry += 32
      }
    }
    expect(at(layout.MESSAGE_BLOB_COUNT)).toBe(1)
    expect(at(layout.MESSAGE_BLOB_HASHES)).toBe(entry)
    expect(readReversed(thread, entry)).toEqual(blobVersionedHashes[0])
    expect(thread.bytes[entry + 31]).toBe(1)
  })

  it('recovers who signed the authorizations', () => {
    const { signed } = TRANSACTION_SAMPLES[4]!
    const tx = decodeTransaction(hexToBytes(signed))
    const authorization = tx.authorizationList[0]!
    const unsigned = { ...authorization, yParity: 2 }
    const authorizationList = [authorization, unsigned]
    const message = encodeMessage(thread, { ...tx, authorizationList })
    const first = loadWord(thread, message + layout.MESSAGE_AUTHORIZATIONS)
    expect(loadWord(thread, message + layout.MESSAGE_AUTHORIZATION_COUNT)).toBe(2)
    const authority = recoverAuthority(authorization)
    for (const [index, isSigned] of [authority !== undefined, false].entries()) {
      const ptr = first + index * layout.AUTH_BYTES
      const flags = isSigned ? layout.AUTH_IS_SIGNED : 0
      expect(loadWord(thread, ptr + layout.AUTH_FLAGS)).toBe(flags)
      expect(loadLong(thread, ptr + layout.AUTH_NONCE)).toBe(authorization.nonce)
      expect(bytesAt(ptr + layout.AUTH_ADDRESS, 20)).toEqual(authorization.address)
      expect(readBigInt(thread, ptr + layout.AUTH_CHAIN_ID)).toBe(authorization.chainId)
    }
    if (authority !== undefined) {
      expect(bytesAt(first + layout.AUTH_AUTHORITY, 20)).toEqual(authority)
    }
  })
})
