import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Environment } from '../environment.ts'
import { createSampleFolder } from '../sample-store.ts'
import { StoreCorruptedError, StoreFullError } from '../store-error.ts'
import type { LogTable } from '../tables.ts'
import { LOG_FILE } from '../tables.ts'
import { ShredLog, ShredLogBusyError } from './shred-log.ts'

const folder = createSampleFolder()
const { path } = folder
let environment: Environment<LogTable>
let now = 1_000_000

beforeEach(() => {
  environment = new Environment({
    path,
    file: LOG_FILE,
    readOnly: false,
    durability: 'os',
    maxBytes: 2 ** 30,
  })
  environment.transact(() => {
    for (const { key } of [...environment.tables.shredLog.range(Uint8Array.of(0), undefined)]) {
      environment.tables.shredLog.remove(key)
    }
  })
})

afterEach(() => environment.close())
afterAll(() => folder.remove())

const createLog = () => new ShredLog(environment, () => now)
const message = (byte: number, length = 10) => new Uint8Array(length).fill(byte)
const bytesOf = (log: ShredLog, seq: number, count = 100) => {
  return log.read(seq, count).map(({ bytes }) => bytes[0])
}

describe('the shred log', () => {
  it('numbers messages without a gap, over appends of one turn and later ones', async () => {
    const log = createLog()
    expect([log.firstSeq, log.nextSeq]).toEqual([0, 0])
    const seqs = await Promise.all([
      log.append([message(1), message(2)]),
      log.append([]),
      log.append([message(3)]),
    ])
    expect(seqs).toEqual([0, 2, 2])
    expect(await log.append([message(4)])).toBe(3)
    expect(log.read(1, 2)).toEqual([
      { seq: 1, bytes: message(2) },
      { seq: 2, bytes: message(3) },
    ])
    expect(bytesOf(log, 0)).toEqual([1, 2, 3, 4])
    expect(log.read(4, 10)).toEqual([])
  })

  it('reads no more than it is asked for, but one message', async () => {
    const log = createLog()
    await log.append([1, 2, 3, 4].map((byte) => message(byte, 100)))
    const read = (maxBytes: number) => log.read(0, 4, maxBytes).map(({ seq }) => seq)
    expect(read(1)).toEqual([0])
    expect(read(100)).toEqual([0, 1])
    expect(read(399)).toEqual([0, 1, 2, 3])
    expect(log.read(2, 4, 100).map(({ seq }) => seq)).toEqual([2, 3])
  })

  it('goes on where it ended when it is opened again', async () => {
    await createLog().append([message(1), message(2)])
    const log = createLog()
    expect(await log.append([message(3)])).toBe(2)
    expect(bytesOf(log, 0)).toEqual([1, 2, 3])
  })

  it('is one transaction for all that is appended in one turn', async () => {
    const log = createLog()
    await log.append([message(1)])
    const spy: number[] = []
    const { transact } = environment
    environment.transact = (work) => {
      spy.push(1)
      return transact.call(environment, work) as ReturnType<typeof work>
    }
    await Promise.all([2, 3, 4].map((byte) => log.append([message(byte)])))
    expect(spy).toHaveLength(1)
  })

  it('keeps nothing of a group that finds no room, and gives its numbers away again', async () => {
    await environment.close()
    environment = new Environment({
      path,
      file: LOG_FILE,
      readOnly: false,
      durability: 'os',
      maxBytes: 300_000,
    })
    const log = createLog()
    await log.append([message(1, 300_000)])
    const lost = [log.append([message(2)]), log.append([message(3)])]
    for (const append of lost) await expect(append).rejects.toThrow(StoreFullError)
    expect(log.nextSeq).toBe(1)
    expect(bytesOf(log, 0)).toEqual([1])
  })

  it('takes no more than it can commit in one turn', async () => {
    const log = createLog()
    const large = new Uint8Array(2 ** 20)
    const first = log.append(Array.from({ length: 257 }, () => large))
    await expect(log.append([large])).rejects.toThrow(ShredLogBusyError)
    expect(await first).toBe(0)
    expect(await log.append([message(1)])).toBe(257)
  })

  it('says so when a message is missing', async () => {
    const log = createLog()
    await log.append([message(1), message(2), message(3)])
    environment.transact(() => {
      const key = new Uint8Array(8)
      key[7] = 1
      environment.tables.shredLog.remove(key)
    })
    expect(() => log.read(0, 3)).toThrow(StoreCorruptedError)
    expect(bytesOf(log, 2)).toEqual([3])
  })
})

describe('retention of the shred log', () => {
  async function tenMessages(): Promise<ShredLog> {
    const log = createLog()
    for (let i = 0; i < 10; i++) {
      now += 1000
      await log.append([message(i)])
    }
    return log
  }

  const prune = (
    log: ShredLog,
    retention: { maxMessages?: number; maxAgeMs?: number },
    count = 99,
  ) => {
    const lastSeq = log.nextSeq - 1
    log.prune({ maxMessages: 1000, maxAgeMs: 1e12, ...retention }, { lastSeq, count })
  }

  it('removes the oldest beyond a count', async () => {
    const log = await tenMessages()
    prune(log, { maxMessages: 4 })
    expect([log.firstSeq, log.nextSeq]).toEqual([6, 10])
    expect(bytesOf(log, 6)).toEqual([6, 7, 8, 9])
  })

  it('removes what is older than an age, but never the newest', async () => {
    const log = await tenMessages()
    prune(log, { maxAgeMs: 2500 })
    expect(log.firstSeq).toBe(7)
    now += 1e9
    prune(log, { maxAgeMs: 2500 })
    expect([log.firstSeq, log.nextSeq]).toEqual([9, 10])
    expect(createLog().nextSeq).toBe(10)
  })

  it('removes a bounded number at a time', async () => {
    const log = await tenMessages()
    prune(log, { maxMessages: 1 }, 3)
    expect(log.firstSeq).toBe(3)
    prune(log, { maxMessages: 1 }, 3)
    expect(log.firstSeq).toBe(6)
  })
})
