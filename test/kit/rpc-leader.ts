/** A leader of the development chain with JSON-RPC, in this process, for tests that speak to it. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDevBackend } from '@shredcast/leader/dev/dev-node'
import { ChainLeader } from '@shredcast/leader/node/chain-leader'
import { createLeaderRpc } from '@shredcast/leader/rpc/leader-rpc'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'
import type { Retention } from '@shredcast/shared/state/canonical-state'
import { afterAll, beforeAll, expect } from 'vitest'
import type { RpcAnswer } from './ask-rpc.ts'
import { askRpc } from './ask-rpc.ts'
import type { PublicDevClient } from './dev-token.ts'
import { publicClient } from './dev-token.ts'

export interface RpcLeader {
  readonly leader: ChainLeader
  readonly httpUrl: string
  readonly webSocketUrl: string
  /** What the server called an internal error. */
  readonly internalErrors: readonly unknown[]
  close(): Promise<void>
}

export interface RpcLeaderOptions {
  readonly blockTimeMs: number
  readonly origins?: readonly string[]
  /** Serves the methods of a development chain. */
  readonly isDev?: boolean
  /** Default: a new one, which is removed in the end. */
  readonly datadir?: string
  /** Default: the leader's. */
  readonly retention?: Retention
  /** Default: the engine's. */
  readonly stateCacheBytes?: number
}

export async function startRpcLeader(options: RpcLeaderOptions): Promise<RpcLeader> {
  const { blockTimeMs, origins = [], isDev = false } = options
  const genesis = devGenesis()
  const path = options.datadir ?? mkdtempSync(join(tmpdir(), 'rpc-leader-'))
  const leader = await ChainLeader.create({
    genesis,
    store: { path },
    workers: 2,
    blockTimeMs,
    ...(options.retention && { retention: options.retention }),
    ...(options.stateCacheBytes !== undefined && { stateCacheBytes: options.stateCacheBytes }),
    block: { beneficiary: new Uint8Array(20).fill(0xbe), gasLimit: 60_000_000n },
    host: '127.0.0.1',
    port: 0,
  })
  const internalErrors: unknown[] = []
  const rpc = await createLeaderRpc(leader, {
    config: genesis.config,
    host: '127.0.0.1',
    port: 0,
    guard: { hosts: [], origins },
    ...(isDev && { dev: createDevBackend(leader) }),
    onInternalError: (_, error) => internalErrors.push(error),
  })
  const stop = new AbortController()
  const run = leader.run(stop.signal)
  return {
    leader,
    httpUrl: rpc.url,
    webSocketUrl: rpc.url.replace('http', 'ws'),
    internalErrors,
    async close() {
      stop.abort()
      await run
      await rpc.close()
      await leader.close()
      if (options.datadir === undefined) rmSync(path, { recursive: true })
    },
  }
}

export interface SharedRpcLeader extends Pick<RpcLeader, 'leader' | 'httpUrl' | 'webSocketUrl'> {
  ask(method: string, ...params: unknown[]): Promise<RpcAnswer>
  client(): PublicDevClient
}

/**
 * One leader for all tests of the file or suite that calls this: it runs before what is called behind
 * it runs, and must end without an internal error.
 */
export function sharedRpcLeader(options: RpcLeaderOptions): SharedRpcLeader {
  let node: RpcLeader
  beforeAll(async () => {
    node = await startRpcLeader(options)
  })
  afterAll(async () => {
    await node.close()
    expect(node.internalErrors).toEqual([])
  })
  return {
    get leader() {
      return node.leader
    },
    get httpUrl() {
      return node.httpUrl
    },
    get webSocketUrl() {
      return node.webSocketUrl
    },
    ask: (method, ...params) => askRpc(node.httpUrl, method, params),
    client: () => publicClient(node.httpUrl),
  }
}
