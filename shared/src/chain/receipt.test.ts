import { describe, expect, it } from 'vitest'
import { AssertionError } from '../primitives/assert.ts'
import { bytesToHex, hexToBytes } from '../primitives/bytes.ts'
import { keccak256 } from '../primitives/keccak.ts'
import { decodeRlp } from '../primitives/rlp.ts'
import type { Receipt } from './receipt.ts'
import { encodeReceipt, logsBloom, mergeBloom } from './receipt.ts'

const ADDRESS = hexToBytes('0x00000000000000000000000000000000000000ff')
const TOPIC = new Uint8Array(32).fill(0xaa)

const receipt: Receipt = {
  type: 0,
  status: 1,
  gasUsed: 21000n,
  cumulativeGasUsed: 63000n,
  logs: [{ address: ADDRESS, topics: [TOPIC], data: Uint8Array.of(1, 2, 3) }],
}

function bitsOf(bloom: Uint8Array): number[] {
  const bits: number[] = []
  for (let bit = 0; bit < 2048; bit++) {
    if ((bloom[255 - (bit >> 3)]! >> (bit & 7)) & 1) bits.push(bit)
  }
  return bits
}

describe('encodeReceipt', () => {
  it('begins with the status from Byzantium on', () => {
    const [status, gas, bloom, logs] = decodeRlp(encodeReceipt(receipt, 'byzantium')) as [
      ...Uint8Array[],
    ]
    expect(status).toEqual(Uint8Array.of(1))
    expect(gas).toEqual(hexToBytes('0xf618'))
    expect(bloom).toEqual(logsBloom(receipt.logs))
    expect(logs).toEqual([[ADDRESS, [TOPIC], Uint8Array.of(1, 2, 3)]])
  })

  it('writes failure as no byte', () => {
    const failed = encodeReceipt({ ...receipt, status: 0 }, 'osaka')
    expect(decodeRlp(failed)).toHaveProperty('0', new Uint8Array(0))
  })

  it('begins with the state root before Byzantium, and needs it', () => {
    const root = new Uint8Array(32).fill(7)
    expect(decodeRlp(encodeReceipt(receipt, 'homestead', root))).toHaveProperty('0', root)
    expect(() => encodeReceipt(receipt, 'spuriousDragon')).toThrow(AssertionError)
  })

  it('puts the type of a typed transaction first', () => {
    const typed = encodeReceipt({ ...receipt, type: 2 }, 'london')
    expect(typed[0]).toBe(2)
    expect(typed.subarray(1)).toEqual(encodeReceipt(receipt, 'london'))
  })
})

describe('logsBloom', () => {
  it('agrees with go-ethereum on a hundred values', () => {
    const values = Array.from({ length: 100 }, (_, i) => `xxxxxxxxxx data ${i} yyyyyyyyyyyyyy`)
    const topics = values.map((text) => new TextEncoder().encode(text))
    const bloom = logsBloom([{ address: topics[0]!, topics, data: TOPIC }])
    expect(bytesToHex(keccak256(bloom))).toBe(
      '0xc8d3ca65cdb4874300a9e39475508f23ed6da09fdbc487f89a2dcf50b09eb263',
    )
  })

  it('is the same for a value that was seen before', () => {
    const first = logsBloom(receipt.logs)
    expect(logsBloom(receipt.logs)).toEqual(first)
    expect(bitsOf(first).length).toBeLessThanOrEqual(6)
  })

  it('of no logs is empty', () => {
    expect(bitsOf(logsBloom([]))).toEqual([])
  })

  it('of many logs is the merge of their blooms', () => {
    const other = [{ address: TOPIC.subarray(0, 20), topics: [], data: TOPIC }]
    const merged = logsBloom(receipt.logs)
    mergeBloom(merged, logsBloom(other))
    expect(merged).toEqual(logsBloom([...receipt.logs, ...other]))
  })
})
