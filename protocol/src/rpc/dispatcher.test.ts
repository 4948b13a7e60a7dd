import type { BlockRecord } from '@shredcast/shared/chain/block-record'
import type { CallRequest } from '@shredcast/shared/chain/call'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import { bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { describe, expect, it } from 'vitest'
import type { CallExecutor, CallResult, RpcBackend } from './backend.ts'
import { CallRefusedError } from './call-error.ts'
import { Dispatcher } from './dispatcher.ts'
import { EventHub } from './event-hub.ts'
import { Filters } from './filters.ts'
import { METHODS } from './method-table.ts'
import { ReceiptWaits } from './receipt-waits.ts'

const TO = `0x${'22'.repeat(20)}`
const SLOT = `0x${'33'.repeat(32)}`

/** A chain that has its genesis and nothing else. */
function emptyChain(): RpcBackend['chain'] {
  const { config, header } = devGenesis()
  const head: BlockRecord = {
    header: { ...header, stateRoot: new Uint8Array(32) },
    hash: new Uint8Array(32).fill(1),
    transactions: [],
  }
  const state = {
    account: () => undefined,
    slot: () => new Uint8Array(32),
    code: () => new Uint8Array(0),
  }
  return {
    config,
    head,
    openBlock: undefined,
    blockByNumber: (number) => (number === 0n ? head : undefined),
    blockByHash: () => undefined,
    transaction: () => undefined,
    latestState: state,
    stateAt: () => undefined,
    prove: () => {
      throw new Error('the trie is broken')
    },
  }
}

/** Speaks to a backend whose calls are `calls`. */
function speak(calls?: CallExecutor) {
  const events = new EventHub()
  const internalErrors: string[] = []
  const backend = { chain: emptyChain(), events, ...(calls && { calls }) }
  const context = {
    backend,
    clientVersion: 'test',
    filters: new Filters(events),
    receiptWaits: new ReceiptWaits(events),
    yieldTurn: async () => {},
  }
  const dispatcher = new Dispatcher(METHODS, context, (method) => internalErrors.push(method))
  const ask = async (method: string, ...params: unknown[]) => {
    const request = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const answer = await dispatcher.answer(new TextEncoder().encode(request), { opened: [] })
    return JSON.parse(answer ?? 'null')
  }
  return { ask, internalErrors }
}

function executor(call: (request: CallRequest) => CallResult): CallExecutor {
  return {
    call: async (request) => call(request),
    estimateGas: async (request) => {
      const result = call(request)
      return result.status === 'success' ? { status: 'success', gas: result.gasUsed } : result
    },
  }
}

const NO_BYTES = new Uint8Array(0)

describe('calls', () => {
  it('are not available on a node that has no executor', async () => {
    for (const method of ['eth_call', 'eth_estimateGas', 'eth_createAccessList']) {
      expect((await speak().ask(method, { to: TO })).error.code).toBe(-32601)
    }
  })

  it('read the message and give its output', async () => {
    const requests: CallRequest[] = []
    const { ask } = speak(
      executor((request) => {
        requests.push(request)
        return { status: 'success', gasUsed: 30_000n, output: Uint8Array.of(7), logs: [] }
      }),
    )
    const message = { to: TO, value: '0x5', input: '0x1234', accessList: [], chainId: '0x7a69' }
    expect((await ask('eth_call', message, 'latest')).result).toBe('0x07')
    expect((await ask('eth_estimateGas', message)).result).toBe('0x7530')
    expect(requests[0]).toMatchObject({ to: hexToBytes(TO), value: 5n, accessList: [] })
    expect(bytesToHex(requests[0]?.data ?? NO_BYTES)).toBe('0x1234')
  })

  it('tell why they failed', async () => {
    const text = '0x08c379a0'
      .concat('20'.padStart(64, '0'), '02'.padStart(64, '0'))
      .concat('6e6f'.padEnd(64, '0'))
    const reverted = speak(
      executor(() => ({ status: 'reverted', gasUsed: 1n, output: hexToBytes(text) })),
    )
    expect((await reverted.ask('eth_call', { to: TO })).error).toEqual({
      code: 3,
      message: 'execution reverted: no',
      data: text,
    })
    const silent = speak(executor(() => ({ status: 'reverted', gasUsed: 1n, output: NO_BYTES })))
    expect((await silent.ask('eth_estimateGas', { to: TO })).error).toEqual({
      code: 3,
      message: 'execution reverted',
      data: '0x',
    })
    const failed = speak(executor(() => ({ status: 'invalid', reason: 'nonce too low' })))
    expect((await failed.ask('eth_call', { to: TO })).error).toEqual({
      code: -32000,
      message: 'nonce too low',
    })
    const refused = speak(
      executor(() => {
        throw new CallRefusedError('too many calls wait')
      }),
    )
    expect((await refused.ask('eth_call', { to: TO })).error.message).toBe('too many calls wait')
    expect(refused.internalErrors).toEqual([])
  })

  it('repeat until the access list is at rest', async () => {
    const { ask } = speak(
      executor(({ accessList }) => {
        const storageKeys = accessList?.length === 0 ? [] : [hexToBytes(SLOT)]
        const touched = [{ address: hexToBytes(TO), storageKeys }]
        return {
          status: 'success',
          gasUsed: 5n,
          output: NO_BYTES,
          logs: [],
          accessList: touched,
        }
      }),
    )
    expect((await ask('eth_createAccessList', { to: TO })).result).toEqual({
      accessList: [{ address: TO, storageKeys: [SLOT] }],
      gasUsed: '0x5',
    })
  })

  it('refuse what contradicts itself', async () => {
    const { ask } = speak(executor(() => ({ status: 'invalid', reason: 'not reached' })))
    const wrong: readonly unknown[][] = [
      ['to'],
      [{ to: TO, data: '0x01', input: '0x02' }],
      [{ to: TO, chainId: '0x1' }],
      [{ to: TO, gas: -1 }],
      [{ to: TO }, 'latest', { [TO]: { state: {}, stateDiff: {} } }],
      [{ to: TO }, 'latest', { [TO]: { balance: 'all' } }],
      [{ to: TO }, 'latest', {}, { time: 'now' }],
    ]
    for (const params of wrong) {
      expect((await ask('eth_call', ...params)).error.code).toBe(-32602)
    }
    expect((await ask('eth_call', { to: TO }, '0x0')).error.code).toBe(-32000)
  })
})

describe('what is our fault', () => {
  it('is told as such, and its cause goes to the log alone', async () => {
    const { ask, internalErrors } = speak()
    const { error } = await ask('eth_getProof', TO, [])
    expect(error).toEqual({ code: -32603, message: 'internal error' })
    expect(internalErrors).toEqual(['eth_getProof'])
  })
})
