/** Options of a node that serves JSON-RPC: who may call what, and how often. */

import { isIP } from 'node:net'
import type { Command } from 'commander'
import type { RpcAccessOptions } from '../server/rpc-access.ts'
import { integerOption, wrongUsage } from './command.ts'

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

/** Ends the command where an option would have no effect. */
export function checkRpcAccess(command: Command): void {
  const { rpcBurst, adminToken, ...options } = command.opts<RpcAccessArguments>()
  if (rpcBurst !== undefined && perSecondOf(options) === 0) {
    wrongUsage(command, '--rpc-burst needs --rpc-rate')
  }
  const areNamespacesGiven = command.getOptionValueSource('adminNamespaces') !== 'default'
  if (areNamespacesGiven && adminToken === undefined) {
    wrongUsage(command, '--admin-namespaces needs --admin-token')
  }
}

export function rpcAccessOf(options: RpcAccessArguments): RpcAccessOptions {
  const { adminToken, adminNamespaces } = options
  const perSecond = perSecondOf(options)
  return {
    rate: { perSecond, burst: options.rpcBurst ?? 2 * perSecond },
    ...(adminToken !== undefined && { adminToken }),
    adminNamespaces: adminToken === undefined ? [] : adminNamespaces,
  }
}

function perSecondOf({ host, rpcRate }: Pick<RpcAccessArguments, 'host' | 'rpcRate'>): number {
  return rpcRate ?? (isLoopback(host) ? 0 : PUBLIC_RATE)
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
