import { DEV_ADDRESSES, DEV_MNEMONIC } from '@shredcast/shared/chain/dev-genesis'
import { mnemonicToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { Wallet } from './wallet.ts'

describe('wallets of the development chain', () => {
  it('are, in order, the accounts that its genesis funds', () => {
    const wallets = DEV_ADDRESSES.map((_, addressIndex) => {
      return new Wallet(mnemonicToAccount(DEV_MNEMONIC, { addressIndex }))
    })
    expect(wallets.map(({ address }) => address.toLowerCase())).toEqual(DEV_ADDRESSES)
  })
})
