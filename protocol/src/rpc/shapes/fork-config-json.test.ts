import { MAINNET } from '@shredcast/shared/chain/chain-config'
import type { Header } from '@shredcast/shared/chain/header'
import { hexToBytes } from '@shredcast/shared/primitives/bytes'
import { describe, expect, it } from 'vitest'
import type { ChainReader } from '../backend.ts'
import { forkConfigsJson } from './fork-config-json.ts'

const GENESIS_HASH = hexToBytes(
  '0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3',
)

function mainnetAt(number: bigint, timestamp: bigint) {
  const block = (hash: Uint8Array, header: Partial<Header>) => {
    return { hash, header: header as Header, transactions: [] }
  }
  const chain: Partial<ChainReader> = {
    config: MAINNET,
    head: block(new Uint8Array(32), { number, timestamp }),
    blockByNumber: () => block(GENESIS_HASH, { number: 0n, timestamp: 0n }),
  }
  return forkConfigsJson(chain as ChainReader)
}

describe('forkConfigsJson', () => {
  it('gives the fork ids of EIP-2124 and EIP-6122', () => {
    const idAt = (number: bigint, timestamp: bigint) => mainnetAt(number, timestamp).current?.forkId
    expect(idAt(20_000_000n, 1681338455n)).toBe('0xdce96c2d')
    expect(idAt(20_000_000n, 1710338135n)).toBe('0x9f3d2254')
    expect(idAt(22_500_000n, 1746612311n)).toBe('0xc376cf8b')
  })

  it('shows what is scheduled, changes of blob parameters alone included', () => {
    const { current, next, last } = mainnetAt(22_500_000n, 1746612311n)
    expect(current).toMatchObject({
      activationTime: 1746612311,
      blobSchedule: { target: 6, max: 9, baseFeeUpdateFraction: 5007716 },
      systemContracts: { DEPOSIT_CONTRACT_ADDRESS: '0x00000000219ab540356cbb839cbe05303d7705fa' },
    })
    expect(current?.precompiles).not.toHaveProperty('P256VERIFY')
    expect(next).toMatchObject({
      activationTime: 1764798551,
      precompiles: { P256VERIFY: '0x0000000000000000000000000000000000000100' },
    })
    expect(last).toMatchObject({ activationTime: 1767747671, blobSchedule: { max: 21 } })
  })
})
