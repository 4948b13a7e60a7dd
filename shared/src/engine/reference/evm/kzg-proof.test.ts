import { describe, expect, it } from 'vitest'
import { verifyKzgProof } from './kzg-proof.ts'

/** The proof that go-ethereum tests the precompile with. */
const COMMITMENT =
  '0x8f59a8d2a1a625a17f3fea0fe5eb8c896db3764f3185481bc22f91b4aaffcca25f26936857bc3a7c2539ea8ec3a952b7'
const PROOF =
  '0x873033e038326e87ed3e1276fd140253fa08e9fc25fb2d9a98527fc22a2c9612fbeafdad446cbc7bcdbdcd780af2c16a'
const Z = '0x564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d36306'
const Y = '0x24d25032e67a7e6a4910df5834b8fe70e6bcfeeac0352434196bdf4b2485d5a1'
const INFINITY = `0xc0${'00'.repeat(47)}`
const ZERO = `0x${'00'.repeat(32)}`
const ONE = `0x${'00'.repeat(31)}01`
const GROUP_ORDER = '0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001'

describe('verifyKzgProof', () => {
  it('accepts a proof', () => {
    expect(verifyKzgProof(COMMITMENT, Z, Y, PROOF)).toBe(true)
  })

  it('refuses another value, place, commitment or proof', () => {
    expect(verifyKzgProof(COMMITMENT, Z, ONE, PROOF)).toBe(false)
    expect(verifyKzgProof(COMMITMENT, ONE, Y, PROOF)).toBe(false)
    expect(verifyKzgProof(PROOF, Z, Y, PROOF)).toBe(false)
    expect(verifyKzgProof(COMMITMENT, Z, Y, COMMITMENT)).toBe(false)
  })

  it('knows the zero polynomial, whose commitment and proof are the point at infinity', () => {
    expect(verifyKzgProof(INFINITY, Z, ZERO, INFINITY)).toBe(true)
    expect(verifyKzgProof(INFINITY, Z, ONE, INFINITY)).toBe(false)
  })

  it('refuses what is no point or no scalar', () => {
    expect(verifyKzgProof(INFINITY, GROUP_ORDER, ZERO, INFINITY)).toBe(false)
    expect(verifyKzgProof(INFINITY, Z, GROUP_ORDER, INFINITY)).toBe(false)
    expect(verifyKzgProof(`0x${'ff'.repeat(48)}`, Z, Y, PROOF)).toBe(false)
    expect(verifyKzgProof(COMMITMENT.slice(0, -2), Z, Y, PROOF)).toBe(false)
  })
})
