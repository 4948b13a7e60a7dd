/** `cast` of Foundry, unmodified, against a leader: each command is a process of its own. */

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { encodeDeployData, parseEther } from 'viem'
import { afterAll, describe, expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { devAccount, TOKEN_DEPLOYMENT, TOKEN_SUPPLY } from '../kit/dev-token.ts'
import { sharedRpcLeader } from '../kit/rpc-leader.ts'

const STRANGER = '0x00000000000000000000000000000000000000aa'
const TRANSFER = 'Transfer(address indexed,address indexed,uint256)'

/** Commands wait for a machine that others use, too. */
const TIMEOUT_MS = 120_000

describeWithData('cast', 'node_modules/@foundry-rs/cast-linux-amd64/bin/cast', (program) => {
  const home = mkdtempSync(join(tmpdir(), 'cast-'))
  const node = sharedRpcLeader({ blockTimeMs: 400 })

  afterAll(() => rmSync(home, { recursive: true }))

  async function cast(...args: string[]): Promise<string> {
    const env = { ...process.env, HOME: home, ETH_RPC_URL: node.httpUrl, NO_COLOR: '1' }
    const { stdout } = await promisify(execFile)(program, args, { env })
    return stdout.trim()
  }

  const json = async (...args: string[]) => JSON.parse(await cast(...args, '--json'))

  /** Signs with the key of a development account; the block of the transaction is sealed then. */
  function send(index: number, ...args: string[]) {
    const key = devAccount(index).getHdKey().privateKey
    return json('send', '--private-key', bytesToHex(key!), '--confirmations', '2', ...args)
  }

  async function deployToken(index: number): Promise<string> {
    const { status, contractAddress } = await send(
      index,
      '--create',
      encodeDeployData(TOKEN_DEPLOYMENT),
    )
    expect(status).toBe('0x1')
    return contractAddress
  }

  describe('the node', () => {
    it('says what chain it is, and what accounts hold', { timeout: TIMEOUT_MS }, async () => {
      const { address } = devAccount(0)
      expect(await cast('chain-id')).toBe('31337')
      expect(await cast('balance', address)).toBe(String(parseEther('10000')))
      expect(await cast('nonce', address)).toBe('0')
      expect(await cast('code', address)).toBe('0x')
      expect(await cast('rpc', 'eth_chainId')).toBe('"0x7a69"')
      expect(await cast('client')).toMatch(/^shredcast/)
      expect(Number(await cast('gas-price'))).toBeGreaterThan(0)
      expect(await json('block', '0')).toMatchObject({ number: '0x0', transactions: [] })
    })
  })

  describe('transactions', () => {
    it('are sent, mined and found again', { timeout: TIMEOUT_MS }, async () => {
      const receipt = await send(1, STRANGER, '--value', '1ether')
      expect(receipt).toMatchObject({ status: '0x1', gasUsed: '0x5208' })
      expect(await cast('balance', '--ether', STRANGER)).toBe('1.000000000000000000')
      expect(await json('receipt', receipt.transactionHash)).toMatchObject({ status: '0x1' })
      expect(await json('tx', receipt.transactionHash)).toMatchObject({
        value: '0xde0b6b3a7640000',
        nonce: '0x0',
      })
      const block = await json('block', receipt.blockNumber, '--full')
      expect(block.transactions).toMatchObject([{ hash: receipt.transactionHash }])
      expect(await cast('nonce', devAccount(1).address)).toBe('1')
    })
  })

  describe('contracts', () => {
    it('are deployed, called and written to', { timeout: TIMEOUT_MS }, async () => {
      const owner = devAccount(2).address
      const token = await deployToken(2)
      expect((await cast('code', token)).length).toBeGreaterThan(1000)
      const balanceOf = ['call', token, 'balanceOf(address)(uint256)'] as const
      expect(await json(...balanceOf, owner)).toEqual([String(TOKEN_SUPPLY)])
      const transfer = [token, 'transfer(address,uint256)', STRANGER, '77'] as const
      const gas = Number(await cast('estimate', ...transfer, '--from', owner))
      const list = await json('access-list', ...transfer, '--from', owner)
      expect(list.accessList).toMatchObject([{ address: token.toLowerCase() }])
      const receipt = await send(2, ...transfer)
      expect(Number(receipt.gasUsed)).toBeLessThanOrEqual(gas)
      expect(await json(...balanceOf, STRANGER)).toEqual([77])
      const before = String(Number(receipt.blockNumber) - 1)
      expect(await cast('storage', token, '2')).toBe(
        `0x${TOKEN_SUPPLY.toString(16).padStart(64, '0')}`,
      )
      const range = ['--from-block', '0', '--to-block', String(Number(receipt.blockNumber))]
      const logs = await json('logs', TRANSFER, '--address', token, ...range)
      expect(logs.at(-1)).toMatchObject({ data: `0x${'4d'.padStart(64, '0')}` })
      expect(await json(...balanceOf, owner, '--block', before)).toEqual([String(TOKEN_SUPPLY)])
      await expect(cast('call', ...transfer, '--from', STRANGER, '--block', '0')).resolves.toBe(
        '0x',
      )
    })

    it('are executed again by `run`, and traced', { timeout: TIMEOUT_MS }, async () => {
      const token = await deployToken(3)
      const { transactionHash } = await send(3, token, 'transfer(address,uint256)', STRANGER, '5')
      const trace = await cast('run', '--quick', transactionHash)
      expect(trace).toMatch(/transfer/)
      expect(trace).toMatch(/successfully executed/i)
      const frame = JSON.parse(
        await cast('rpc', 'debug_traceTransaction', transactionHash, '{"tracer":"callTracer"}'),
      )
      expect(frame).toMatchObject({ type: 'CALL', to: token.toLowerCase() })
    })
  })
})
