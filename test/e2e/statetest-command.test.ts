/** The `statetest` command on tests made here: verdicts, filters, traces, exit codes, time limits. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { EMPTY_LIST_HASH } from '@shredcast/shared/primitives/keccak'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../kit/run-command.ts'
import { Signer } from '../kit/signer.ts'
import { StateRoot } from '../kit/state-root.ts'

const SENDER = new Signer(1)
const CONTRACT = new Uint8Array(20).fill(0xc0)
const BENEFICIARY = new Uint8Array(20).fill(0xbe)
const BALANCE = 10n ** 30n
const GAS_LIMIT = 10n ** 12n

/** PUSH1 1, PUSH1 2, ADD, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN: 24 gas. */
const ADDING = Uint8Array.of(0x60, 1, 0x60, 2, 0x01, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3)
/** JUMPDEST, PUSH1 0, JUMP: until the gas is used up, which takes hours. */
const LOOPING = Uint8Array.of(0x5b, 0x60, 0, 0x56)
const GAS_USED = 21_000n + 24n

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statetest-'))
})

afterAll(() => rm(folder, { recursive: true }))

function stateTest(code: Uint8Array, post: object) {
  const transaction = SENDER.sign({ to: CONTRACT, gasLimit: GAS_LIMIT, maxFeePerGas: 1n })
  const expected = { logs: bytesToHex(EMPTY_LIST_HASH), txbytes: bytesToHex(transaction) }
  const account = { nonce: '0x00', balance: '0x00', code: '0x', storage: {} }
  return {
    env: {
      currentCoinbase: bytesToHex(BENEFICIARY),
      currentNumber: '0x01',
      currentTimestamp: '0x03e8',
      currentGasLimit: `0x${GAS_LIMIT.toString(16)}`,
      currentDifficulty: '0x020000',
    },
    pre: {
      [bytesToHex(SENDER.address)]: { ...account, balance: `0x${BALANCE.toString(16)}` },
      [bytesToHex(CONTRACT)]: { ...account, code: bytesToHex(code) },
    },
    transaction: {},
    post: Object.fromEntries(
      Object.entries(post).map(([fork, hash]) => {
        return [fork, [{ ...expected, hash, indexes: { data: 0, gas: 0, value: 0 } }]]
      }),
    ),
  }
}

/** State root when the sender has paid GAS_USED to the beneficiary. */
async function rootAfterAdding(): Promise<string> {
  const state = await StateRoot.fromGenesis([])
  await state.apply([
    { address: SENDER.address, balance: BALANCE - GAS_USED, nonce: 1n, slots: [] },
    { address: CONTRACT, code: ADDING, slots: [] },
    { address: BENEFICIARY, balance: GAS_USED, slots: [] },
  ])
  return bytesToHex(await state.root())
}

async function fileOf(name: string, tests: object): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, JSON.stringify(tests))
  return path
}

async function run(...args: string[]) {
  const { code, stdout, stderr } = await runCommand('statetest', args)
  return { code, stderr, lines: stdout.trimEnd().split('\n') }
}

const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line))

describe('statetest', () => {
  it('passes what comes to its state root, and ends with a summary', async () => {
    const root = await rootAfterAdding()
    const file = await fileOf('pass.json', { adds: stateTest(ADDING, { Berlin: root }) })
    const { code, stderr, lines } = await run('--json', file)
    expect(stderr).toBe('')
    expect(parsed(lines)).toEqual([
      { type: 'summary', pass: 1, fail: 0, skip: 0, ms: expect.any(Number) },
    ])
    expect(code).toBe(0)
  })

  it('names what fails and what it skips, with the reasons, and exits with 1', async () => {
    const wrong = `0x${'00'.repeat(32)}`
    const test = stateTest(ADDING, {
      Berlin: await rootAfterAdding(),
      Istanbul: wrong,
      Later: wrong,
    })
    const file = await fileOf('fail.json', { adds: test })
    const { code, lines } = await run('--json', file)
    const [failed, skipped, summary] = parsed(lines)
    const place = { file, name: 'adds', index: 0 }
    expect(failed).toEqual({ type: 'fail', ...place, fork: 'Istanbul', why: expect.any(String) })
    expect(failed.why).toContain(`not ${wrong}`)
    expect(skipped).toMatchObject({ type: 'skip', ...place, fork: 'Later' })
    expect(summary).toMatchObject({ pass: 1, fail: 1, skip: 1 })
    expect(code).toBe(1)
    const berlinAlone = await run('--fork', 'berlin', file)
    expect(berlinAlone.lines.at(-1)).toMatch(/^1 passed, 0 failed, 0 skipped/)
    expect(berlinAlone.code).toBe(0)
  })

  it.each(['inline', 'reference'])(
    'traces each instruction of the %s engine, and what the case came to',
    async (engine) => {
      const root = await rootAfterAdding()
      const file = await fileOf('trace.json', { adds: stateTest(ADDING, { Berlin: root }) })
      const { lines } = await run('--json', '--trace', '--engine', engine, file)
      const steps = parsed(lines.slice(0, -2))
      expect(steps.map(({ opName }) => opName).join(' ')).toBe(
        'PUSH1 PUSH1 ADD PUSH1 MSTORE PUSH1 PUSH1 RETURN',
      )
      expect(steps[4]).toEqual({
        pc: 7,
        op: 0x52,
        gas: `0x${(GAS_LIMIT - 21_012n).toString(16)}`,
        gasCost: '0x6',
        stack: ['0x3', '0x0'],
        depth: 1,
        returnData: '0x',
        refund: '0x0',
        memSize: 0,
        opName: 'MSTORE',
      })
      expect(JSON.parse(lines.at(-2)!)).toEqual({
        stateRoot: root,
        output: `0x${'00'.repeat(31)}03`,
        gasUsed: `0x${GAS_USED.toString(16)}`,
        pass: true,
        fork: 'Berlin',
      })
    },
  )

  it('fails a case that does not end in time and goes on with the next', async () => {
    const root = await rootAfterAdding()
    const tests = {
      endless: stateTest(LOOPING, { Berlin: root }),
      adds: stateTest(ADDING, { Berlin: root }),
    }
    const { code, lines } = await run('--json', '--timeout', '3', await fileOf('end.json', tests))
    const [failed, summary] = parsed(lines)
    expect(failed).toMatchObject({ name: 'endless', why: 'not done after 3 s' })
    expect(summary).toMatchObject({ pass: 1, fail: 1 })
    expect(code).toBe(1)
  })

  it('says what is wrong with a path in one line', async () => {
    const missing = await run(join(folder, 'none'))
    expect(missing).toMatchObject({ code: 1, lines: [''] })
    expect(missing.stderr).toMatch(/^error: .*none: no such file or folder\n$/)
    const other = await run(await fileOf('other.json', { trie: {} }))
    expect(other.code).toBe(1)
    expect(other.lines[0]).toContain('no state test in this file')
    await fileOf('broken.json', {}).then((path) => writeFile(path, '{'))
    const broken = await run('--json', join(folder, 'broken.json'))
    expect(JSON.parse(broken.lines[0]!)).toMatchObject({ type: 'fail', name: null })
    expect(broken.code).toBe(1)
  })
})
