import type { Hex } from '@shredcast/shared/primitives/bytes'
import { encodeAbiParameters, encodeEventTopics, parseAbi } from 'viem'
import { beforeEach, describe, expect, it } from 'vitest'
import type { EventStats } from './contract-events.ts'
import { EventDecoder } from './contract-events.ts'
import { EventNotInAbiError, UndecodableLogError, UnknownEventError } from './dapp-errors.ts'
import type { DappLog } from './shred-view.ts'

const ABI = parseAbi([
  'event Transfer(address indexed from, address indexed to, uint256 value)',
  'event Paused()',
  'function transfer(address to, uint256 value) returns (bool)',
])
const ALICE = `0x${'a1'.repeat(20)}` as const
const BOB = `0x${'b0'.repeat(20)}` as const
const TOPICS = encodeEventTopics({
  abi: ABI,
  eventName: 'Transfer',
  args: { from: ALICE, to: BOB },
}) as Hex[]
const DATA = encodeAbiParameters([{ type: 'uint256' }], [5n])
const PAUSED = encodeEventTopics({ abi: ABI, eventName: 'Paused' }) as Hex[]

function log(topics: readonly Hex[], data: Hex): DappLog {
  return {
    address: `0x${'c0'.repeat(20)}`,
    topics,
    data,
    blockNumber: 1n,
    transactionHash: `0x${'00'.repeat(32)}`,
    transactionIndex: 0,
    logIndex: 0,
  }
}

describe('contract events', () => {
  let stats: EventStats

  beforeEach(() => {
    stats = { decodedEvents: 0, eventsNotInAbi: 0, undecodableLogs: 0 }
  })

  it('are decoded by the ABI', () => {
    const decoder = new EventDecoder(ABI, undefined, stats)
    expect(decoder.decode(log(TOPICS, DATA))).toMatchObject({
      decoded: true,
      eventName: 'Transfer',
      args: {
        value: 5n,
        from: expect.stringMatching(/^0xa1/i),
        to: expect.stringMatching(/^0xb0/i),
      },
    })
    expect(decoder.decode(log(PAUSED, '0x'))).toMatchObject({ decoded: true, eventName: 'Paused' })
    expect(stats).toEqual({ decodedEvents: 2, eventsNotInAbi: 0, undecodableLogs: 0 })
  })

  it('come as they are, counted and with the reason, when the ABI does not have them', () => {
    const decoder = new EventDecoder(ABI, undefined, stats)
    const unknown = log([`0x${'99'.repeat(32)}`], DATA)
    const event = decoder.decode(unknown)
    expect(event).toMatchObject({ decoded: false, log: unknown })
    expect(event).toHaveProperty('error.topic', `0x${'99'.repeat(32)}`)
    expect(event).toHaveProperty('error', expect.any(EventNotInAbiError))
    expect(decoder.decode(log([], DATA))).toHaveProperty('error.topic', undefined)
    expect(stats).toEqual({ decodedEvents: 0, eventsNotInAbi: 2, undecodableLogs: 0 })
  })

  it.each<[string, readonly Hex[], Hex]>([
    ['too few topics, as ERC-721 has other ones', TOPICS.slice(0, 2), DATA],
    ['no data', TOPICS, '0x'],
    ['cut data', TOPICS, '0x0102'],
  ])('come as they are with %s', (_, topics, data) => {
    const decoder = new EventDecoder(ABI, 'Transfer', stats)
    expect(decoder.decode(log(topics, data))).toHaveProperty(
      'error',
      expect.any(UndecodableLogError),
    )
    expect(stats).toEqual({ decodedEvents: 0, eventsNotInAbi: 0, undecodableLogs: 1 })
  })

  it('are only those of the name that was asked for', () => {
    const decoder = new EventDecoder(ABI, 'Paused', stats)
    expect(decoder.decode(log(TOPICS, DATA))).toBeUndefined()
    expect(decoder.decode(log([], DATA))).toBeUndefined()
    expect(decoder.decode(log(PAUSED, '0x'))).toMatchObject({ eventName: 'Paused' })
    expect(stats).toEqual({ decodedEvents: 1, eventsNotInAbi: 0, undecodableLogs: 0 })
  })

  it('must be in the ABI by name', () => {
    expect(() => new EventDecoder(ABI, 'transfer', stats)).toThrow(UnknownEventError)
    expect(() => new EventDecoder(ABI, 'Approval', stats)).toThrow('it has Transfer, Paused')
  })
})
