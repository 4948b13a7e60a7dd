/** Whom a follower serves: followers and dApps below it with the stream, anybody with JSON-RPC. */

import { natsText, parseNatsUrl } from '@shredcast/protocol/nats/nats-address'
import type { ChainRpc } from '@shredcast/protocol/node-rpc/chain-rpc'
import { createChainRpc } from '@shredcast/protocol/node-rpc/chain-rpc'
import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import type { StreamMessage } from '@shredcast/protocol/wire/messages'
import { assert } from '@shredcast/shared/primitives/assert'
import { Relay } from '../relay/relay.ts'
import { leaderClient } from '../rpc/leader-client.ts'
import { LeaderPool } from '../rpc/leader-pool.ts'
import type { FollowerOptions, FollowerRpcOptions } from './follower-options.ts'
import type { FollowerParts } from './follower-parts.ts'

export class FollowerService {
  readonly #options: FollowerOptions
  readonly #parts: FollowerParts
  readonly #relay: Relay | undefined
  #rpc: ChainRpc | undefined

  /** `ageMs`: how long ago all that there is was here. */
  constructor(options: FollowerOptions, parts: FollowerParts, ageMs: () => number) {
    this.#options = options
    this.#parts = parts
    const { relay: server, nats, onArchiveFailure } = options
    const { folder, tip } = parts
    if (server === undefined && nats === undefined) return
    assert(tip !== undefined, 'a relay serves a chain from its beginning')
    this.#relay = new Relay(
      { ...(server && { server }), ...(nats && { nats }) },
      {
        start: folder?.verifiedTip ?? tip,
        ...(folder && { archive: folder.frames, snapshots: folder.snapshots }),
        ageMs,
        ...(onArchiveFailure && { onArchiveFailure }),
      },
    )
  }

  /**
   * Serves JSON-RPC; the stream from `listen` on.
   * @throws ListenError
   */
  async open(): Promise<void> {
    const { rpc } = this.#options
    if (rpc !== undefined) this.#rpc = await this.#serveRpc(rpc)
  }

  /**
   * The leader is known, and everything that was passed on before is again.
   * @throws ListenError
   */
  async listen(leaderKey: Uint8Array): Promise<void> {
    const { chain, engine } = this.#parts
    await this.#relay?.listen({
      chainId: chain.config.chainId,
      genesisHash: chain.genesisHash,
      leaderKey,
      engine: engine.name,
    })
    const [relay, rpc, nats] = [this.#relay?.url, this.#rpc?.url, this.#options.nats?.url]
    if (relay === undefined && rpc === undefined && nats === undefined) return
    const counters = {
      relay: () => this.#relay?.stats(),
      rpc: () => this.#rpc?.stats(),
      nats: () => this.#relay?.natsStats(),
    }
    const publish = nats === undefined ? undefined : natsText(parseNatsUrl(nats))
    this.#options.onServing?.(
      { ...(relay && { relay }), ...(rpc && { rpc }), ...(publish && { publish }) },
      counters,
    )
  }

  verified(message: StreamMessage): void {
    this.#rpc?.take(message)
  }

  pass(frame: PublishedFrame): void {
    this.#relay?.publish(frame)
  }

  async close(): Promise<void> {
    await this.#rpc?.close()
    await this.#relay?.close()
  }

  async #serveRpc({ leaderRpc, ...options }: FollowerRpcOptions): Promise<ChainRpc> {
    const { chain, engine, folder } = this.#parts
    assert(folder !== undefined, 'JSON-RPC is served from a data folder')
    return createChainRpc(
      {
        chain: folder.stored,
        path: folder.path,
        calls: engine,
        // A block is told when it is stored.
        prove: async (_, address, slots) => folder.stored.prove(address, slots),
        pool: (_, events) => new LeaderPool(leaderClient(leaderRpc), events),
      },
      { ...options, config: chain.config },
    )
  }
}
