/** The difficulty formulas against the official difficulty tests. */

import { join } from 'node:path'
import { listTestFiles } from '@shredcast/leader/conformance/test-files'
import { nextDifficulty } from '@shredcast/shared/chain/rules/difficulty'
import { configOfNetwork } from '@shredcast/shared/chain/test-network'
import { EMPTY_LIST_HASH } from '@shredcast/shared/primitives/keccak'
import { expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'

interface DifficultyCase extends Readonly<Record<string, string>> {
  readonly parentUncles: string
}

const SOME_OMMERS_HASH = new Uint8Array(32)

describeWithData('difficulty tests', '../shared/fixtures/ethereum-tests', (folder) => {
  it('all come to their difficulty', async () => {
    const archive = join(folder, 'difficulty-tests.tar.gz')
    let count = 0
    for (const file of await listTestFiles([archive])) {
      const tests: object[] = Object.values(JSON.parse(await file.readText()))
      for (const { network, name, found, expected } of tests.flatMap(casesOf)) {
        expect(found, `${file.path} ${network} ${name}`).toBe(expected)
        count++
      }
    }
    expect(count).toBeGreaterThan(100)
  })
})

function casesOf(test: object) {
  const forks = Object.entries(test).filter(([network]) => network !== '_info')
  return forks.flatMap(([network, cases]: [string, Record<string, DifficultyCase>]) => {
    const config = configOfNetwork(network)
    if (config === undefined) throw new Error(`unknown fork ${network}`)
    return Object.entries(cases).map(([name, json]) => {
      const number = (key: string) => BigInt(json[key] as string)
      const hasOmmers = ['0x01', '0x1'].includes(json.parentUncles)
      const parent = {
        difficulty: number('parentDifficulty'),
        timestamp: number('parentTimestamp'),
        number: number('currentBlockNumber') - 1n,
        ommersHash: hasOmmers ? SOME_OMMERS_HASH : EMPTY_LIST_HASH,
      }
      const found = nextDifficulty(parent, number('currentTimestamp'), config)
      return { network, name, found, expected: number('currentDifficulty') }
    })
  })
}
