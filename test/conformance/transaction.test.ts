/** Signed transactions of TransactionTests and of the state tests: decoding, hash, sender, refusal. */

import type { Transaction } from '@shredcast/shared/chain/transaction'
import {
  decodeTransaction,
  encodeTransaction,
  MalformedTransactionError,
  transactionHash,
} from '@shredcast/shared/chain/transaction'
import { recoverSender } from '@shredcast/shared/engine/sender'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { readTestArchive } from '../kit/test-archive.ts'

interface TransactionTest {
  readonly txbytes: string
  /** By fork: why it is refused, or what it is. */
  readonly result: Readonly<
    Record<
      string,
      { readonly exception: string } | { readonly hash: string; readonly sender: string }
    >
  >
}

/** Refusals of well-formed transactions: validity, which depends on fork, chain and key. */
const VALIDITY = new Set([
  'TransactionException.TYPE_NOT_SUPPORTED',
  'TransactionException.INTRINSIC_GAS_TOO_LOW',
  'TransactionException.INITCODE_SIZE_EXCEEDED',
  'TransactionException.GASLIMIT_PRICE_PRODUCT_OVERFLOW',
  'TransactionException.INVALID_CHAINID',
  'TransactionException.INVALID_SIGNATURE_VRS',
])

const SUITES = '../shared/fixtures/ethereum-tests'

describeWithData('TransactionTests', `${SUITES}/transaction-tests.tar.gz`, async (path) => {
  for (const { file, name, test } of await readTestArchive<TransactionTest>(path)) {
    const results = Object.values(test.result)
    const accepted = results.find((result) => 'hash' in result)
    const isMalformed = results.every((result) => {
      return 'exception' in result && !VALIDITY.has(result.exception)
    })
    if (accepted !== undefined) {
      it(`${name} is a transaction`, () => {
        const tx = decodeTransaction(hexToBytes(test.txbytes))
        expect(bytesToHex(encodeTransaction(tx))).toBe(test.txbytes)
        expect(bytesToHex(transactionHash(hexToBytes(test.txbytes)))).toBe(accepted.hash)
        expect(senderOf(tx)).toBe(accepted.sender)
      })
    } else if (isMalformed) {
      it(`${file}: ${name} is none`, () => {
        expect(() => decodeTransaction(hexToBytes(test.txbytes))).toThrow(MalformedTransactionError)
      })
    }
  }
})

interface StateTest {
  readonly transaction: {
    /** Absent in older files. */
    readonly sender?: string
    readonly nonce: string
    readonly to: string
    readonly gasLimit: readonly string[]
    readonly value: readonly string[]
    readonly data: readonly string[]
    readonly authorizationList?: readonly unknown[]
    readonly blobVersionedHashes?: readonly string[]
  }
  readonly post: Readonly<Record<string, readonly StateCase[]>>
}

interface StateCase {
  readonly txbytes?: string
  readonly expectException?: string
  readonly indexes: { readonly data: number; readonly gas: number; readonly value: number }
}

const SUITES_WITH_BYTES = ['eest-state-tests', 'general-state-tests', 'legacy-state-tests']

for (const suite of SUITES_WITH_BYTES) {
  describeWithData(`signed bytes of ${suite}`, `${SUITES}/${suite}.tar.gz`, (path) => {
    it('decode to the transactions of their tests', async () => {
      const types = new Set<number>()
      for (const { file, test } of await readTestArchive<StateTest>(path)) {
        for (const stateCase of Object.values(test.post).flat()) {
          const { txbytes, expectException } = stateCase
          if (txbytes === undefined || expectException !== undefined) continue
          const tx = decodeTransaction(hexToBytes(txbytes))
          types.add(tx.type)
          expect(bytesToHex(encodeTransaction(tx)), file).toBe(txbytes)
          expect(summaryOf(tx), file).toEqual(expectedSummary(test, stateCase))
          if (test.transaction.sender !== undefined) {
            expect(senderOf(tx), file).toBe(test.transaction.sender)
          }
        }
      }
      expect(types.size).toBeGreaterThanOrEqual(3)
    })
  })
}

function senderOf(tx: Transaction): string | undefined {
  const sender = recoverSender(tx)
  return sender && bytesToHex(sender)
}

function summaryOf(tx: Transaction) {
  return {
    nonce: tx.nonce,
    gasLimit: tx.gasLimit,
    value: tx.value,
    to: tx.to === undefined ? '' : bytesToHex(tx.to),
    data: bytesToHex(tx.data),
    authorizationCount: tx.authorizationList.length,
    blobCount: tx.blobVersionedHashes.length,
  }
}

function expectedSummary({ transaction }: StateTest, { indexes }: StateCase) {
  return {
    nonce: BigInt(transaction.nonce),
    gasLimit: BigInt(transaction.gasLimit[indexes.gas]!),
    value: BigInt(transaction.value[indexes.value]!),
    to: transaction.to,
    data: transaction.data[indexes.data],
    authorizationCount: transaction.authorizationList?.length ?? 0,
    blobCount: transaction.blobVersionedHashes?.length ?? 0,
  }
}
