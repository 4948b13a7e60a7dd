import { expect, it } from 'vitest'
import { MAINNET } from '../chain/chain-config.ts'
import { devGenesis } from '../chain/dev-genesis.ts'
import { decodeTransaction, encodeTransaction } from '../chain/transaction.ts'
import { sampleTransaction } from './reference/sample-transaction.ts'
import { impersonationSignature, recoverSender, senderOnChain } from './sender.ts'
import { signTransaction } from './sign-transaction.ts'

const { config } = devGenesis()
const ANYBODY = new Uint8Array(20).fill(0xab)
const unsigned = sampleTransaction({ chainId: config.chainId })

it('is named in place of a signature on a development chain alone', () => {
  const bytes = encodeTransaction({ ...unsigned, ...impersonationSignature(ANYBODY) })
  const transaction = decodeTransaction(bytes)
  expect(senderOnChain(transaction, config)).toEqual(ANYBODY)
  expect(senderOnChain(transaction, MAINNET)).toBeUndefined()
  expect(recoverSender(transaction)).toBeUndefined()
})

it('is the signer wherever there is a signature', () => {
  const transaction = decodeTransaction(signTransaction(unsigned, new Uint8Array(32).fill(7)))
  const signer = recoverSender(transaction)
  expect(signer).toHaveLength(20)
  expect(senderOnChain(transaction, config)).toEqual(signer)
})

it('is nobody where r is no address', () => {
  const transaction = { ...unsigned, r: 1n << 160n, s: 0n, yParity: 0 } as const
  expect(senderOnChain(transaction, config)).toBeUndefined()
})
