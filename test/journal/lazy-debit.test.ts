/** Transfers inside contracts that read no balance: when the journal dares, and what it counts on. */

import { SCHEDULE_BLOCK_STM, SCHEDULE_DAG } from '@shredcast/shared/layout/control'
import { REVISION_PRAGUE } from '@shredcast/shared/layout/environment'
import { KIND_BALANCE } from '@shredcast/shared/layout/records'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { CoreJournal } from './core-journal.ts'
import {
  accountAt,
  announceWrite,
  beginStep,
  createCoreJournals,
  declareBalanceDelta,
  finishStep,
  openBlock,
  readsOf,
  STOPPED_BY_ESTIMATE,
  STOPPED_BY_FUNDS,
  word,
  wordFrom,
  writesOf,
} from './core-journal.ts'

const ALICE = new Uint8Array(20).fill(0xaa)
const BOB = new Uint8Array(20).fill(0xbb)
const BALANCE = `balance 0x${'aa'.repeat(20)}`
const HALF = 1n << 255n

let journal: CoreJournal
let other: CoreJournal

beforeAll(async () => {
  const journals = await createCoreJournals([0, 1])
  journal = journals[0]!
  other = journals[1]!
})

function open(balance: bigint, schedule = SCHEDULE_BLOCK_STM): void {
  const account = { nonce: 0n, code: new Uint8Array(0), hasOrphanStorage: false, slots: [] }
  const world = [
    { ...account, address: ALICE, balance },
    { ...account, address: BOB, balance: 7n },
  ]
  openBlock(journal, world, schedule, REVISION_PRAGUE)
}

function begin(txIndex: number, isEager = false): number {
  beginStep(journal, txIndex, isEager)
  return accountAt(journal, ALICE)
}

function tryDebit(account: number, amount: bigint): boolean {
  return journal.core.tryDebit(account, word(journal, amount)) !== 0
}

function credit(account: number, amount: bigint): void {
  journal.core.credit(account, word(journal, amount))
}

function debit(account: number, amount: bigint): void {
  journal.core.debit(account, word(journal, amount))
}

function balance(account: number): bigint {
  return wordFrom(journal, (out) => journal.core.readBalance(account, out))
}

/** What the step wrote to Alice's balance, and whether it read it. */
function finish(txIndex: number): { write: string | undefined; isRead: boolean } {
  finishStep(journal)
  expect(journal.core.hasStopped()).toBe(0)
  return {
    write: writesOf(journal, txIndex).get(BALANCE),
    isRead: readsOf(journal, txIndex).has(BALANCE),
  }
}

describe('a lazy debit', () => {
  beforeEach(() => open(100n))

  it('counts on what it takes, and reads nothing', () => {
    const alice = begin(0)
    expect(tryDebit(alice, 60n)).toBe(true)
    expect(tryDebit(alice, 40n)).toBe(true)
    expect(finish(0)).toEqual({ write: 'delta -100 from 100', isRead: false })
  })

  it('reads the balance that seems too small', () => {
    const alice = begin(0)
    expect(tryDebit(alice, 60n)).toBe(true)
    expect(tryDebit(alice, 41n)).toBe(false)
    expect(finish(0)).toEqual({ write: '40', isRead: true })
  })

  it('reads when nothing may be assumed', () => {
    const alice = begin(0, true)
    expect(tryDebit(alice, 60n)).toBe(true)
    expect(finish(0)).toEqual({ write: '40', isRead: true })
  })

  it('spends what came in before it counts on more', () => {
    const alice = begin(0)
    credit(alice, 30n)
    expect(tryDebit(alice, 30n)).toBe(true)
    expect(finish(0)).toEqual({ write: undefined, isRead: false })
    const again = begin(1)
    credit(again, 30n)
    expect(tryDebit(again, 130n)).toBe(true)
    expect(finish(1)).toEqual({ write: 'delta -100 from 100', isRead: false })
  })

  it('becomes a read when it is reverted', () => {
    const alice = begin(0)
    const checkpoint = journal.core.checkpoint()
    expect(tryDebit(alice, 60n)).toBe(true)
    journal.core.revertTo(checkpoint)
    expect(finish(0)).toEqual({ write: undefined, isRead: true })
  })

  it('drops its bound when the step is rewound, and then reads', () => {
    const alice = begin(0)
    expect(tryDebit(alice, 60n)).toBe(true)
    journal.core.rewind()
    expect(finish(0)).toEqual({ write: undefined, isRead: false })
    expect(tryDebit(alice, 60n)).toBe(true)
    expect(finish(0)).toEqual({ write: '40', isRead: true })
  })

  it('looks through writes that were aborted', () => {
    debit(begin(0), 30n)
    finish(0)
    journal.core.invalidate(0)
    const alice = begin(1)
    expect(tryDebit(alice, 70n)).toBe(true)
    expect(finish(1)).toEqual({ write: 'delta -70 from 70', isRead: false })
    expect(tryDebit(begin(2), 1n)).toBe(false)
    expect(journal.core.stoppedCause()).toBe(STOPPED_BY_ESTIMATE)
    expect(journal.core.stoppedBy()).toBe(0)
  })

  it('does not look below an absolute value', () => {
    const first = begin(0)
    expect(balance(first)).toBe(100n)
    credit(first, 50n)
    finish(0)
    const second = begin(1)
    expect(tryDebit(second, 150n)).toBe(true)
    expect(finish(1)).toEqual({ write: 'delta -150 from 150', isRead: false })
    expect(tryDebit(begin(2), 1n)).toBe(false)
    expect(journal.core.hasStopped()).toBe(0)
  })

  it('stops for want of funds when a later read is below its bound', () => {
    const alice = begin(1)
    expect(tryDebit(alice, 100n)).toBe(true)
    beginStep(other, 0, false)
    other.core.debit(accountAt(other, ALICE), word(other, 1n))
    finishStep(other)
    expect(balance(alice)).toBe(0n)
    expect(journal.core.stoppedCause()).toBe(STOPPED_BY_FUNDS)
    journal.core.rewind()
    expect(journal.core.hasStopped()).toBe(0)
    expect(tryDebit(alice, 100n)).toBe(false)
    expect(finish(1)).toEqual({ write: undefined, isRead: true })
  })

  it('learns nothing more once it has stopped', () => {
    const alice = begin(0)
    journal.core.requireBalance(alice, word(journal, 101n))
    expect(balance(alice)).toBe(0n)
    journal.core.record(accountAt(journal, BOB))
    journal.core.rewind()
    const bob = accountAt(journal, BOB)
    expect(balance(bob)).toBe(7n)
    expect(journal.core.codeOf(bob)).not.toBe(0)
  })

  it('becomes a read when the account is destroyed', () => {
    const alice = begin(0)
    expect(tryDebit(alice, 60n)).toBe(true)
    journal.core.destroy(alice)
    expect(finish(0)).toEqual({ write: '0', isRead: true })
  })
})

describe('a lazy debit on a follower', () => {
  it('is what the shred declares, whatever stands there now', () => {
    open(0n, SCHEDULE_DAG)
    declareBalanceDelta(journal, 1, ALICE, { before: 100n, after: 40n })
    const alice = begin(1)
    expect(tryDebit(alice, 60n)).toBe(true)
    expect(finish(1)).toEqual({ write: 'delta -60 from 60', isRead: false })
  })

  it('reads where the claim does not suffice', () => {
    open(0n, SCHEDULE_DAG)
    declareBalanceDelta(journal, 1, ALICE, { before: 59n, after: 40n })
    expect(tryDebit(begin(1), 60n)).toBe(false)
    expect(finish(1)).toEqual({ write: undefined, isRead: true })
  })

  it('reads where an absolute write or none is declared', () => {
    open(100n, SCHEDULE_DAG)
    announceWrite(journal, 1, { kind: KIND_BALANCE, address: ALICE, key: 0n })
    expect(tryDebit(begin(1), 60n)).toBe(true)
    expect(finish(1)).toEqual({ write: '40', isRead: true })
    expect(tryDebit(begin(2), 40n)).toBe(true)
    expect(finish(2)).toEqual({ write: '0', isRead: true })
  })
})

describe('a balance beyond signed words', () => {
  it('is read when its delta fits no signed word', () => {
    open(HALF)
    const alice = begin(0)
    debit(alice, HALF - 1n)
    expect(journal.core.isBalanceKnown(alice)).toBe(0)
    debit(alice, 1n)
    debit(alice, 0n)
    expect(journal.core.isBalanceKnown(alice)).toBe(0)
    credit(alice, HALF)
    expect(journal.core.isBalanceKnown(alice)).toBe(1)
    expect(finish(0)).toEqual({ write: undefined, isRead: true })
    const again = begin(1)
    debit(again, HALF)
    expect(finish(1)).toEqual({ write: '0', isRead: true })
  })

  it('is debited only after a read', () => {
    open(HALF + 5n)
    const alice = begin(0)
    expect(tryDebit(alice, 1n)).toBe(true)
    expect(tryDebit(alice, HALF + 5n)).toBe(false)
    expect(tryDebit(alice, HALF + 4n)).toBe(true)
    expect(balance(alice)).toBe(0n)
  })

  it('tells a credit that overflows from one that is not known to', () => {
    open(2n * HALF - 1n)
    const alice = begin(0)
    expect(journal.core.creditOverflows(alice, word(journal, 1n))).toBe(0)
    balance(alice)
    expect(journal.core.creditOverflows(alice, word(journal, 1n))).toBe(1)
    debit(alice, 1n)
    expect(journal.core.creditOverflows(alice, word(journal, 1n))).toBe(0)
  })
})
