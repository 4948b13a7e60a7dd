/** A follower in another engine agrees with a development chain that is edited and taken back. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GenesisChain } from '@shredcast/follower/chain/genesis-chain'
import { BlockIntake } from '@shredcast/follower/ingest/block-intake'
import { openFollowerParts } from '@shredcast/follower/node/follower-parts'
import { connectStream } from '@shredcast/protocol/client/connect-stream'
import { consume } from '@shredcast/protocol/client/consume'
import type { MessageDraft, StreamMessage } from '@shredcast/protocol/wire/messages'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import { createEngine } from '@shredcast/shared/engine/engine'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { StoredChain } from '@shredcast/shared/state/stored-chain'
import type { Hex } from 'viem'
import { pad, parseEther } from 'viem'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DevClient } from '../kit/dev-client.ts'
import { devClient } from '../kit/dev-client.ts'
import { devAccount, TOKEN_DEPLOYMENT } from '../kit/dev-token.ts'
import { followDrafts } from '../kit/follow-drafts.ts'
import { receivedStream } from '../kit/honest-stream.ts'
import { sharedRpcLeader, startRpcLeader } from '../kit/rpc-leader.ts'
import { startCommand } from '../kit/run-command.ts'

const STRANGER = '0x00000000000000000000000000000000000000aa'
const OWNER = '0x00000000000000000000000000000000000000ee'
const first = devAccount(0).address

/** Everything that a user does to his chain, mined in the end. */
async function useChain(client: DevClient): Promise<void> {
  const send = async (from: Hex, value = 1n) => {
    const hash = await client.sendTransaction({
      account: from,
      chain: client.chain,
      to: STRANGER,
      value,
    })
    await client.waitForTransactionReceipt({ hash })
  }
  await client.setBalance({ address: STRANGER, value: 0n })
  const hash = await client.deployContract({
    ...TOKEN_DEPLOYMENT,
    account: first,
    chain: client.chain,
  })
  const { contractAddress } = await client.waitForTransactionReceipt({ hash })
  const token = contractAddress as Hex
  await client.setBalance({ address: token, value: parseEther('1') })
  await client.setStorageAt({ address: token, index: 2, value: pad('0x7') })
  await client.impersonateAccount({ address: token })
  await send(token, 5n)
  const id = await client.snapshot()
  await client.setCode({ address: STRANGER, bytecode: '0x5f545f5260205ff3' })
  await client.setStorageAt({ address: STRANGER, index: 0, value: pad('0x2a') })
  await client.setNonce({ address: first, nonce: 100 })
  await send(first)
  await client.setNextBlockBaseFeePerGas({ baseFeePerGas: 5n * 10n ** 9n })
  await client.setBlockGasLimit({ gasLimit: 20_000_000n })
  await client.mine({ blocks: 3, interval: 60 })
  await client.revert({ id })
  await client.setBalance({ address: STRANGER, value: 9n })
  await send(first)
  await client.increaseTime({ seconds: 1000 })
  await client.mine({ blocks: 2 })
}

/** All of the leader's stream so far. */
async function streamAt(url: string): Promise<StreamMessage[]> {
  const messages: StreamMessage[] = []
  const client = connectStream(url, { role: 'dapp', from: 'oldest' })
  const { nextSeq } = await client.hello
  await consume(client, async ({ message }) => {
    messages.push(message)
    if (message.seq === nextSeq - 1) client.close()
  })
  return messages
}

describe('a follower of a development chain', () => {
  /** The leader keeps nothing of the state from block to block, the follower all of it. */
  const node = sharedRpcLeader({ blockTimeMs: 0, isDev: true, stateCacheBytes: 0 })
  let client: DevClient
  let messages: StreamMessage[]

  beforeAll(async () => {
    client = devClient(node.httpUrl, 'anvil')
    await useChain(client)
    messages = await streamAt(node.leader.publisher.url)
  })

  /** Gives the stream to a follower of the genesis; where it diverged, and how far it came. */
  async function follow(drafts: readonly MessageDraft[], genesis: Genesis = devGenesis()) {
    const engine = await createEngine({ config: genesis.config, workers: 2 })
    const reverted: number[] = []
    const { verified, divergence } = await followDrafts(drafts, {
      engine,
      chain: GenesisChain.create(genesis, engine.trie),
      onReverted: (number) => reverted.push(number),
    }).finally(() => engine.close())
    return { verified: verified.map(({ number }) => number), reverted, divergence }
  }

  /** The messages, the first of which `choose` takes is changed. */
  function changed(
    choose: (message: StreamMessage) => boolean,
    change: (message: never) => object,
  ): MessageDraft[] {
    const place = messages.findIndex(choose)
    expect(place).toBeGreaterThanOrEqual(0)
    return messages.map((message, at) => {
      return (at === place ? { ...message, ...change(message as never) } : message) as MessageDraft
    })
  }

  const isEdited = (message: StreamMessage) => {
    return message.type === 'blockOpened' && (message.edits?.changes.length ?? 0) > 0
  }

  it('verifies every block, those that were taken back too', async () => {
    const { verified, reverted, divergence } = await follow(messages)
    expect(divergence).toBeUndefined()
    expect(reverted).toHaveLength(1)
    const head = Number(await client.getBlockNumber())
    expect(verified.at(-1)).toBe(head)
    expect(verified.filter((number) => number === reverted[0]! + 1)).toHaveLength(2)
  })

  it.each(['dag', 'apply'] as const)('comes to the same folder by %s', async (execute) => {
    const path = mkdtempSync(join(tmpdir(), 'dev-follower-'))
    const parts = await openFollowerParts({
      ...{ url: node.leader.publisher.url, reportFolder: path, workers: 2 },
      source: { type: 'genesis', genesis: devGenesis() },
      store: { path },
    })
    const reverted: number[] = []
    const intake = new BlockIntake({
      ...parts,
      execute,
      onReverted: (number) => reverted.push(number),
    })
    for (const received of receivedStream(messages)) await intake.take(received)
    expect(reverted).toHaveLength(1)
    const { stored } = parts.folder!
    const { head } = node.leader.chain
    expect(bytesToHex(stored.head.hash)).toBe(bytesToHex(head.hash))
    const stranger = hexToBytes(STRANGER)
    const balanceOf = (chain: StoredChain) => chain.state.latest.account(stranger)?.balance
    expect(balanceOf(stored)).toBe(balanceOf(node.leader.chain))
    expect(stored.recentHashes()).toEqual(node.leader.chain.recentHashes())
    await intake.abandon()
    await parts.close()
    rmSync(path, { recursive: true })
  })

  it('stops where an edit is another than it was for the leader', async () => {
    const drafts = changed(isEdited, ({ edits }: { edits: { changes: object[] } }) => {
      const changes = edits.changes.map((entry) => ({ ...entry, balance: 12345n }))
      return { edits: { ...edits, changes } }
    })
    const { divergence } = await follow(drafts)
    expect(divergence).toBeDefined()
  })

  it('stops where a way back leads to another state', async () => {
    const isWay = ({ type }: StreamMessage) => type === 'chainReverted'
    const shorter = changed(isWay, ({ changes }: { changes: object[] }) => {
      return { changes: changes.slice(1) }
    })
    expect((await follow(shorter)).divergence).toMatchObject({
      kind: 'revert',
      location: { kind: 'header', field: 'stateRoot' },
    })
    const elsewhere = changed(isWay, () => ({ hash: new Uint8Array(32) }))
    expect((await follow(elsewhere)).divergence).toMatchObject({ kind: 'revert' })
  })

  it('stops where a fee is set and not said to be', async () => {
    const isFeeSet = (message: StreamMessage) => {
      return message.type === 'blockOpened' && message.edits?.isBaseFeeSet === true
    }
    const drafts = changed(isFeeSet, ({ edits }: { edits: object }) => {
      const { isBaseFeeSet: _, ...rest } = edits as { isBaseFeeSet: boolean }
      return { edits: rest }
    })
    expect((await follow(drafts)).divergence).toMatchObject({
      kind: 'context',
      location: { field: 'baseFeePerGas' },
    })
  })

  it('takes none of it on a chain that is not for development', async () => {
    const { config, ...rest } = devGenesis()
    const { isDevelopment: _, ...strict } = config
    const { divergence, verified } = await follow(messages, { ...rest, config: strict })
    expect(divergence).toMatchObject({ kind: 'context', location: { field: 'edits' } })
    const way = messages.find(({ type }) => type === 'chainReverted')!
    const onlyWay = await follow([way], { ...rest, config: strict })
    expect(onlyWay.divergence).toMatchObject({ location: { field: 'revert' } })
    expect(verified).toEqual([])
  })

  it('does so in a process of its own', async () => {
    const reports = mkdtempSync(join(tmpdir(), 'dev-follower-'))
    const head = Number(await client.getBlockNumber())
    const follower = startCommand('follower', [
      ...['--leader', node.leader.publisher.url, '--workers', '2', '--execute', 'seeded'],
      ...['--report-folder', reports, '--json'],
    ])
    const folder = join(reports, 'chain')
    const keeping = () => {
      return startCommand('follower', [
        ...['--leader', node.leader.publisher.url, '--workers', '2', '--datadir', folder],
        ...['--report-folder', reports, '--http-port', '0', '--json'],
      ])
    }
    const keeper = keeping()
    await keeper.line(/"type":"reverted"/)
    await follower.line(/"type":"reverted"/)
    await follower.line(new RegExp(`"type":"block","number":${head},`))
    await keeper.line(new RegExp(`"type":"block","number":${head},`))
    await client.reset()
    await keeper.line(/"type":"reverted","number":0/)
    keeper.signal('SIGKILL')
    await keeper.ended
    await client.setBalance({ address: STRANGER, value: 77n })
    await client.mine({ blocks: 1 })
    await follower.line(/"type":"reverted","number":0/)
    await client.mine({ blocks: head + 1 })
    await follower.line(new RegExp(`"type":"block","number":${head + 2},`))
    const again = keeping()
    await again.line(new RegExp(`"type":"block","number":${head + 2},`))
    const { rpc } = JSON.parse(await again.line(/"type":"serving"/))
    const below = devClient(rpc, 'anvil')
    expect(await below.getBalance({ address: STRANGER })).toBe(77n)
    expect((await below.getBlock()).hash).toBe((await client.getBlock()).hash)
    for (const each of [follower, again]) {
      each.signal('SIGINT')
      expect(await each.ended).toMatchObject({ code: 0 })
    }
    rmSync(reports, { recursive: true })
  })
})

describe('a development chain in a data folder', () => {
  it('goes on behind edits and ways back', async () => {
    const datadir = mkdtempSync(join(tmpdir(), 'dev-folder-'))
    const before = await startRpcLeader({ blockTimeMs: 0, isDev: true, datadir })
    const client = devClient(before.httpUrl, 'anvil')
    await useChain(client)
    const [number, balance] = await Promise.all([
      client.getBlockNumber(),
      client.getBalance({ address: STRANGER }),
    ])
    // The open block has a transaction, which is sealed with it.
    const hash = await client.sendTransaction({
      account: first,
      chain: client.chain,
      to: STRANGER,
      value: 1n,
    })
    await before.close()
    const after = await startRpcLeader({ blockTimeMs: 0, isDev: true, datadir })
    const again = devClient(after.httpUrl, 'anvil')
    expect(await again.getBlockNumber()).toBe(number + 1n)
    expect(await again.getBalance({ address: STRANGER })).toBe(balance + 1n)
    expect((await again.getTransactionReceipt({ hash })).status).toBe('success')
    await again.setBalance({ address: STRANGER, value: 3n })
    await again.mine({ blocks: 1 })
    expect(await again.getBlockNumber()).toBe(number + 2n)
    await after.close()
    rmSync(datadir, { recursive: true })
  })

  it('goes on in the middle of an edited block when its process is killed', async () => {
    const datadir = mkdtempSync(join(tmpdir(), 'dev-folder-'))
    const life = async () => {
      const ports = ['--http-port', '0', '--stream-port', '0', '--block-time', '0']
      const command = startCommand('leader', ['--dev', '--datadir', datadir, ...ports, '--json'])
      const { rpc, stream } = JSON.parse(await command.line(/"type":"ready"/))
      return { command, stream, client: devClient(rpc, 'hardhat') }
    }
    const { command, client } = await life()
    await useChain(client)
    await client.setBalance({ address: OWNER, value: parseEther('2') })
    await client.setNextBlockBaseFeePerGas({ baseFeePerGas: 3n * 10n ** 9n })
    await client.impersonateAccount({ address: OWNER })
    const number = await client.getBlockNumber()
    const transfer = { account: OWNER, chain: client.chain, to: STRANGER, value: 4n } as const
    const hash = await client.sendTransaction(transfer)
    const balance = await client.getBalance({ address: STRANGER })
    command.signal('SIGKILL')
    await command.ended
    const again = await life()
    const receipt = await again.client.waitForTransactionReceipt({ hash })
    expect(receipt).toMatchObject({ from: OWNER, blockNumber: number + 1n, status: 'success' })
    expect(await again.client.getBalance({ address: STRANGER })).toBe(balance)
    await again.client.mine({ blocks: 1 })
    expect((await again.client.getBlock()).baseFeePerGas).toBe(3n * 10n ** 9n)
    const follower = startCommand('follower', ['--leader', again.stream, '--json'])
    await follower.line(new RegExp(`"type":"block","number":${number + 1n},`))
    for (const process of [follower, again.command]) process.signal('SIGINT')
    expect((await again.command.ended).code).toBe(0)
    rmSync(datadir, { recursive: true })
  })
})
