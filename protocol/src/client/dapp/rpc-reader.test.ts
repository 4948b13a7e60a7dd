import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Hex } from '@shredcast/shared/primitives/bytes'
import { afterEach, describe, expect, it } from 'vitest'
import { InvalidArgumentError, RpcRequestError } from './dapp-errors.ts'
import { RpcReader } from './rpc-reader.ts'

const ADDRESS: Hex = `0x${'a1'.repeat(20)}`
const HASH: Hex = `0x${'12'.repeat(32)}`
const closers: (() => unknown)[] = []

afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A node that answers every request with the same body, and keeps what it was asked. */
async function startNode(body: string): Promise<{ reader: RpcReader; asked: unknown[] }> {
  const asked: unknown[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += part
    asked.push(JSON.parse(text))
    response.end(body)
  }).listen(0, '127.0.0.1')
  closers.push(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { reader: new RpcReader(`http://127.0.0.1:${port}`), asked }
}

const result = (value: unknown) => JSON.stringify({ jsonrpc: '2.0', id: 1, result: value })
const never = () => new AbortController().signal

describe('JSON-RPC for the SDK', () => {
  it('asks for the balance behind a block by its hash', async () => {
    const { reader, asked } = await startNode(result('0x0de0b6b3a7640000'))
    expect(await reader.balanceBehind(HASH, ADDRESS, never())).toBe(10n ** 18n)
    expect(asked).toMatchObject([
      { method: 'eth_getBalance', params: [ADDRESS, { blockHash: HASH }] },
    ])
  })

  it('has no receipt where the node has none', async () => {
    const { reader } = await startNode(result(null))
    expect(await reader.receipt(HASH, never())).toBeUndefined()
  })

  it.each<[string, string, RegExp]>([
    ['no JSON', 'nonsense', /gave no answer/],
    ['no object', '[]', /gave no answer/],
    ['no number', result('balance'), /unsigned integer/],
    ['nothing', '{}', /missing/],
  ])('names the method when the answer is %s', async (_, body, message) => {
    const { reader } = await startNode(body)
    const failing = reader.balanceBehind(HASH, ADDRESS, never())
    await expect(failing).rejects.toThrow(RpcRequestError)
    await expect(failing).rejects.toThrow(message)
    await expect(failing).rejects.toMatchObject({ method: 'eth_getBalance', code: undefined })
  })

  it('gives the code of an error, and refuses a receipt that is none', async () => {
    const error = { code: -32000, message: 'header not found' }
    const failing = await startNode(JSON.stringify({ jsonrpc: '2.0', id: 1, error }))
    await expect(failing.reader.receipt(HASH, never())).rejects.toMatchObject({
      code: -32000,
      shortMessage: 'eth_getTransactionReceipt: header not found',
    })
    const odd = await startNode(result({ transactionHash: '0x12' }))
    await expect(odd.reader.receipt(HASH, never())).rejects.toThrow('must be 32 bytes')
  })

  it('fails when nobody is there, when it is not wanted any more, and with no such address', async () => {
    const gone = new RpcReader('http://127.0.0.1:9')
    await expect(gone.receipt(HASH, never())).rejects.toThrow(RpcRequestError)
    await expect(gone.receipt(HASH, AbortSignal.abort())).rejects.toThrow(RpcRequestError)
    expect(() => new RpcReader('ftp://127.0.0.1')).toThrow(InvalidArgumentError)
    expect(() => new RpcReader('nonsense')).toThrow(InvalidArgumentError)
  })
})
