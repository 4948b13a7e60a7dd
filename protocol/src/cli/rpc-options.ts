/** Options of a node that serves JSON-RPC: who may call what, and how often. */

import { isIP } from 'node:net'
import type { Command } from 'commander'
import type { RpcAccessOptions } from '../server/rpc-access.ts'
import { integerOption } from './command.ts'

export interface RpcAccessArguments {
  readonly host: string
  readonly rpcRate?: number
  readonly rpcBurst?: number
  readonly adminToken?: string
  readonly adminNamespaces: readonly string[]
}

/** Requests a second of one address, where others than this machine may call. */
const PUBLIC_RATE = 1000

export function withRpcAccessOptions<C extends Command>(command: C): C {
  return command
    .option(
      '--rpc-rate <n>',
      'JSON-RPC requests a second of one client address, batched ones singly; 0: no limit ' +
        `(default: no limit on a loopback --host, else ${PUBLIC_RATE})`,
      integerOption(0, 1_000_000),
    )
    .option(
      '--rpc-burst <n>',
      'requests at once after a while of silence (default: twice --rpc-rate)',
      integerOption(1, 10_000_000),
    )
    .option('--admin-token <text>', 'bearer token that admin methods ask for (default: none)')
    .option('--admin-namespaces <name...>', 'what needs the admin token', ['debug', 'txpool'])
}

export function rpcAccessOf(options: RpcAccessArguments): RpcAccessOptions {
  const { host, adminToken, adminNamespaces } = options
  const perSecond = options.rpcRate ?? (isLoopback(host) ? 0 : PUBLIC_RATE)
  return {
    rate: { perSecond, burst: options.rpcBurst ?? 2 * perSecond },
    ...(adminToken !== undefined && { adminToken }),
    adminNamespaces: adminToken === undefined ? [] : adminNamespaces,
  }
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
