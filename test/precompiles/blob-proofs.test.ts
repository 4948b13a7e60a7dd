/** Proofs of blob sidecars against those that a prover makes from all of the ceremony's points. */

import type { BlobSidecar } from '@shredcast/shared/chain/blob-sidecar'
import { CELLS_PER_BLOB } from '@shredcast/shared/chain/blob-sidecar'
import { MODULUS } from '@shredcast/shared/engine/blobs/blob-polynomial'
import { BlobProofCheck } from '@shredcast/shared/engine/blobs/blob-proof-check'
import { G1_MONOMIAL, G2_SECRET_64 } from '@shredcast/shared/engine/blobs/setup-points'
import { CURVE_BLS12_381, Mcl } from '@shredcast/shared/engine/precompiles/mcl'
import { bigIntToBytes, bytesToHex } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import { sha256 } from '@shredcast/shared/primitives/sha256'
import { beforeAll, describe, expect, it } from 'vitest'
import { blobOf, KzgProver, readSetup } from '../kit/kzg-prover.ts'

let prover: KzgProver
let check: BlobProofCheck

beforeAll(async () => {
  prover = await KzgProver.create()
  check = new BlobProofCheck(await Mcl.start(CURVE_BLS12_381))
})

/** A few values, and zeros. */
function textBlob(seed: number): Uint8Array {
  const blob = new Uint8Array(131_072)
  const random = createRandom(seed)
  for (let at = 1; at < 640; at++) if (at % 32 !== 0) blob[at] = random.below(256)
  return blob
}

function sidecarOf(version: 0 | 1, blobs: readonly Uint8Array[]): BlobSidecar {
  const commitments = blobs.map((blob) => prover.blobToKzgCommitment(blob))
  const proofs = blobs.flatMap((blob, index) => {
    if (version === 1) return prover.computeCellProofs(blob)
    return [prover.computeBlobKzgProof(blob, commitments[index]!)]
  })
  return { version, blobs, commitments, proofs }
}

const smooth = (seed: bigint) =>
  blobOf(Array.from({ length: 150 }, (_, i) => seed + BigInt(i) ** 9n))

describe('the setup', () => {
  it('is that of the ceremony', () => {
    const setup = readSetup()
    expect(G1_MONOMIAL).toEqual(setup.g1_monomial.slice(0, 64))
    expect(G2_SECRET_64).toBe(setup.g2_monomial[64])
  })
})

describe('one proof a blob', () => {
  it('holds for any blob, also of zeros and of one value', () => {
    const constant = blobOf([7n])
    const zero = new Uint8Array(131_072)
    expect(check.check(sidecarOf(0, [textBlob(1), constant, zero]))).toBeUndefined()
  })

  it('fails when blob, commitment or proof is another', () => {
    const sidecar = sidecarOf(0, [textBlob(1), textBlob(2)])
    const [first, second] = sidecar.blobs as [Uint8Array, Uint8Array]
    const changed = second.slice()
    changed[131_071] = 1
    const fault = 'invalid proof of blob 1'
    expect(check.check({ ...sidecar, blobs: [first, changed] })).toBe(fault)
    for (const key of ['commitments', 'proofs'] as const) {
      const [own, other] = sidecar[key] as [Uint8Array, Uint8Array]
      expect(check.check({ ...sidecar, [key]: [own, own] })).toBe(fault)
      const broken = other.slice()
      broken[47]! ^= 1
      expect(check.check({ ...sidecar, [key]: [own, broken] })).toBe(fault)
    }
    const beyond = second.slice()
    beyond.set(bigIntToBytes(MODULUS, 32), 64)
    expect(check.check({ ...sidecar, blobs: [first, beyond] })).toMatch(/^blob 1 has an element/)
  })
})

describe('proofs of cells', () => {
  it('are those that another implementation makes (micro-eth-signer 0.20)', () => {
    const digest = (bytes: readonly Uint8Array[]) => bytesToHex(sha256(Buffer.concat(bytes)))
    const blob = smooth(5n)
    const { commitments, proofs } = sidecarOf(1, [blob])
    expect(bytesToHex(commitments[0]!)).toBe(
      '0xa7195d961989c5d368febc4dcf075690af5f6c07820fe80ca76292137adb8ecd52e4714b9855c9c80981cc2b13f78b90',
    )
    expect(digest([blob])).toBe(
      '0x9cecf54543b45ea125089a311f9a898ff1b660846e1588ca24d0adf6925ea2e8',
    )
    expect(digest(proofs)).toBe(
      '0x54d8ab370c57eba8eaf6e3212554a6d32e2c2c12fab397832b90273e96d38826',
    )
  })

  it('hold for any blobs, also of zeros and of one value', () => {
    const blobs = [smooth(1n), smooth(4n), new Uint8Array(131_072), blobOf([9n])]
    expect(check.check(sidecarOf(1, blobs))).toBeUndefined()
  })

  it('fail when anything is not in its place', () => {
    const sidecar = sidecarOf(1, [smooth(1n), smooth(2n)])
    const { blobs, commitments, proofs } = sidecar
    expect(check.check(sidecar)).toBeUndefined()
    const swapped = [...proofs]
    ;[swapped[5], swapped[6]] = [proofs[6]!, proofs[5]!]
    const last = [...proofs.slice(0, -1), proofs[CELLS_PER_BLOB]!]
    const garbage = [...proofs.slice(0, -1), new Uint8Array(48)]
    const wrong: Partial<BlobSidecar>[] = [
      { proofs: swapped },
      { proofs: last },
      { proofs: garbage },
      { blobs: [blobs[1]!, blobs[0]!] },
      { commitments: [commitments[0]!, commitments[0]!] },
      { blobs: [blobs[0]!, smooth(3n)] },
    ]
    for (const part of wrong)
      expect(check.check({ ...sidecar, ...part })).toBe('invalid cell proofs')
  })
})
