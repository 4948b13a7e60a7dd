import type { PublishedFrame } from '@shredcast/protocol/server/frame-log'
import type { SampleFolder } from '@shredcast/shared/store/sample-store'
import { createSampleFolder } from '@shredcast/shared/store/sample-store'
import type { Store } from '@shredcast/shared/store/store'
import { StoreFullError } from '@shredcast/shared/store/store-error'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { LogGate } from './log-gate.ts'

let folder: SampleFolder

beforeEach(() => {
  folder = createSampleFolder()
})

afterEach(() => folder.remove())

function frameOf(firstSeq: number, lastSeq = firstSeq): PublishedFrame {
  return { bytes: new Uint8Array(1), firstSeq, lastSeq, lastHash: new Uint8Array(32) }
}

const message = (size = 10) => new Uint8Array(size)

/** A gate, and for each frame that it let pass how far the log was then. */
function gateOf(store: Store) {
  const sent: { seq: number; logged: number }[] = []
  const gate = new LogGate(store.shredLog, ({ firstSeq }) => {
    sent.push({ seq: firstSeq, logged: store.shredLog.nextSeq })
  })
  return { gate, sent }
}

it.each(['os', 'disk'] as const)(
  'sends in order what is in the log, durability %s',
  async (durability) => {
    const store = await folder.open({ durability })
    const { gate, sent } = gateOf(store)
    gate.pass(frameOf(0, 1), [message(), message()])
    gate.pass(frameOf(2), [message()])
    expect(sent).toEqual([])
    await gate.settled()
    expect(sent).toEqual([
      { seq: 0, logged: 3 },
      { seq: 2, logged: 3 },
    ])
    gate.pass(frameOf(3), [message()])
    await gate.settled()
    expect(sent.at(-1)).toEqual({ seq: 3, logged: 4 })
  },
)

it('sends nothing any more once the log has failed', async () => {
  const store = await folder.open({ maxBytes: 1_000_000 })
  const { gate, sent } = gateOf(store)
  gate.pass(frameOf(0), [message(2_000_000)])
  await gate.settled()
  gate.pass(frameOf(1), [message()])
  await expect(gate.settled()).rejects.toThrow(StoreFullError)
  await expect(gate.failed).rejects.toThrow(StoreFullError)
  gate.pass(frameOf(2), [message()])
  await expect(gate.settled()).rejects.toThrow(StoreFullError)
  expect(sent.map(({ seq }) => seq)).toEqual([0])
  expect(store.shredLog.nextSeq).toBe(1)
})

it('fails when the log is not where the stream is', async () => {
  const { gate, sent } = gateOf(await folder.open())
  gate.pass(frameOf(5), [message()])
  await expect(gate.failed).rejects.toThrow('the log has what was published')
  expect(sent).toEqual([])
})
