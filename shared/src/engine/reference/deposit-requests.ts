/** Deposit requests (EIP-6110): the deposit contract's logs, unpacked from their ABI encoding. */

import type { Log } from '../../chain/receipt.ts'
import { BaseError } from '../../primitives/base-error.ts'
import { bytesToBigInt, concatBytes, equalBytes, hexToBytes } from '../../primitives/bytes.ts'

/** The block is invalid: its deposit contract logs what no deposit looks like. */
export class InvalidDepositLogError extends BaseError {
  override readonly name = 'Engine.InvalidDepositLogError'
}

/** keccak256("DepositEvent(bytes,bytes,bytes,bytes,bytes)") */
const DEPOSIT_EVENT = hexToBytes(
  '0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5',
)
const DEPOSIT_REQUEST_TYPE = 0
const LOG_BYTES = 576

/** Where the length word of each field stands, and how long the field is; the values follow it. */
const FIELDS = [
  { name: 'pubkey', offset: 160, length: 48 },
  { name: 'withdrawal_credentials', offset: 256, length: 32 },
  { name: 'amount', offset: 320, length: 8 },
  { name: 'signature', offset: 384, length: 96 },
  { name: 'index', offset: 512, length: 8 },
] as const

/**
 * The request of all deposits among a block's logs, type byte first; undefined without deposits.
 * @throws InvalidDepositLogError
 */
export function depositRequest(
  logs: readonly Log[],
  depositContract: Uint8Array,
): Uint8Array | undefined {
  const deposits = logs.filter(({ address, topics }) => {
    return equalBytes(address, depositContract) && isDepositEvent(topics[0])
  })
  if (deposits.length === 0) return undefined
  return concatBytes(Uint8Array.of(DEPOSIT_REQUEST_TYPE), ...deposits.map(unpackDeposit))
}

function isDepositEvent(topic: Uint8Array | undefined): boolean {
  return topic !== undefined && equalBytes(topic, DEPOSIT_EVENT)
}

function unpackDeposit({ data }: Log): Uint8Array {
  if (data.length !== LOG_BYTES) {
    throw new InvalidDepositLogError(`deposit log of ${data.length} bytes, not ${LOG_BYTES}`)
  }
  const values = FIELDS.map(({ name, offset, length }, index) => {
    const [pointer, size] = [wordAt(data, index * 32), wordAt(data, offset)]
    if (pointer !== BigInt(offset) || size !== BigInt(length)) {
      throw new InvalidDepositLogError(`deposit log with ${name} out of place`)
    }
    return data.subarray(offset + 32, offset + 32 + length)
  })
  return concatBytes(...values)
}

function wordAt(data: Uint8Array, offset: number): bigint {
  return bytesToBigInt(data.subarray(offset, offset + 32))
}
