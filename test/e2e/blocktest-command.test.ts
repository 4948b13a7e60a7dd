/** The `blocktest` command on a chain made here: verdicts, reasons, filters, traces, exit codes. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Block } from '@shredcast/shared/chain/block-codec'
import { encodeBlock } from '@shredcast/shared/chain/block-codec'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import { createEngine } from '@shredcast/shared/engine/engine'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { ChainState } from '@shredcast/shared/state/chain-state'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { honestBlocks } from '../kit/honest-blocks.ts'
import { runCommand } from '../kit/run-command.ts'
import { smallBlocks, smallGenesis } from '../kit/small-chain.ts'

const genesis = smallGenesis()

let folder: string
let genesisHeader: Header
/** The small chain's blocks, valid and in order. */
let first: Block
let second: Block

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blocktest-'))
  const engine = await createEngine({ config: genesis.config, workers: 1 })
  genesisHeader = ChainState.fromGenesis(genesis, engine.trie).head.header
  const blocks = await honestBlocks(engine, genesis, smallBlocks())
  await engine.close()
  first = blocks[0] as Block
  second = blocks[1] as Block
})

afterAll(() => rm(folder, { recursive: true }))

function accountsJson(accounts: readonly GenesisAccount[]) {
  return Object.fromEntries(
    accounts.map(({ address, balance, nonce, code, storage }) => {
      const slots = storage.map(({ key, value }) => [bytesToHex(key), bytesToHex(value)])
      const numbers = { balance: `0x${balance.toString(16)}`, nonce: `0x${nonce.toString(16)}` }
      return [
        bytesToHex(address),
        { ...numbers, code: bytesToHex(code), storage: Object.fromEntries(slots) },
      ]
    }),
  )
}

const valid = (block: Block) => ({ rlp: bytesToHex(encodeBlock(block)), blockHeader: {} })
const invalid = (block: Block, expectException?: string) => {
  return { rlp: bytesToHex(encodeBlock(block)), ...(expectException && { expectException }) }
}
const withHeader = (block: Block, changes: Partial<Header>): Block => {
  return { ...block, header: { ...block.header, ...changes } }
}

function blockTest(blocks: readonly object[], head: Header, changes: object = {}) {
  return {
    network: 'Osaka',
    config: { chainid: `0x${genesis.config.chainId.toString(16)}` },
    pre: accountsJson(genesis.alloc),
    genesisBlockHeader: { hash: bytesToHex(headerHash(genesisHeader)) },
    genesisRLP: bytesToHex(
      encodeBlock({ header: genesisHeader, transactions: [], ommers: [], withdrawals: [] }),
    ),
    blocks,
    lastblockhash: bytesToHex(headerHash(head)),
    postStateHash: bytesToHex(head.stateRoot),
    ...changes,
  }
}

async function run(name: string, tests: object, ...args: string[]) {
  const path = join(folder, name)
  await writeFile(path, JSON.stringify(tests))
  const { code, stdout, stderr } = await runCommand('blocktest', ['--json', ...args, path])
  const lines = stdout.trimEnd().split('\n')
  return { code, stderr, path, lines: lines.map((line) => JSON.parse(line)) }
}

describe('blocktest', () => {
  it.each(['inline', 'reference'])('imports a chain with the %s engine', async (engine) => {
    const tests = { chain: blockTest([valid(first), valid(second)], second.header) }
    const { code, stderr, lines } = await run('pass.json', tests, '--engine', engine)
    expect(stderr).toBe('')
    expect(lines).toEqual([{ type: 'summary', pass: 1, fail: 0, skip: 0, ms: expect.any(Number) }])
    expect(code).toBe(0)
  })

  it('refuses invalid blocks for the reason that the test names, and goes on behind them', async () => {
    const [one, ...others] = second.transactions as [Uint8Array, ...Uint8Array[]]
    const repeated = [one, one, ...others]
    const blocks = [
      invalid(second, 'BlockException.UNKNOWN_PARENT'),
      invalid(withHeader(first, { gasUsed: 1n }), 'BlockException.INVALID_GAS_USED'),
      valid(first),
      invalid(withHeader(second, { gasLimit: 10n ** 9n }), 'BlockException.INVALID_GASLIMIT'),
      invalid({ ...second, transactions: repeated }, 'TransactionException.NONCE_MISMATCH_TOO_LOW'),
      invalid(withHeader(second, { stateRoot: new Uint8Array(32) }), 'A|InvalidStateRoot'),
      valid(second),
      invalid(withHeader(first, { timestamp: 1n })),
    ]
    const { code, stderr, lines } = await run('invalid.json', {
      chain: blockTest(blocks, second.header),
    })
    expect(lines).toMatchObject([{ type: 'summary', pass: 1, fail: 0, skip: 0 }])
    expect(stderr).toBe('unknown reason A: any refusal was taken for it\n')
    expect(code).toBe(0)
  })

  it('names what fails and what it skips, with the reasons, and exits with 1', async () => {
    const wrongRoot = invalid(
      withHeader(first, { stateRoot: new Uint8Array(32) }),
      'BlockException.INVALID_GASLIMIT',
    )
    const tests = {
      accepted: blockTest([invalid(first, 'BlockException.INVALID_GASLIMIT')], genesisHeader),
      refused: blockTest([valid(second)], genesisHeader),
      reason: blockTest([wrongRoot], genesisHeader),
      head: blockTest([valid(first)], genesisHeader),
      state: blockTest([], genesisHeader, { postStateHash: `0x${'00'.repeat(32)}` }),
      genesis: blockTest([], genesisHeader, { pre: {} }),
      later: blockTest([], genesisHeader, { network: 'Amsterdam' }),
      chain: blockTest([valid(first)], first.header),
    }
    const { code, lines, path } = await run('fail.json', tests)
    const whyOf = Object.fromEntries(lines.slice(0, -1).map(({ name, why }) => [name, why]))
    expect(lines[0]).toMatchObject({ type: 'fail', file: path, name: 'accepted', fork: 'Osaka' })
    expect(whyOf).toEqual({
      accepted: 'block 0: accepted, expected BlockException.INVALID_GASLIMIT',
      refused: expect.stringContaining('block 0: refused for unknown parent'),
      reason: 'block 0: refused for wrong state root, expected BlockException.INVALID_GASLIMIT',
      head: expect.stringContaining('the head is 0x'),
      state: 'the head has another state',
      genesis: 'the genesis has another state root',
      later: 'fork Amsterdam is not supported',
    })
    expect(lines.at(-1)).toMatchObject({ pass: 1, fail: 6, skip: 1 })
    expect(code).toBe(1)
    const named = await run('fail.json', tests, '--name', 'chain')
    expect(named.lines).toMatchObject([{ pass: 1, fail: 0, skip: 0 }])
    const forked = await run('fail.json', tests, '--fork', 'amsterdam')
    expect(forked.lines.at(-1)).toMatchObject({ pass: 0, fail: 0, skip: 1 })
  })

  it('traces each instruction', async () => {
    const tests = { chain: blockTest([valid(first)], first.header) }
    const { lines } = await run('trace.json', tests, '--trace')
    const steps = lines.slice(0, -1)
    expect(steps.some(({ opName }) => opName === 'SSTORE')).toBe(true)
    expect(lines.at(-1)).toMatchObject({ type: 'summary', pass: 1 })
  })
})
