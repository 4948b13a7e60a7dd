/** Mainnet blocks, sequentially, on the reference executor: gas, bloom and receipts root. */

import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readBlockFixture } from '@shredcast/shared/chain/block-fixture'
import { hardforkAt, MAINNET } from '@shredcast/shared/chain/chain-config'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { encodeReceipt, logsBloom } from '@shredcast/shared/chain/receipt'
import { ReferenceExecutor } from '@shredcast/shared/engine/reference/reference-executor'
import { orderedRoot } from '@shredcast/shared/trie/ordered-root'
import { expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { MapState } from '../kit/map-state.ts'
import { runBlockSequentially } from '../kit/sequential-block.ts'

describeWithData('mainnet blocks, sequentially', '../shared/fixtures/mainnet', (folder) => {
  const executor = new ReferenceExecutor(MAINNET)
  const files = readdirSync(folder).filter((name) => name.endsWith('.json.gz'))
  const byNumber = (a: string, b: string) => Number.parseInt(a, 10) - Number.parseInt(b, 10)

  for (const file of files.sort(byNumber)) {
    it(`block ${basename(file, '.json.gz')} comes to its header`, async () => {
      const fixture = await readBlockFixture(join(folder, file))
      const { header } = fixture
      const receipts = await runBlockSequentially(executor, new MapState(fixture.preState), fixture)
      expect(receipts.at(-1)?.cumulativeGasUsed ?? 0n).toBe(header.gasUsed)
      expect(logsBloom(receipts.flatMap(({ logs }) => logs))).toEqual(header.logsBloom)
      const fork = hardforkAt(MAINNET, header.number, header.timestamp)
      if (!isAtLeast(fork, 'byzantium')) return
      const encoded = receipts.map((receipt) => encodeReceipt(receipt, fork))
      expect(orderedRoot(encoded)).toEqual(header.receiptsRoot)
    })
  }
})
