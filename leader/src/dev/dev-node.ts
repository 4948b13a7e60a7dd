/** A leader of the development chain as its user's methods see it. */

import type { DevBackend } from '@shredcast/protocol/rpc/dev-backend'
import {
  DEV_ADDRESSES,
  DEV_BALANCE_WEI,
  DEV_SECRET_KEYS,
} from '@shredcast/shared/chain/dev-genesis'
import { formatEther, getAddress } from 'viem'
import type { ChainLeader } from '../node/chain-leader.ts'
import { SigningAccounts } from './dev-accounts.ts'
import { PlannedBlocks } from './dev-blocks.ts'
import { EditedState } from './dev-state.ts'

export function createDevBackend(leader: ChainLeader): DevBackend {
  const accounts = new SigningAccounts()
  return {
    accounts,
    blocks: new PlannedBlocks(leader),
    state: new EditedState(leader, () => accounts.reset()),
  }
}

/** What anvil prints at its start: the accounts, and whom they may be told. */
export function devBanner(): string {
  const ether = formatEther(DEV_BALANCE_WEI)
  const numbered = (lines: readonly string[]) => lines.map((line, index) => `(${index}) ${line}`)
  return [
    'Available accounts',
    ...numbered(DEV_ADDRESSES.map((address) => `${getAddress(address)} (${ether} ETH)`)),
    '',
    'Private keys',
    ...numbered(DEV_SECRET_KEYS),
    '',
    'Everybody knows these keys: what is sent to these accounts on another chain is lost.',
    '',
  ].join('\n')
}
