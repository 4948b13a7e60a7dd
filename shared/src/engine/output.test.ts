import { describe, expect, it } from 'vitest'
import { decodeLogs, decodeRequests, encodeLogs, encodeRequests } from './output.ts'

const ADDRESS = new Uint8Array(20).fill(0xaa)
const TOPIC = new Uint8Array(32).fill(0x11)
const OTHER_TOPIC = new Uint8Array(32).fill(0x22)

describe('logs', () => {
  it('come back as they were', () => {
    const logs = [
      { address: ADDRESS, topics: [], data: new Uint8Array(0) },
      { address: ADDRESS, topics: [TOPIC, OTHER_TOPIC], data: Uint8Array.of(1, 2, 3) },
      { address: ADDRESS, topics: [TOPIC, TOPIC, TOPIC, TOPIC], data: new Uint8Array(8).fill(9) },
      { address: ADDRESS, topics: [TOPIC], data: new Uint8Array(1000).fill(7) },
    ]
    expect(decodeLogs(encodeLogs(logs))).toEqual(logs)
    expect(decodeLogs(encodeLogs([]))).toEqual([])
  })

  it('are flat: two lengths, address, topics, data padded to 8', () => {
    const bytes = encodeLogs([{ address: ADDRESS, topics: [TOPIC], data: Uint8Array.of(1, 2, 3) }])
    expect([...bytes]).toEqual([
      ...[3, 0, 0, 0, 1, 0, 0, 0],
      ...[...ADDRESS, 0, 0, 0, 0],
      ...TOPIC,
      ...[1, 2, 3, 0, 0, 0, 0, 0],
    ])
  })

  it('are read from any place of a larger buffer and share nothing with it', () => {
    const logs = [{ address: ADDRESS, topics: [TOPIC], data: Uint8Array.of(1, 2, 3) }]
    const encoded = encodeLogs(logs)
    const buffer = new Uint8Array(encoded.length + 20)
    buffer.set(encoded, 13)
    const decoded = decodeLogs(buffer.subarray(13, 13 + encoded.length))
    buffer.fill(0)
    expect(decoded).toEqual(logs)
  })
})

describe('requests', () => {
  it('come back as they were', () => {
    const requests = [Uint8Array.of(1), new Uint8Array(77).fill(2), new Uint8Array(8).fill(3)]
    expect(decodeRequests(encodeRequests(requests))).toEqual(requests)
    expect(decodeRequests(encodeRequests([]))).toEqual([])
  })

  it('are flat: a length, type and data padded to 8', () => {
    expect([...encodeRequests([Uint8Array.of(1, 5, 6)])]).toEqual([
      ...[3, 0, 0, 0, 0, 0, 0, 0],
      ...[1, 5, 6, 0, 0, 0, 0, 0],
    ])
  })
})
