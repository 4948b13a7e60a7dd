/** Encodings and roots of real mainnet blocks, against the hashes that the blocks carry. */

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { encodeWithdrawal } from '@shredcast/shared/chain/block'
import type { BlockFixture } from '@shredcast/shared/chain/block-fixture'
import { listBlockFixtures, readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import { hardforkAt, MAINNET } from '@shredcast/shared/chain/chain-config'
import { decodeHeader, encodeHeader, headerHash } from '@shredcast/shared/chain/header'
import {
  decodeTransaction,
  encodeTransaction,
  transactionHash,
} from '@shredcast/shared/chain/transaction'
import { recoverSender } from '@shredcast/shared/engine/sender'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import { orderedRoot } from '@shredcast/shared/trie/ordered-root'
import { expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'

interface RpcBlock {
  readonly hash: string
  readonly transactions: readonly { readonly hash: string }[]
}

function rpcBlockAt(path: string): RpcBlock {
  return JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')).block
}

describeWithData('mainnet blocks', '../shared/fixtures/mainnet', (folder) => {
  it('have their hash, roots, fork, and transactions with their hashes and senders', async () => {
    const forks = forksByNumber(folder)
    const paths = await listBlockFixtures([folder])
    expect(paths).toHaveLength(forks.size)
    for (const path of paths) {
      const fixture = await readBlockFixture(path)
      const block = rpcBlockAt(path)
      const { number, timestamp } = fixture.header
      expect(hardforkAt(MAINNET, number, timestamp), path).toBe(forks.get(number))
      expectHeader(fixture, block)
      for (const [index, bytes] of fixture.transactions.entries()) {
        expect(bytesToHex(transactionHash(bytes)), path).toBe(block.transactions[index]?.hash)
        const tx = decodeTransaction(bytes)
        expect(equalBytes(encodeTransaction(tx), bytes), path).toBe(true)
        expect(recoverSender(tx), path).toEqual(fixture.senders[index])
      }
    }
  })
})

function forksByNumber(folder: string): Map<bigint, string> {
  const index: { number: number; fork: string }[] = JSON.parse(
    readFileSync(`${folder}/index.json`, 'utf8'),
  )
  return new Map(index.map(({ number, fork }) => [BigInt(number), fork]))
}

function expectHeader({ header, context, transactions }: BlockFixture, block: RpcBlock): void {
  expect(bytesToHex(headerHash(header))).toBe(block.hash)
  expect(decodeHeader(encodeHeader(header))).toEqual(header)
  expect(orderedRoot(transactions)).toEqual(header.transactionsRoot)
  const withdrawalsRoot =
    context.withdrawals && orderedRoot(context.withdrawals.map(encodeWithdrawal))
  expect(withdrawalsRoot).toEqual(header.withdrawalsRoot)
}
