import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, concatBytes, hexToBytes } from '../primitives/bytes.ts'
import type { RlpItem } from '../primitives/rlp.ts'
import { decodeRlp, encodeRlp } from '../primitives/rlp.ts'
import type { Transaction } from './transaction.ts'
import {
  decodeTransaction,
  effectiveGasPrice,
  encodeTransaction,
  MalformedTransactionError,
  signingHash,
  transactionHash,
} from './transaction.ts'
import { TRANSACTION_SAMPLES } from './transaction-samples.ts'

const address = fc.uint8Array({ minLength: 20, maxLength: 20 })
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const uint256 = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
const chainId = fc.bigInt({ min: 0n, max: 2n ** 64n })

const accessList = fc.array(fc.record({ address, storageKeys: fc.array(hash, { maxLength: 3 }) }), {
  maxLength: 3,
})
const authorization = fc.record({
  chainId: uint256,
  address,
  nonce: uint64,
  yParity: fc.nat(255),
  r: uint256,
  s: uint256,
})

const anyTransaction: fc.Arbitrary<Transaction> = fc
  .record({
    type: fc.constantFrom<Transaction['type']>(0, 1, 2, 3, 4),
    chainId,
    nonce: uint64,
    gasLimit: uint64,
    maxFeePerGas: uint256,
    maxPriorityFeePerGas: uint256,
    to: fc.option(address, { nil: undefined }),
    value: uint256,
    data: fc.uint8Array({ maxLength: 200 }),
    accessList,
    maxFeePerBlobGas: uint256,
    blobVersionedHashes: fc.array(hash, { maxLength: 4 }),
    authorizationList: fc.array(authorization, { maxLength: 3 }),
    yParity: fc.constantFrom<0 | 1>(0, 1),
    r: uint256,
    s: uint256,
  })
  .map(onlyOfType)

/** Takes from the transaction what its type has no field for. */
function onlyOfType(tx: Transaction): Transaction {
  const { type, chainId, maxFeePerGas } = tx
  return {
    ...tx,
    chainId: type === 0 && tx.value % 2n === 0n ? undefined : chainId,
    maxPriorityFeePerGas: type < 2 ? maxFeePerGas : tx.maxPriorityFeePerGas,
    accessList: type === 0 ? [] : tx.accessList,
    maxFeePerBlobGas: type === 3 ? tx.maxFeePerBlobGas : 0n,
    blobVersionedHashes: type === 3 ? tx.blobVersionedHashes : [],
    authorizationList: type === 4 ? tx.authorizationList : [],
  }
}

describe.each(TRANSACTION_SAMPLES)('transaction of type $type', (sample) => {
  const signed = hexToBytes(sample.signed)

  it('comes back from its signed bytes', () => {
    const tx = decodeTransaction(signed)
    expect(tx).toMatchObject({ type: sample.type, nonce: 9n, gasLimit: 100000n, chainId: 1n })
    expect(tx).toMatchObject({ value: 10n ** 18n, data: hexToBytes('0xdeadbeef') })
    expect(bytesToHex(encodeTransaction(tx))).toBe(sample.signed)
  })

  it('has its hash, and the hash that its sender signed', () => {
    expect(bytesToHex(transactionHash(signed))).toBe(sample.hash)
    expect(bytesToHex(signingHash(decodeTransaction(signed)))).toBe(sample.signingHash)
  })

  it('is refused when truncated, continued, or of another type', () => {
    for (let length = 0; length < signed.length; length++) {
      expectRefused(signed.subarray(0, length))
    }
    expectRefused(concatBytes(signed, Uint8Array.of(0)))
    const body = sample.type === 0 ? signed : signed.subarray(1)
    for (const type of [0, 1, 2, 3, 4, 5, 0x7f, 0x80]) {
      if (type !== sample.type) expectRefused(concatBytes(Uint8Array.of(type), body))
    }
  })

  it('is refused with a field too few, too many, or of the wrong kind', () => {
    const fields = fieldsOf(signed)
    expectRefused(withFields(signed, fields.slice(0, -1)))
    expectRefused(withFields(signed, [...fields, Uint8Array.of(1)]))
    for (const [index, field] of fields.entries()) {
      const swapped = field instanceof Uint8Array ? [field] : Uint8Array.of(1)
      expectRefused(withFields(signed, fields.with(index, swapped)))
    }
  })

  it('is refused with a field that is too long', () => {
    for (const [index, field] of fieldsOf(signed).entries()) {
      const isFreeLength = field instanceof Uint8Array && bytesToHex(field) === '0xdeadbeef'
      if (isFreeLength || !(field instanceof Uint8Array)) continue
      expectRefused(withFields(signed, fieldsOf(signed).with(index, new Uint8Array(33).fill(1))))
    }
  })
})

describe('decodeTransaction', () => {
  it('gives back any transaction', () => {
    fc.assert(
      fc.property(anyTransaction, (tx) => {
        expect(decodeTransaction(encodeTransaction(tx))).toEqual(tx)
      }),
    )
  })

  it('survives any bytes with a transaction or its own error', () => {
    const signed = fc.constantFrom(
      ...TRANSACTION_SAMPLES.map((sample) => hexToBytes(sample.signed)),
    )
    fc.assert(
      fc.property(signed, fc.nat(), fc.nat(255), (bytes, position, byte) => {
        const mutated = bytes.with(position % bytes.length, byte)
        const tx = decodeOrUndefined(mutated)
        if (tx !== undefined) expect(encodeTransaction(tx)).toEqual(mutated)
      }),
      { numRuns: 2000 },
    )
  })

  const [legacy, , , blob, setCode] = TRANSACTION_SAMPLES.map(({ signed }) => hexToBytes(signed))

  it.each([
    ['nonce with a leading zero', 0, '0x0009'],
    ['nonce of zero that is written', 0, '0x00'],
    ['nonce over 64 bits', 0, '0x010000000000000000'],
    ['gas limit over 64 bits', 2, '0x010000000000000000'],
    ['recipient of 19 bytes', 3, `0x${'35'.repeat(19)}`],
    ['recipient of 21 bytes', 3, `0x${'35'.repeat(21)}`],
    ['v of 26', 6, '0x1a'],
    ['v of 29', 6, '0x1d'],
    ['v of 34', 6, '0x22'],
    ['v of 0', 6, '0x'],
  ])('refuses a legacy transaction with a %s', (_, index, hex) => {
    expectRefused(withFields(legacy!, fieldsOf(legacy!).with(index, hexToBytes(hex))))
  })

  it.each([
    ['0x1b', undefined, 0],
    ['0x1c', undefined, 1],
    ['0x23', 0n, 0],
    ['0x26', 1n, 1],
    ['0x010000000000000000', 2n ** 63n - 18n, 1],
  ] as const)('reads v %s as chain id %s and parity %s', (v, chainId, yParity) => {
    const bytes = withFields(legacy!, fieldsOf(legacy!).with(6, hexToBytes(v)))
    expect(decodeTransaction(bytes)).toMatchObject({ yParity, chainId })
    expect(encodeTransaction(decodeTransaction(bytes))).toEqual(bytes)
  })

  it('refuses a parity over 1', () => {
    const fields = fieldsOf(blob!)
    expectRefused(withFields(blob!, fields.with(-3, Uint8Array.of(2))))
  })

  it('refuses a blob hash that is not 32 bytes', () => {
    const fields = fieldsOf(blob!)
    expectRefused(withFields(blob!, fields.with(10, [new Uint8Array(31).fill(1)])))
  })

  it('refuses an access list entry of a wrong shape', () => {
    const fields = fieldsOf(blob!)
    const entries: RlpItem[] = [
      [new Uint8Array(19).fill(1), []],
      [new Uint8Array(20), [new Uint8Array(31).fill(1)]],
      [new Uint8Array(20)],
      [new Uint8Array(20), [], []],
      new Uint8Array(20),
    ]
    for (const entry of entries) expectRefused(withFields(blob!, fields.with(8, [entry])))
  })

  it('refuses an authorization of a wrong shape, but not one that is void', () => {
    const fields = fieldsOf(setCode!)
    const [authorization] = fields[9] as [readonly RlpItem[]]
    const withEntry = (entry: RlpItem) => withFields(setCode!, fields.with(9, [entry]))
    expect(decodeTransaction(withEntry(authorization.with(3, Uint8Array.of(0xff))))).toMatchObject({
      authorizationList: [{ yParity: 255 }],
    })
    expectRefused(withEntry(authorization.with(3, Uint8Array.of(1, 0))))
    expectRefused(withEntry(authorization.with(2, new Uint8Array(9).fill(1))))
    expectRefused(withEntry(authorization.with(1, new Uint8Array(0))))
    expectRefused(withEntry(authorization.slice(0, 5)))
  })
})

describe('effectiveGasPrice', () => {
  const tx = {
    ...decodeTransaction(hexToBytes(TRANSACTION_SAMPLES[2]!.signed)),
    maxFeePerGas: 100n,
    maxPriorityFeePerGas: 10n,
  }

  it('is the base fee and the tip, up to the fee cap', () => {
    expect(effectiveGasPrice(tx, 50n)).toBe(60n)
    expect(effectiveGasPrice(tx, 90n)).toBe(100n)
    expect(effectiveGasPrice(tx, 95n)).toBe(100n)
  })

  it('is the gas price before London', () => {
    expect(effectiveGasPrice(tx, undefined)).toBe(100n)
  })
})

function expectRefused(bytes: Uint8Array): void {
  expect(() => decodeTransaction(bytes)).toThrow(MalformedTransactionError)
}

function decodeOrUndefined(bytes: Uint8Array): Transaction | undefined {
  try {
    return decodeTransaction(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedTransactionError)
    return undefined
  }
}

function fieldsOf(signed: Uint8Array): readonly RlpItem[] {
  const isLegacy = signed[0]! >= 0xc0
  return decodeRlp(isLegacy ? signed : signed.subarray(1)) as readonly RlpItem[]
}

/** The transaction's bytes with other fields in its envelope. */
function withFields(signed: Uint8Array, fields: readonly RlpItem[]): Uint8Array {
  const isLegacy = signed[0]! >= 0xc0
  return concatBytes(signed.subarray(0, isLegacy ? 0 : 1), encodeRlp(fields))
}
