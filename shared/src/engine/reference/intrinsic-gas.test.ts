import { describe, expect, it } from 'vitest'
import { floorGas, intrinsicGas } from './intrinsic-gas.ts'
import { SENDER, sampleTransaction } from './sample-transaction.ts'

const DATA = Uint8Array.of(0, 0, 1, 2, 3)

describe('intrinsicGas', () => {
  it('is the price of a transfer', () => {
    expect(intrinsicGas(sampleTransaction(), 'frontier')).toBe(21_000n)
  })

  it('counts bytes of data, cheaper from Istanbul on', () => {
    const tx = sampleTransaction({ data: DATA })
    expect(intrinsicGas(tx, 'petersburg')).toBe(21_000n + 2n * 4n + 3n * 68n)
    expect(intrinsicGas(tx, 'istanbul')).toBe(21_000n + 2n * 4n + 3n * 16n)
  })

  it('charges creations from Homestead on, and their words from Shanghai on', () => {
    const tx = sampleTransaction({ to: undefined, data: new Uint8Array(33) })
    expect(intrinsicGas(tx, 'frontier')).toBe(21_000n + 132n)
    expect(intrinsicGas(tx, 'homestead')).toBe(53_000n + 132n)
    expect(intrinsicGas(tx, 'shanghai')).toBe(53_000n + 132n + 4n)
  })

  it('charges access lists and authorizations', () => {
    const authorization = { chainId: 1n, address: SENDER, nonce: 0n, yParity: 0, r: 1n, s: 1n }
    const tx = sampleTransaction({
      accessList: [{ address: SENDER, storageKeys: [new Uint8Array(32), new Uint8Array(32)] }],
      authorizationList: [authorization],
    })
    expect(intrinsicGas(tx, 'prague')).toBe(21_000n + 2400n + 2n * 1900n + 25_000n)
  })
})

describe('floorGas', () => {
  it('counts a nonzero byte as four tokens, from Prague on', () => {
    const tx = sampleTransaction({ data: DATA })
    expect(floorGas(tx, 'cancun')).toBe(0n)
    expect(floorGas(tx, 'prague')).toBe(21_000n + (2n + 3n * 4n) * 10n)
  })
})
