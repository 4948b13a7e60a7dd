import { describe, expect, it } from 'vitest'
import { concatBytes, equalBytes, hexToBytes } from '../primitives/bytes.ts'
import type { RlpItem } from '../primitives/rlp.ts'
import { encodeRlp } from '../primitives/rlp.ts'
import type { BlobSidecar } from './blob-sidecar.ts'
import { BLOB_BYTES, joinSidecar, MalformedSidecarError, splitSidecar } from './blob-sidecar.ts'
import { decodeTransaction } from './transaction.ts'
import { TRANSACTION_SAMPLES } from './transaction-samples.ts'

const blob = new Uint8Array(BLOB_BYTES).fill(1)
const point = (byte: number) => new Uint8Array(48).fill(byte)
const samples = TRANSACTION_SAMPLES.map(({ signed }) => hexToBytes(signed))
const bytes = samples[3]!
const sidecar: BlobSidecar = {
  ...{ version: 0, blobs: [blob], commitments: [point(2)], proofs: [point(3)] },
}
const wrapped = (...items: RlpItem[]) => concatBytes(Uint8Array.of(3), encodeRlp(items))

describe('a blob transaction on its way', () => {
  it.each([0, 1] as const)('is divided and put together, version %i', (version) => {
    const sent = { ...sidecar, version, proofs: version === 1 ? [point(3), point(4)] : [point(3)] }
    const joined = joinSidecar(bytes, sent)
    const split = splitSidecar(joined)
    expect(split.bytes).toEqual(bytes)
    expect(split.sidecar).toMatchObject({ version, proofs: sent.proofs, commitments: [point(2)] })
    expect(split.sidecar?.blobs.map((each) => equalBytes(each, blob))).toEqual([true])
    expect(() => decodeTransaction(joined)).toThrow()
  })

  it('is as it was where it has no sidecar', () => {
    for (const sample of samples) expect(splitSidecar(sample)).toEqual({ bytes: sample })
    for (const short of [[], [3], [3, 0xc0], [3, 0xf8]]) {
      expect(splitSidecar(Uint8Array.from(short))).toEqual({ bytes: Uint8Array.from(short) })
    }
  })

  it('is malformed when a part is missing, too long or of another kind', () => {
    const one = Uint8Array.of(1)
    const parts = [[blob], [point(2)], [point(3)]] as const
    const hostile = [
      wrapped([]),
      wrapped([], [blob], [point(2)]),
      wrapped([], Uint8Array.of(2), ...parts),
      wrapped([], [], ...parts),
      wrapped([], one, ...parts, []),
      wrapped([], [blob.subarray(1)], [point(2)], [point(3)]),
      wrapped([], [blob], [point(2).subarray(1)], [point(3)]),
      wrapped([], blob, [point(2)], [point(3)]),
      joinSidecar(bytes, sidecar).slice(0, -1),
      concatBytes(joinSidecar(bytes, sidecar), one),
    ]
    for (const sent of hostile) expect(() => splitSidecar(sent)).toThrow(MalformedSidecarError)
  })
})
