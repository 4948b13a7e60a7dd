/** Logs, handles and room: what the core's journal keeps in its worker's heap. */

import { HeapFullError } from '@shredcast/shared/engine/core'
import { decodeLogs } from '@shredcast/shared/engine/output'
import { SCHEDULE_BLOCK_STM } from '@shredcast/shared/layout/control'
import { REVISION_PRAGUE } from '@shredcast/shared/layout/environment'
import { bigIntToBytes } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CoreJournal } from './core-journal.ts'
import {
  accountAt,
  beginStep,
  createCoreJournals,
  openBlock,
  putBytes,
  setHeapBytes,
  slotAt,
  word,
  wordFrom,
} from './core-journal.ts'

const ALICE = new Uint8Array(20).fill(0xaa)
const MEBIBYTE = 1024 * 1024

let journals: CoreJournal[]
let journal: CoreJournal

beforeAll(async () => {
  journals = await createCoreJournals([0, 0])
  journal = journals[0]!
})

beforeEach(() => {
  openBlock(journal, [], SCHEDULE_BLOCK_STM, REVISION_PRAGUE)
  beginStep(journal, 0, false)
})

function appendLog(address: Uint8Array, topics: Uint8Array[], data: Uint8Array): void {
  const addressAt = putBytes(journal, address)
  const topicsAt = putBytes(journal, Buffer.concat(topics))
  const dataAt = putBytes(journal, data)
  journal.core.appendLog(addressAt, topicsAt, topics.length, dataAt, data.length)
}

function logs() {
  const at = journal.core.encodeLogs() >>> 0
  return decodeLogs(journal.bytes.slice(at, at + journal.core.encodedLogBytes()))
}

describe('logs', () => {
  it('leave in the form in which the host decodes them', () => {
    const random = createRandom(1)
    const bytes = (length: number) => Uint8Array.from({ length }, () => random.below(256))
    const appended = Array.from({ length: 20 }, (_, index) => ({
      address: bytes(20),
      topics: Array.from({ length: index % 5 }, () => bytes(32)),
      data: bytes(random.below(40)),
    }))
    for (const { address, topics, data } of appended) appendLog(address, topics, data)
    expect(logs()).toEqual(appended)
    expect(journal.core.logCount()).toBe(appended.length)
  })

  it('are none when there are none', () => {
    expect(journal.core.encodeLogs()).toBe(0)
    expect(journal.core.encodedLogBytes()).toBe(0)
  })

  it('are forgotten by a revert', () => {
    const log = (byte: number) => appendLog(ALICE, [], Uint8Array.of(byte))
    const outer = journal.core.checkpoint()
    log(1)
    const inner = journal.core.checkpoint()
    log(2)
    log(3)
    journal.core.revertTo(inner)
    log(4)
    expect(logs().map(({ data }) => data[0])).toEqual([1, 4])
    journal.core.revertTo(outer)
    expect(logs()).toEqual([])
    log(5)
    expect(logs().map(({ data }) => data[0])).toEqual([5])
  })
})

describe('what belongs to a transaction', () => {
  it('is created again after a revert', () => {
    const alice = accountAt(journal, ALICE)
    const checkpoint = journal.core.checkpoint()
    journal.core.markCreated(alice)
    expect(journal.core.isCreated(alice)).toBe(1)
    journal.core.revertTo(checkpoint)
    expect(journal.core.isCreated(alice)).toBe(0)
  })

  it('is gone when the next begins', () => {
    const alice = accountAt(journal, ALICE)
    journal.core.warmAccount(alice)
    journal.core.writeTransient(slotAt(journal, alice, 1n), word(journal, 7n))
    beginStep(journal, 0, false)
    const again = accountAt(journal, ALICE)
    expect(journal.core.warmAccount(again)).toBe(1)
    const slot = slotAt(journal, again, 1n)
    expect(wordFrom(journal, (out) => journal.core.readTransient(slot, out))).toBe(0n)
  })

  it('is not found by a new instance on the same memory', () => {
    const alice = accountAt(journal, ALICE)
    journal.core.warmAccount(alice)
    const other = journals[1]!
    beginStep(other, 0, false)
    expect(other.core.warmAccount(accountAt(other, ALICE))).toBe(1)
  })
})

describe('entries', () => {
  it('are found whatever their number', () => {
    const addresses = Array.from({ length: 12_000 }, (_, index) =>
      bigIntToBytes(BigInt(index) << 64n, 20),
    )
    const accounts = addresses.map((address) => accountAt(journal, address))
    expect(new Set(accounts).size).toBe(addresses.length)
    expect(addresses.map((address) => accountAt(journal, address))).toEqual(accounts)
    const keys = Array.from({ length: 50_000 }, (_, index) => BigInt(index) << 128n)
    const slots = keys.map((key) => slotAt(journal, accounts[0]!, key))
    expect(new Set(slots).size).toBe(keys.length)
    expect(keys.map((key) => slotAt(journal, accounts[0]!, key))).toEqual(slots)
    const others = accounts.slice(1).map((account) => slotAt(journal, account, 0n))
    expect(new Set([...slots, ...others]).size).toBe(slots.length + others.length)
  })

  it('cost one record of the undo log for any number of writes between checkpoints', () => {
    const slot = slotAt(journal, accountAt(journal, ALICE), 1n)
    const first = journal.core.checkpoint()
    for (let value = 1n; value < 10n; value++) {
      journal.core.writeTransient(slot, word(journal, value))
    }
    const second = journal.core.checkpoint()
    for (let value = 1n; value < 10n; value++) {
      journal.core.writeTransient(slot, word(journal, value))
    }
    expect(journal.core.checkpoint() - second).toBe(second - first)
  })
})

describe('a full heap', () => {
  beforeEach(() => {
    setHeapBytes(journal, 2 * MEBIBYTE)
    beginStep(journal, 0, false)
  })

  afterEach(() => setHeapBytes(journal, 64 * MEBIBYTE))

  const expectFull = (fill: () => void) => {
    expect(() => {
      for (let i = 0; i < 100_000; i++) fill()
    }).toThrow(HeapFullError)
  }

  it('asks for the large heap when the undo log has no room', () => {
    const slot = slotAt(journal, accountAt(journal, ALICE), 1n)
    expectFull(() => {
      journal.core.checkpoint()
      journal.core.writeTransient(slot, word(journal, 1n))
    })
  })

  it('asks for the large heap when the journal has no room', () => {
    const alice = accountAt(journal, ALICE)
    let key = 0n
    expectFull(() => slotAt(journal, alice, key++))
  })
})
