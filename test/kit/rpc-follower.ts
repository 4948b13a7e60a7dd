/** A follower with a relay and JSON-RPC, in this process, for tests that speak to it. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BlockReport } from '@shredcast/follower/ingest/block-intake'
import { createFollower } from '@shredcast/follower/node/follower-node'
import type { FollowerOptions, ServedUrls } from '@shredcast/follower/node/follower-options'
import { devGenesis } from '@shredcast/shared/chain/dev-genesis'

export interface RpcFollower {
  readonly httpUrl: string
  readonly relayUrl: string
  readonly internalErrors: readonly unknown[]
  /** Resolves when a block of that number or a later one is verified. */
  verified(number: bigint): Promise<void>
  close(): Promise<void>
}

/** Follows the development chain at `url`. */
export async function startRpcFollower(
  url: string,
  { leaderRpc, ...options }: Partial<FollowerOptions> & { leaderRpc?: string } = {},
): Promise<RpcFollower> {
  const path = mkdtempSync(join(tmpdir(), 'rpc-follower-'))
  const internalErrors: unknown[] = []
  let newest = 0
  let look = () => {}
  let serve: (urls: ServedUrls) => void = () => {}
  const serving = new Promise<ServedUrls>((resolve) => {
    serve = resolve
  })
  const listened = { host: '127.0.0.1', port: 0 }
  const follower = createFollower({
    url,
    source: { type: 'genesis', genesis: devGenesis() },
    workers: 1,
    reportFolder: path,
    store: { path },
    relay: listened,
    rpc: {
      ...listened,
      guard: { hosts: [], origins: [] },
      onInternalError: (_, error) => internalErrors.push(error),
      ...(leaderRpc !== undefined && { leaderRpc }),
    },
    onServing: (urls) => serve(urls),
    onBlock: ({ number }: BlockReport) => {
      newest = number
      look()
    },
    ...options,
  })
  const running = follower.run(new AbortController().signal)
  const { rpc, relay } = await Promise.race([
    serving,
    running.then(() => Promise.reject(new Error('the follower ended before it served'))),
  ])
  return {
    httpUrl: rpc!,
    relayUrl: relay!,
    internalErrors,
    async verified(number) {
      while (newest < number) {
        const next = new Promise<void>((resolve) => {
          look = resolve
        })
        await Promise.race([next, running])
      }
    },
    async close() {
      await follower.close()
      await running
      rmSync(path, { recursive: true })
    },
  }
}
