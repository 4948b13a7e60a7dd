/** The dApp's client against a leader: what it tells is what JSON-RPC tells. */

import { connect } from '@shredcast/protocol/client'
import type { AccountBalance } from '@shredcast/protocol/client/dapp/balance'
import type { DappClient, DappOptions } from '@shredcast/protocol/client/dapp/dapp-client'
import { ReceiptTimeoutError } from '@shredcast/protocol/client/dapp/dapp-errors'
import type { Observable } from 'rxjs'
import { filter, firstValueFrom, take, toArray } from 'rxjs'
import { getAddress, parseAbi } from 'viem'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { cuttableLine } from '../kit/cuttable-line.ts'
import { balanceByRpc, ONE_ETHER, startTraffic } from '../kit/dapp-traffic.ts'
import { devAccount, TOKEN_ABI } from '../kit/dev-token.ts'
import type { RpcLeader } from '../kit/rpc-leader.ts'
import { startRpcLeader } from '../kit/rpc-leader.ts'

const WAIT = { timeout: 50_000 }
const SENDER = 3
const closers: (() => unknown)[] = []
let leader: RpcLeader

beforeEach(async () => {
  leader = await startRpcLeader({ blockTimeMs: 200 })
  closers.push(() => leader.close())
})

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

function open(options: DappOptions = {}, url = leader.leader.publisher.url): DappClient {
  const reconnect = { minDelayMs: 5, maxDelayMs: 50 }
  const client = connect(url, { rpcUrl: leader.httpUrl, reconnect, ...options })
  closers.push(() => client.close())
  return client
}

function collect<T>(source$: Observable<T>): T[] {
  const seen: T[] = []
  source$.subscribe((value) => seen.push(value))
  return seen
}

describe('dApp client of a leader', () => {
  it('loses and repeats nothing over cut lines, and ends with the balances of JSON-RPC', async () => {
    const proxy = await cuttableLine(Number(new URL(leader.leader.publisher.url).port))
    closers.push(() => proxy.close())
    const client = open({}, proxy.url)
    const addresses = [0, 1, SENDER].map((index) => devAccount(index).address)
    const shreds = collect(client.shreds$)
    const balances = addresses.map((address) => collect(client.balance$(address)))
    await firstValueFrom(client.status$.pipe(filter(({ state }) => state === 'connected')))
    const traffic = await startTraffic(leader.httpUrl, SENDER)
    const events = collect(client.contractEvents$({ address: traffic.token, abi: TOKEN_ABI }))
    const sent: string[] = []
    for (let i = 0; i < 60; i++) {
      const to = addresses[i % 2]!
      sent.push(i % 3 === 0 ? await traffic.payToken(to, BigInt(i)) : await traffic.pay(to, 1n))
      if (i % 15 === 14) proxy.cut()
    }
    await vi.waitFor(() => expect(shreds.at(-1)?.transactionHash).toBe(sent.at(-1)), WAIT)

    const seqs = shreds.map(({ seq }) => seq)
    expect(new Set(seqs).size).toBe(seqs.length)
    expect(shreds.slice(1).map(({ transactionHash }) => transactionHash)).toEqual(sent)
    expect(client.stats()).toMatchObject({ gaps: 0, lines: 1 })
    expect(client.stats().losses).toBeGreaterThanOrEqual(3)
    for (const [i, address] of addresses.entries()) {
      expect(balances[i]?.at(-1)?.balance).toBe(await balanceByRpc(leader.httpUrl, address))
    }
    const paid = events.map((event) => (event.decoded ? event.args.value : undefined))
    const transfers = Array.from({ length: 20 }, (_, i) => BigInt(3 * i))
    expect(paid.slice(-transfers.length)).toEqual(transfers)
  })

  it('gives the first value of a balance that nobody changes, and then its changes', async () => {
    const client = open()
    const { address } = devAccount(5)
    const seen: AccountBalance[] = collect(client.balance$(address))
    await vi.waitFor(() => expect(seen).toHaveLength(1), WAIT)
    const before = await balanceByRpc(leader.httpUrl, address)
    expect(seen[0]?.balance).toBe(before)
    expect(seen[0]?.shredIndex).toBeUndefined()
    const traffic = await startTraffic(leader.httpUrl, SENDER)
    await traffic.pay(address, ONE_ETHER)
    await vi.waitFor(() => expect(seen).toHaveLength(2), WAIT)
    expect(seen[1]).toMatchObject({ balance: before + ONE_ETHER, shredIndex: expect.any(Number) })
  })

  it('decodes events, types them by the ABI, and keeps what the ABI does not explain', async () => {
    const client = open()
    client.shreds$.subscribe()
    const to = devAccount(1).address
    await firstValueFrom(client.status$.pipe(filter(({ state }) => state === 'connected')))
    const traffic = await startTraffic(leader.httpUrl, SENDER)
    const { token: address } = traffic
    const transfers$ = client.contractEvents$({ address, abi: TOKEN_ABI, eventName: 'Transfer' })
    const others$ = client.contractEvents$({ address, abi: parseAbi(['event Paused()']) })
    const nft = parseAbi(['event Transfer(address indexed, address indexed, uint256 indexed)'])
    const misread$ = client.contractEvents$({ address, abi: nft })
    const toUs$ = transfers$.pipe(filter((event) => event.decoded && event.args.to === to))
    const seen = Promise.all([
      firstValueFrom(toUs$),
      firstValueFrom(others$),
      firstValueFrom(misread$),
    ])
    const hash = await traffic.payToken(to, 77n)
    const [transfer, other, misread] = await seen
    expect(transfer).toMatchObject({
      decoded: true,
      eventName: 'Transfer',
      args: { from: devAccount(SENDER).address, to, value: 77n },
      log: { transactionHash: hash },
    })
    expect(other).toMatchObject({ decoded: false, error: { name: 'Dapp.EventNotInAbiError' } })
    expect(misread).toMatchObject({ decoded: false, error: { name: 'Dapp.UndecodableLogError' } })
  })

  it('gives receipts by the shred, from memory, and from before with JSON-RPC', async () => {
    const traffic = await startTraffic(leader.httpUrl, SENDER)
    const to = devAccount(1).address
    const before = await traffic.payToken(to, 1n)
    const client = open()
    const old = await client.receipt(before)
    expect(old).toMatchObject({ transactionHash: before, status: 'success', logs: [{}] })
    client.heads$.subscribe()
    await firstValueFrom(client.status$.pipe(filter(({ state }) => state === 'connected')))
    const hash = await traffic.payToken(to, 2n)
    const [first, second] = await Promise.all([client.receipt(hash), client.receipt(hash)])
    expect(second).toEqual(first)
    expect(first).toMatchObject({ transactionHash: hash, status: 'success', contractAddress: null })
    expect(getAddress(first.logs[0]!.address)).toBe(traffic.token)
    expect(await client.receipt(hash)).toEqual(first)
    const byRpc = await open().receipt(hash)
    expect(byRpc).toEqual(first)
    const none = client.receipt(`0x${'12'.repeat(32)}`, { timeoutMs: 50 })
    await expect(none).rejects.toThrow(ReceiptTimeoutError)
  })

  it('tells blocks in order, each opened and sealed, with the hashes of JSON-RPC', async () => {
    const heads = await firstValueFrom(open().heads$.pipe(take(6), toArray()))
    const sealed = heads.filter((head) => head.type === 'sealed')
    for (const [i, head] of sealed.entries()) {
      if (i > 0) expect(head.parentHash).toBe(sealed[i - 1]?.hash)
    }
    expect(sealed.length).toBe(3)
    const traffic = await startTraffic(leader.httpUrl, SENDER)
    const { address } = devAccount(1)
    const client = open()
    const changes$ = client.stateChanges$([address])
    const change = firstValueFrom(changes$)
    await firstValueFrom(client.status$.pipe(filter(({ state }) => state === 'connected')))
    await traffic.pay(address, 5n)
    expect((await change).balance).toBe(await balanceByRpc(leader.httpUrl, address))
  })
})
