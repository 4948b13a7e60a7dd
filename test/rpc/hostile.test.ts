/** Requests that are wrong, too large, too slow or too many: each gets its error, and commits go on. */

import { once } from 'node:events'
import { connect } from 'node:net'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { devAccount, devWallet } from '../kit/dev-token.ts'
import { sharedRpcLeader } from '../kit/rpc-leader.ts'

const STRANGER = '0x00000000000000000000000000000000000000ad'
const ADDRESS = devAccount(0).address

const node = sharedRpcLeader({ blockTimeMs: 300, origins: ['https://wallet.example'] })

interface Answer {
  readonly status: number
  readonly json?: { readonly id: unknown; readonly result?: unknown; readonly error?: RpcFault }
}

interface RpcFault {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

async function post(body: string | Uint8Array, headers: Record<string, string> = {}) {
  const response = await fetch(node.httpUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body as string,
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type') === 'application/json'
  return { status: response.status, ...(isJson && { json: JSON.parse(text) }) } as Answer
}

async function call(method: string, ...params: unknown[]): Promise<Answer['json']> {
  const { json } = await post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  return json
}

describe('a request that is no JSON-RPC', () => {
  const cases: readonly [string, string | Uint8Array, number][] = [
    ['nothing', '', -32700],
    ['no JSON', '{"jsonrpc"', -32700],
    ['no UTF-8', Uint8Array.of(0x22, 0xff, 0x22), -32700],
    ['a number', '7', -32600],
    ['null', 'null', -32600],
    ['an empty batch', '[]', -32600],
    ['no version', '{"id":1,"method":"eth_chainId"}', -32600],
    ['a method that is no string', '{"jsonrpc":"2.0","id":1,"method":{}}', -32600],
    ['an object for an id', '{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}', -32600],
    ['a long id', `{"jsonrpc":"2.0","id":"${'x'.repeat(300)}","method":"eth_chainId"}`, -32600],
    ['deep arrays', '['.repeat(100_000), -32600],
    ['deep objects', '{"a":'.repeat(1000), -32600],
    ['an unknown method', '{"jsonrpc":"2.0","id":1,"method":"eth_mine"}', -32601],
    ['a name of Object', '{"jsonrpc":"2.0","id":1,"method":"constructor"}', -32601],
    ['params by name', '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{}}', -32602],
    ['a large batch', `[${Array(1001).fill('1').join(',')}]`, -32005],
  ]

  it.each(cases)('%s', async (_, body, code) => {
    const { status, json } = await post(body)
    expect(status).toBe(200)
    expect(json?.error?.code).toBe(code)
    expect(json?.result).toBeUndefined()
  })

  it('a notification gets no answer, and a batch only those that are due', async () => {
    const notification = { jsonrpc: '2.0', method: 'eth_chainId' }
    expect((await post(JSON.stringify(notification))).status).toBe(204)
    const batch = [notification, { ...notification, id: 'a' }, 5, { ...notification, id: null }]
    const { json } = await post(JSON.stringify(batch))
    expect(json).toEqual([
      { jsonrpc: '2.0', id: 'a', result: '0x7a69' },
      { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'a request is a JSON object' } },
      { jsonrpc: '2.0', id: null, result: '0x7a69' },
    ])
  })
})

describe('parameters of the wrong kind', () => {
  const hash = `0x${'11'.repeat(32)}`
  const cases: readonly [string, ...unknown[]][] = [
    ['eth_getBalance'],
    ['eth_getBalance', '0x12'],
    ['eth_getBalance', 12],
    ['eth_getBalance', `${ADDRESS}00`],
    ['eth_getBalance', ADDRESS, 'newest'],
    ['eth_getBalance', ADDRESS, '0x'],
    ['eth_getBalance', ADDRESS, `0x1${'0'.repeat(16)}`],
    ['eth_getBalance', ADDRESS, {}],
    ['eth_getBalance', ADDRESS, { blockNumber: '0x0', blockHash: hash }],
    ['eth_getBalance', ADDRESS, 'latest', 1],
    ['eth_getStorageAt', ADDRESS, `0x1${'0'.repeat(64)}`],
    ['eth_getBlockByNumber', 'latest', 'yes'],
    ['eth_getBlockByHash', '0x11', false],
    ['eth_getTransactionByHash', hash.toUpperCase()],
    ['eth_getTransactionByBlockNumberAndIndex', 'latest', `0x1${'0'.repeat(8)}`],
    ['eth_getProof', ADDRESS, '0x0'],
    ['eth_getProof', ADDRESS, Array(1025).fill('0x0')],
    ['eth_getLogs', []],
    ['eth_getLogs', { topics: [1] }],
    ['eth_getLogs', { topics: [[], [], [], [], []] }],
    ['eth_getLogs', { address: 'x' }],
    ['eth_getLogs', { fromBlock: '0x2', toBlock: '0x1' }],
    ['eth_getLogs', { fromBlock: '0x1', blockHash: hash }],
    ['eth_feeHistory', 0, 'latest'],
    ['eth_feeHistory', 1, 'latest', [50, 10]],
    ['eth_feeHistory', 1, 'latest', ['50']],
    ['eth_sendRawTransaction', 'transaction'],
    ['eth_sendRawTransactionSync', '0x00', -1],
    ['web3_sha3', '0x0'],
  ]

  it.each(cases)('%s %j', async (method, ...params) => {
    expect((await call(method, ...params))?.error?.code).toBe(-32602)
  })

  it('asks for no more than there may be', async () => {
    const range = await call('eth_getLogs', { fromBlock: '0x0', toBlock: '0x2710' })
    expect(range?.error).toMatchObject({ code: -32005, message: 'more than 10000 blocks' })
    const alternatives = await call('eth_getLogs', { address: Array(1001).fill(ADDRESS) })
    expect(alternatives?.error?.code).toBe(-32005)
  })

  it('transactions that are none', async () => {
    for (const raw of ['0x', '0xc0', '0x7f00', '0x02', bytesToHex(new Uint8Array(200_000))]) {
      expect((await call('eth_sendRawTransaction', raw))?.error?.code).toBe(-32000)
      expect((await call('eth_sendRawTransactionSync', raw))?.error?.code).toBe(-32000)
    }
  })

  it('methods that this node does not have', async () => {
    expect((await call('eth_subscribe', 'newHeads'))?.error?.code).toBe(-32601)
    expect((await call('eth_getFilterChanges', '0x1'))?.error).toMatchObject({
      code: -32000,
      message: 'filter not found',
    })
  })
})

describe('EIP-7966', () => {
  it('answers each case with its code', async () => {
    const wallet = devWallet(node.httpUrl, 1)
    const sign = async (fields: object) => {
      const request = { to: STRANGER, value: 1n, gas: 21_000n, ...fields }
      return wallet.signTransaction(await wallet.prepareTransactionRequest(request as never))
    }
    const gap = await call('eth_sendRawTransactionSync', await sign({ nonce: 3 }))
    expect(gap?.error).toMatchObject({ code: 6, data: '0x0' })
    const raw = await sign({ nonce: 0 })
    for (const timeout of [[], [null], [0], ['0x3e8'], [1000]]) {
      const { result } = (await call('eth_sendRawTransactionSync', raw, ...timeout)) ?? {}
      expect(result).toMatchObject({ status: '0x1' })
    }
    const again = await call('eth_sendRawTransaction', raw)
    expect(again?.error).toMatchObject({ code: -32000, message: 'already known' })
    const late = await call('eth_sendRawTransactionSync', await sign({ nonce: 0, value: 2n }))
    expect(late?.error?.message).toMatch(/nonce too low/)
  })
})

describe('HTTP', () => {
  it('takes JSON by POST alone, and no more than its limit', async () => {
    expect((await fetch(node.httpUrl)).status).toBe(405)
    expect((await post('{}', { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await post(' '.repeat(2 * 1024 * 1024 + 1))).status).toBe(413)
    expect((await post(`${' '.repeat(1024 * 1024)}7`)).json?.error?.code).toBe(-32600)
  })

  it('answers pages of allowed origins only', async () => {
    const preflight = await fetch(node.httpUrl, {
      method: 'OPTIONS',
      headers: { origin: 'https://wallet.example' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://wallet.example')
    expect((await post('{}', { origin: 'https://evil.example' })).status).toBe(403)
    expect(await rawRequest('POST / HTTP/1.1\r\nHost: evil.example\r\n\r\n')).toMatch(/ 403 /)
    expect(await rawRequest('POST / HTTP/1.1\r\n\r\n')).toMatch(/ 400 /)
    const page = new WebSocket(node.webSocketUrl, { origin: 'https://evil.example' })
    const [error] = await once(page, 'error')
    expect(String(error)).toContain('403')
  })

  it('breaks off a request without end', async () => {
    expect(await rawRequest('no HTTP at all\r\n\r\n')).toMatch(/ 400 /)
    expect(await rawRequest(`POST / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/ 400 /)
    const head = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    const endless = `${head}Content-Length: 100\r\n\r\n{`
    expect(await rawRequest(endless)).toMatch(/ 408 /)
  })
})

/** What the server says until it ends the connection. */
async function rawRequest(request: string): Promise<string> {
  const socket = connect(Number(new URL(node.httpUrl).port), '127.0.0.1')
  let text = ''
  socket.on('data', (bytes) => {
    text += bytes
    if (text.includes('403')) socket.end()
  })
  socket.on('error', () => {})
  socket.write(request)
  await once(socket, 'close')
  return text
}

describe('WebSocket', () => {
  async function open() {
    const socket = new WebSocket(node.webSocketUrl)
    await once(socket, 'open')
    const answers: { readonly id?: unknown; readonly error?: RpcFault }[] = []
    socket.on('message', (text) => answers.push(JSON.parse(String(text))))
    return { socket, answers }
  }

  it('bounds subscriptions, and tells what they are not', async () => {
    const { socket, answers } = await open()
    const subscribe = (...params: unknown[]) => {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params }))
    }
    subscribe('everything')
    subscribe(7)
    subscribe('logs', { address: 5 })
    for (let i = 0; i < 129; i++) subscribe('newPendingTransactions')
    await expect.poll(() => answers.filter(({ id }) => id === 1).length).toBe(132)
    const codes = answers.flatMap(({ error }) => (error === undefined ? [] : [error.code]))
    expect(codes).toEqual([-32602, -32602, -32602, -32005])
    socket.terminate()
  })

  it('closes a connection that sends too much at once', async () => {
    const { socket } = await open()
    socket.on('error', () => {})
    socket.send(' '.repeat(2 * 1024 * 1024 + 1))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1009)
  })

  it('answers a thousand requests at once, each with its id', async () => {
    const { socket, answers } = await open()
    for (let id = 0; id < 1000; id++) {
      const params = id % 2 === 0 ? [ADDRESS] : [id]
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'eth_getBalance', params }))
    }
    await expect.poll(() => answers.filter(({ id }) => id !== undefined).length).toBe(1000)
    const failed = answers.filter(({ error }) => error !== undefined)
    expect(failed).toHaveLength(500)
    expect(failed.every(({ error }) => error?.code === -32602)).toBe(true)
    socket.terminate()
  })
})

describe('a flood', () => {
  it('does not stop the commits', async () => {
    const wallet = devWallet(node.httpUrl, 2)
    const bad = [
      '{',
      '['.repeat(50_000),
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getLogs', params: [{ fromBlock: 1 }] }),
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'eth_getLogs',
        params: [{ fromBlock: '0x0' }],
      }),
    ]
    const flood = Array.from({ length: 1000 }, (_, i) => post(bad[i % bad.length]!))
    for (let nonce = 0; nonce < 10; nonce++) {
      const raw = await wallet.signTransaction(
        await wallet.prepareTransactionRequest({ to: STRANGER, value: 1n, gas: 21_000n, nonce }),
      )
      const answer = await call('eth_sendRawTransactionSync', raw, 30_000)
      expect(answer?.result).toMatchObject({ status: '0x1' })
    }
    const answers = await Promise.all(flood)
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(answers.filter(({ json }) => json?.error === undefined)).toHaveLength(250)
  })
})
