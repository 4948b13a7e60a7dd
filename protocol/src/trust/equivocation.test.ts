import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { describe, expect, it } from 'vitest'
import { EquivocationError } from '../client/equivocation-error.ts'
import { sealFrame } from '../wire/frame.ts'
import { createFrameSigner } from '../wire/frame-signer.ts'
import { MessageChain } from '../wire/message-chain.ts'
import { sampleDraft } from '../wire/message-samples.ts'
import {
  checkEquivocation,
  equivocationEvidence,
  UnprovenError,
  writeEvidence,
} from './equivocation.ts'

const signer = createFrameSigner()
const before = new MessageChain()
before.append(sampleDraft(0))
const one = new MessageChain(before.tip).append(sampleDraft(1))
const other = new MessageChain(before.tip).append(sampleDraft(2))

function evidenceOf(signedBy = signer) {
  return equivocationEvidence(
    new EquivocationError({
      seq: 1,
      leaderKey: signer.publicKey,
      first: { seq: 1, hash: one.hash, frame: sealFrame([one.bytes], signer) },
      second: { seq: 1, hash: other.hash, frame: sealFrame([other.bytes], signedBy) },
    }),
  )
}

describe('evidence of equivocation', () => {
  it('convicts with two signed frames', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shredcast-evidence-'))
    const path = await writeEvidence(folder, evidenceOf())
    const read = JSON.parse(readFileSync(path, 'utf8'))
    rmSync(folder, { recursive: true })
    expect(read).toEqual(evidenceOf())
    expect(() => checkEquivocation(read)).not.toThrow()
  })

  it('convicts nobody with less', () => {
    const evidence = evidenceOf()
    const [first, second] = evidence.frames
    const [hash] = evidence.hashes
    const frames = [first, first] as const
    const unproven = [
      { ...evidence, frames },
      { ...evidence, seq: 5 },
      { ...evidence, hashes: [hash, hash] as const },
      { ...evidence, hashes: [hash, bytesToHex(new Uint8Array(32))] as const },
    ]
    for (const one of unproven) expect(() => checkEquivocation(one)).toThrow(UnprovenError)
    expect(() => checkEquivocation(evidenceOf(createFrameSigner()))).toThrow('not signed')
    expect(second).not.toBe(first)
  })
})
