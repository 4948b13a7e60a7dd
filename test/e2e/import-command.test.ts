/** The `import` command on a chain file, and a leader that goes on from the folder. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Block } from '@shredcast/shared/chain/block-codec'
import { encodeBlock } from '@shredcast/shared/chain/block-codec'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import { genesisFromJson } from '@shredcast/shared/chain/genesis'
import { headerHash } from '@shredcast/shared/chain/header'
import { createEngine } from '@shredcast/shared/engine/engine'
import { bytesToHex, concatBytes } from '@shredcast/shared/primitives/bytes'
import { ChainState } from '@shredcast/shared/state/chain-state'
import { StoredChain } from '@shredcast/shared/state/stored-chain'
import { Store } from '@shredcast/shared/store/store'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { honestBlocks } from '../kit/honest-blocks.ts'
import { startLeader } from '../kit/leader-life.ts'
import { runCommand } from '../kit/run-command.ts'
import { ALICE, BOB, EVE, signedCall, smallBlocks, smallGenesis } from '../kit/small-chain.ts'
import { callTo } from '../kit/test-world.ts'

const TIMEOUT = { timeout: 600_000 }
/** More than the hashes that a block may ask for. */
const BLOCKS = 300

const root = mkdtempSync(join(tmpdir(), 'shredcast-import-'))
const file = (name: string) => join(root, name)

/** The small chain's genesis as geth would write it. */
function genesisJson() {
  const hex = (bytes: Uint8Array) => bytesToHex(bytes)
  const forks = ['homestead', 'eip150', 'eip155', 'eip158', 'byzantium', 'constantinople']
  const later = ['petersburg', 'istanbul', 'berlin', 'london']
  const blocks = [...forks, ...later].map((name) => [`${name}Block`, 0])
  const times = ['shanghai', 'cancun', 'prague'].map((name) => [`${name}Time`, 0])
  const alloc = smallGenesis().alloc.map(({ address, balance, nonce, code }) => [
    hex(address),
    { balance: String(balance), nonce: Number(nonce), code: hex(code) },
  ])
  const config = { chainId: 31337, terminalTotalDifficulty: 0 }
  return {
    config: { ...config, ...Object.fromEntries([...blocks, ...times]) },
    difficulty: 0,
    gasLimit: 30_000_000,
    alloc: Object.fromEntries(alloc),
  }
}

/** Some transactions in every block, on state that the blocks before it made. */
function transactionsOfBlocks(): Uint8Array[][] {
  const first = smallBlocks()
  const rest = Array.from({ length: BLOCKS - first.length }, (_, index) => [
    signedCall(ALICE, BigInt(2 + index), { to: EVE.address, value: 3n }),
    signedCall(BOB, BigInt(1 + index), callTo('store', index % 40, index)),
  ])
  return [...first, ...rest]
}

let genesis: Genesis
let blocks: Block[]

beforeAll(async () => {
  genesis = genesisFromJson(genesisJson())
  writeFileSync(file('genesis.json'), JSON.stringify(genesisJson()))
  const engine = await createEngine({ config: genesis.config, workers: 1 })
  const { header } = ChainState.fromGenesis(genesis, engine.trie).head
  const made = await honestBlocks(engine, genesis, transactionsOfBlocks())
  await engine.close()
  blocks = [{ header, transactions: [], ommers: [], withdrawals: [] }, ...made]
}, TIMEOUT.timeout)

afterAll(() => rmSync(root, { recursive: true }))

function write(name: string, some: readonly Block[]): string {
  const bytes = concatBytes(...some.map(encodeBlock))
  writeFileSync(file(name), name.endsWith('.gz') ? gzipSync(bytes) : bytes)
  return file(name)
}

const importInto = (folder: string, chain: string, ...args: string[]) => {
  const genesisArgs = ['--genesis', file('genesis.json'), '--datadir', file(folder)]
  return runCommand('import', [...genesisArgs, '--workers', '2', ...args, chain])
}

const summaryOf = (stdout: string) => JSON.parse(stdout.trim().split('\n').at(-1)!)

const headOf = (block: Block) => ({
  head: Number(block.header.number),
  hash: bytesToHex(headerHash(block.header)),
})

describe('import', TIMEOUT, () => {
  it('brings a chain into a folder, in two parts, and a leader goes on from there', async () => {
    const whole = write('chain.rlp', blocks)
    const first = await importInto('whole', write('part.rlp.gz', blocks.slice(0, 100)), '--json')
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout.trim().split('\n')).toHaveLength(100)
    expect(JSON.parse(first.stdout.split('\n')[0]!)).toMatchObject({
      type: 'block',
      number: 1,
      txs: 7,
    })
    expect(summaryOf(first.stdout)).toMatchObject({
      ...{ type: 'summary', imported: 99, known: 1 },
      ...headOf(blocks[99]!),
    })
    const second = await importInto('whole', whole, '--json', '--state-cache', '0')
    expect(summaryOf(second.stdout)).toMatchObject({
      ...{ imported: BLOCKS - 99, known: 100 },
      ...headOf(blocks.at(-1)!),
    })
    const again = await importInto('whole', whole)
    expect(again).toMatchObject({ code: 0, stderr: '' })
    expect(again.stdout).toMatch(/^0 blocks imported .* 301 known; the head is block 300, 0x/)

    const leader = startLeader({
      datadir: file('whole'),
      args: ['--genesis', file('genesis.json'), '--stream-port', '0', '--block-time', '50'],
    })
    expect((await leader.ready).block).toBe(BLOCKS)
    expect((await leader.stop()).code).toBe(0)
    const late = await importInto('whole', whole)
    expect(late).toMatchObject({ code: 1, stdout: '' })
    expect(late.stderr).toMatch(
      /^error: a leader has made blocks in .*: import into another folder\n$/,
    )
  })

  it('stores bodies, receipts and states', async () => {
    expect((await importInto('states', write('some.rlp', blocks.slice(1, 6)))).code).toBe(0)
    const store = await Store.open({ path: file('states') })
    const engine = await createEngine({ config: genesis.config, workers: 1 })
    const chain = await StoredChain.open({ store, genesis, trie: engine.trie })
    const { tables } = chain
    expect(chain.head.hash).toEqual(headerHash(blocks[5]!.header))
    expect(tables.blocks.body(1n)?.transactions).toEqual(blocks[1]!.transactions)
    expect(tables.blocks.receipts(1n)).toHaveLength(7)
    expect(chain.state.at(3n).account(ALICE.address)?.nonce).toBe(3n)
    expect(chain.state.latest.account(ALICE.address)?.nonce).toBe(5n)
    await engine.close()
    await store.close()
  })

  it('stops at a block that breaks a rule, behind those before it', async () => {
    const bad = blocks[4]!
    const forged = { ...bad, header: { ...bad.header, stateRoot: new Uint8Array(32) } }
    const chain = write('bad.rlp', [...blocks.slice(0, 4), forged, ...blocks.slice(5)])
    const run = await importInto('bad', chain, '--json')
    expect(run.code).toBe(1)
    expect(run.stderr).toMatch(
      /^error: block 4, 0x[\da-f]{64}: wrong state root \(0x0+ in the header, found 0x[\da-f]{64}\)\n$/,
    )
    expect(summaryOf(run.stdout)).toMatchObject({ imported: 3, ...headOf(blocks[3]!) })
    const mended = await importInto('bad', write('mended.rlp', blocks.slice(0, 8)), '--json')
    expect(summaryOf(mended.stdout)).toMatchObject({ imported: 4, known: 4, ...headOf(blocks[7]!) })
  })

  it('refuses a gap, another branch, another genesis, and what is no chain file', async () => {
    const gap = await importInto('gap', write('gap.rlp', [blocks[1]!, blocks[3]!]))
    expect(gap.stderr).toMatch(/^error: block 3, 0x[\da-f]{64}: unknown parent/)
    const [, first] = blocks
    const other = { ...first!, header: { ...first!.header, extraData: Uint8Array.of(1) } }
    const branch = await importInto('gap', write('branch.rlp', [other]))
    expect(branch.stderr).toMatch(/^error: block 1 of the file, 0x.*, is not that of the folder/)
    writeFileSync(file('text.rlp'), 'no blocks here')
    const text = await importInto('gap', file('text.rlp'))
    expect(text.stderr).toMatch(/^error: .*text.rlp: at byte 0: no RLP list\n$/)
    const none = await importInto('gap', file('none.rlp'))
    expect(none.stderr).toMatch(/^error: .*none.rlp: ENOENT/)
    writeFileSync(file('other.json'), JSON.stringify({ ...genesisJson(), gasLimit: 1 }))
    const args = ['--genesis', file('other.json'), '--datadir', file('gap')]
    const stranger = await runCommand('import', [...args, file('gap.rlp')])
    expect(stranger.stderr).toMatch(/^error: the folder holds chain 31337 with genesis 0x/)
    for (const run of [gap, branch, text, none, stranger]) expect(run.code).toBe(1)
  })

  it('explains itself when it is used wrongly', async () => {
    const run = await runCommand('import', ['chain.rlp'])
    expect(run.code).toBe(2)
    expect(run.stderr).toContain("required option '--genesis <file>' not specified")
  })
})
