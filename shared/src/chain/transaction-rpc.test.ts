import { describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from '../primitives/bytes.ts'
import { InvalidJsonFieldError } from './json-fields.ts'
import { decodeTransaction } from './transaction.ts'
import { signedTransactionFromRpc } from './transaction-rpc.ts'
import { TRANSACTION_SAMPLES } from './transaction-samples.ts'

type Json = Record<string, unknown>

/** The object that a node's `eth_getBlock` lists for a signed transaction. */
function rpcObjectOf(signed: string): Json {
  const tx = decodeTransaction(hexToBytes(signed))
  const quantity = (value: bigint | number) => `0x${value.toString(16)}`
  const legacyV = tx.chainId === undefined ? 27n : tx.chainId * 2n + 35n
  return {
    type: quantity(tx.type),
    chainId: quantity(tx.chainId ?? 1n),
    nonce: quantity(tx.nonce),
    gas: quantity(tx.gasLimit),
    gasPrice: quantity(tx.maxFeePerGas),
    ...(tx.type >= 2 && {
      maxFeePerGas: quantity(tx.maxFeePerGas),
      maxPriorityFeePerGas: quantity(tx.maxPriorityFeePerGas),
    }),
    to: tx.to === undefined ? null : bytesToHex(tx.to),
    value: quantity(tx.value),
    input: bytesToHex(tx.data),
    accessList: tx.accessList.map(({ address, storageKeys }) => ({
      address: bytesToHex(address),
      storageKeys: storageKeys.map(bytesToHex),
    })),
    maxFeePerBlobGas: quantity(tx.maxFeePerBlobGas),
    blobVersionedHashes: tx.blobVersionedHashes.map(bytesToHex),
    authorizationList: tx.authorizationList.map((authorization) => ({
      chainId: quantity(authorization.chainId),
      address: bytesToHex(authorization.address),
      nonce: quantity(authorization.nonce),
      yParity: quantity(authorization.yParity),
      r: quantity(authorization.r),
      s: quantity(authorization.s),
    })),
    v: quantity((tx.type === 0 ? legacyV : 0n) + BigInt(tx.yParity)),
    r: quantity(tx.r),
    s: quantity(tx.s),
  }
}

describe('signedTransactionFromRpc', () => {
  it.each(TRANSACTION_SAMPLES)('finds the signed bytes of type $type', ({ signed }) => {
    expect(bytesToHex(signedTransactionFromRpc(rpcObjectOf(signed)))).toBe(signed)
  })

  const legacy = rpcObjectOf(TRANSACTION_SAMPLES[0]!.signed)

  it('goes by v, not by chainId, for replay protection', () => {
    const bytes = signedTransactionFromRpc({ ...legacy, v: '0x1b' })
    expect(decodeTransaction(bytes).chainId).toBeUndefined()
  })

  it('takes a transaction without a type for a legacy one', () => {
    expect(decodeTransaction(signedTransactionFromRpc({ ...legacy, type: undefined })).type).toBe(0)
  })

  it.each<[string, Json]>([
    ['nonce must be', { nonce: '0xg' }],
    ['value must be', { value: undefined }],
    ['to must be 20 bytes', { to: '0x1234' }],
    ['input is not hex', { input: '0x1' }],
    ['type 9 is no known', { type: '0x9' }],
  ])('says what is wrong: %s', (message, change) => {
    const convert = () => signedTransactionFromRpc({ ...legacy, ...change })
    expect(convert).toThrow(InvalidJsonFieldError)
    expect(convert).toThrow(message)
  })
})
