/**
 * Headers, transactions roots and genesis state roots of the blockchain tests: everything in a test
 * that can be checked without executing a block.
 */

import { decodeHeader, headerHash } from '@shredcast/shared/chain/header'
import { decodeTransaction } from '@shredcast/shared/chain/transaction'
import { createSparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { bigIntToBytes, bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { RlpItem } from '@shredcast/shared/primitives/rlp'
import { decodeRlp, encodeRlp } from '@shredcast/shared/primitives/rlp'
import { orderedRoot } from '@shredcast/shared/trie/ordered-root'
import { expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { readTestArchive } from '../kit/test-archive.ts'

interface Account {
  readonly balance: string
  readonly nonce: string
  readonly code: string
  readonly storage: Readonly<Record<string, string>>
}

interface BlockchainTest {
  readonly pre: Readonly<Record<string, Account>>
  readonly genesisRLP: string
  readonly genesisBlockHeader: { readonly hash: string; readonly stateRoot: string }
  /** A block without a header is invalid. */
  readonly blocks: readonly {
    readonly rlp: string
    readonly blockHeader?: { readonly hash: string }
  }[]
}

const SUITES = ['blockchain-tests', 'legacy-blockchain-tests', 'eest-blockchain-tests']

for (const suite of SUITES) {
  const archive = `../shared/fixtures/ethereum-tests/${suite}.tar.gz`
  describeWithData(`blocks of ${suite}`, archive, async (path) => {
    const tests = await readTestArchive<BlockchainTest>(path)

    it('have the hashes and transactions roots that their headers say', () => {
      for (const { file, name, test } of tests) {
        expect(hashOf(test.genesisRLP), `${file} ${name}`).toBe(test.genesisBlockHeader.hash)
        for (const { rlp, blockHeader } of test.blocks) {
          if (blockHeader !== undefined) expect(hashOf(rlp), file).toBe(blockHeader.hash)
        }
      }
    })

    it('begin from the state root of their genesis', async () => {
      const trie = await createSparseTrie('debug')
      for (const { file, name, test } of tests) {
        trie.reset(Object.entries(test.pre).map(accountOf))
        const root = bytesToHex(trie.root())
        expect(root, `${file} ${name}`).toBe(test.genesisBlockHeader.stateRoot)
      }
    })
  })
}

/** Hash of a block on the wire, once its transactions agree with its header. */
function hashOf(rlp: string): string {
  const [headerItem, transactions] = decodeRlp(hexToBytes(rlp)) as [RlpItem, readonly RlpItem[]]
  const header = decodeHeader(encodeRlp(headerItem))
  const signed = transactions.map((item) => (item instanceof Uint8Array ? item : encodeRlp(item)))
  for (const bytes of signed) decodeTransaction(bytes)
  expect(orderedRoot(signed)).toEqual(header.transactionsRoot)
  return bytesToHex(headerHash(header))
}

function accountOf([address, { balance, nonce, code, storage }]: [string, Account]) {
  return {
    address: hexToBytes(address),
    balance: BigInt(balance),
    nonce: BigInt(nonce),
    code: hexToBytes(code),
    storage: Object.entries(storage).map(([key, value]) => {
      return { key: bigIntToBytes(BigInt(key), 32), value: bigIntToBytes(BigInt(value), 32) }
    }),
  }
}
