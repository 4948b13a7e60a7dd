/**
 * Chains of the official block tests into a data folder: one of each network whose blocks are a single
 * valid line, with the folder closed and opened again in the middle.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listTestFiles } from '@shredcast/leader/conformance/test-files'
import { ChainImport } from '@shredcast/leader/importer/chain-import'
import { decodeBlock } from '@shredcast/shared/chain/block-codec'
import type { BlockTest } from '@shredcast/shared/chain/block-test'
import { parseBlockTests, readBlockTest } from '@shredcast/shared/chain/block-test'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import { expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'

const ARCHIVES = ['blockchain-tests.tar.gz', 'legacy-blockchain-tests.tar.gz']
/** Before Byzantium receipts hold roots, Paris may begin by total difficulty, Amsterdam is a draft. */
const NETWORKS_MIN = 15

type LineTest = BlockTest & { readonly config: ChainConfig }

describeWithData('chains in a data folder', '../shared/fixtures/ethereum-tests', (folder) => {
  it('come to the head of the test, in two parts', { timeout: 600_000 }, async () => {
    const tests = await lineTests(ARCHIVES.map((archive) => join(folder, archive)))
    expect(tests.size).toBeGreaterThan(NETWORKS_MIN)
    for (const [network, test] of tests) {
      const path = mkdtempSync(join(tmpdir(), 'stored-import-'))
      expect(await importInTwoParts(test, path), `${network}: ${test.name}`).toEqual(test.headHash)
      rmSync(path, { recursive: true })
    }
  })
})

/** The first test of each network that is a line of at least two blocks. */
async function lineTests(archives: readonly string[]): Promise<Map<string, LineTest>> {
  const found = new Map<string, LineTest>()
  for (const file of await listTestFiles(archives)) {
    for (const named of parseBlockTests(await file.readText())) {
      const { network, blocks } = named.json
      if (found.has(network) || blocks.length < 2 || !blocks.every(isValid)) continue
      const test = readBlockTest(named)
      if (test.config !== undefined && isLine(test)) found.set(network, test as LineTest)
    }
  }
  return found
}

const isValid = (block: object) => 'blockHeader' in block

function isLine({ blocks, genesisHash, headHash }: BlockTest): boolean {
  const headers = blocks.map(({ bytes }) => decodeBlock(bytes).header)
  const numbers = headers.every(({ number }, index) => number === BigInt(index + 1))
  return numbers && equalBytes(headers[0]!.parentHash, genesisHash) && headHash.length === 32
}

async function importInTwoParts(test: LineTest, path: string): Promise<Uint8Array> {
  const { config, alloc, blocks } = test
  const genesis = { config, alloc, header: decodeBlock(test.genesis).header }
  const options = { genesis, store: { path }, workers: 2, stateCacheBytes: 0 }
  const half = await ChainImport.open(options)
  for (const { bytes } of blocks.slice(0, blocks.length / 2)) await half.take(bytes)
  await half.close()
  const rest = await ChainImport.open(options)
  for (const { bytes } of blocks) await rest.take(bytes)
  const { hash } = rest.head
  await rest.close()
  return hash
}
