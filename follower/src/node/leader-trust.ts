/** Whether a stream is the one that is followed: of the chain, by the engine, of the leader. */

import { WrongStreamError } from '@shredcast/protocol/client/stream-errors'
import type { Trust } from '@shredcast/protocol/trust/known-leaders'
import { checkKnownLeader } from '@shredcast/protocol/trust/known-leaders'
import type { Hello } from '@shredcast/protocol/wire/control-messages'
import type { EngineName } from '@shredcast/shared/engine/engine'
import { bytesToHex, equalBytes } from '@shredcast/shared/primitives/bytes'
import type { OwnChain } from '../chain/own-chain.ts'
import type { FollowerOptions } from './follower-options.ts'
import { WrongChainError, WrongEngineError } from './follower-options.ts'

/** @throws WrongChainError, WrongEngineError */
export function checkChain(
  hello: Hello,
  chain: Pick<OwnChain, 'config' | 'genesisHash'>,
  engine: EngineName,
): void {
  const isOwnChain = hello.chainId === chain.config.chainId
  if (!isOwnChain || !equalBytes(hello.genesisHash, chain.genesisHash)) {
    throw new WrongChainError(chain, hello)
  }
  if (hello.engine !== engine) throw new WrongEngineError(engine, hello)
}

/**
 * What the key of a stream rests on; `known` is that of the data folder.
 * @throws LeaderKeyChangedError, KnownLeadersFileError
 */
export async function trustOf(
  { leaderKey, knownLeaders }: Pick<FollowerOptions, 'leaderKey' | 'knownLeaders'>,
  hello: Hello,
  known: Uint8Array | undefined,
): Promise<Trust> {
  if (leaderKey !== undefined) return 'pinned'
  if (knownLeaders !== undefined) return checkKnownLeader(knownLeaders, hello)
  return known === undefined ? 'first use' : 'known'
}

/** @throws WrongStreamError when a key is expected, and it is another */
export function checkKey(hello: Hello, expected: Uint8Array | undefined): void {
  if (expected === undefined || equalBytes(expected, hello.leaderKey)) return
  throw new WrongStreamError(
    `the server streams for leader ${bytesToHex(hello.leaderKey)}, expected ${bytesToHex(expected)}`,
  )
}
