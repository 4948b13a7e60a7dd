import { SCHEDULE_BLOCK_STM } from '@shredcast/shared/layout/control'
import { REVISION_HOMESTEAD, REVISION_PRAGUE } from '@shredcast/shared/layout/environment'
import {
  KIND_BALANCE,
  KIND_CODE,
  KIND_NONCE,
  KIND_SLOT,
  KIND_STORAGE_EPOCH,
} from '@shredcast/shared/layout/records'
import type { Random } from '@shredcast/shared/primitives/random'
import { createRandom } from '@shredcast/shared/primitives/random'
import { beforeAll, describe, expect, it } from 'vitest'
import type { CoreJournal } from './core-journal.ts'
import {
  announceWrite,
  beginStep,
  createCoreJournals,
  openBlock,
  STEP_COUNT,
  STOPPED_BY_ESTIMATE,
  STOPPED_BY_FUNDS,
} from './core-journal.ts'
import { Twin } from './twin.ts'
import type { WorldAccount } from './world.ts'
import { BlockedReadError, isLackOfFunds, randomWorld, SLOT_COUNT } from './world.ts'

const RUNS = Number(process.env.JOURNAL_RUNS ?? 3000)
const FIRST_SEED = Number(process.env.JOURNAL_SEED ?? 1)
const OPERATIONS_MAX = 60

let core: CoreJournal

beforeAll(async () => {
  core = (await createCoreJournals([0]))[0]!
})

const CODES = [
  new Uint8Array(0),
  Uint8Array.of(0x60, 0x00),
  Uint8Array.of(0x5b),
  new Uint8Array(100).fill(0x5b),
]

/** One random operation on both sides. */
function operate(twin: Twin, random: Random, accountCount: number): void {
  const index = random.below(accountCount)
  const key = BigInt(random.below(SLOT_COUNT))
  const amount = BigInt(random.below(80))
  const value = BigInt(random.below(3))
  const operations = [
    () => twin.balance(index),
    () => twin.credit(index, amount),
    () => twin.credit(index, amount),
    () => twin.debit(index, amount),
    () => twin.debit(index, amount),
    () => twin.tryDebit(index, amount),
    () => twin.tryDebit(index, amount),
    () => twin.tryDebit(index, amount),
    () => twin.nonce(index),
    () => twin.setNonce(index, value),
    () => twin.expectNonce(index, value),
    () => twin.code(index),
    () => twin.codeHash(index),
    () => twin.setCode(index, random.pick(CODES)),
    () => twin.emptiness(index),
    () => twin.existence(index),
    () => twin.touch(index),
    () => twin.touch(index),
    () => twin.record(index),
    () => twin.beginContract(index),
    () => twin.orphanStorage(index),
    () => twin.warm(index),
    () => twin.destroy(index),
    () => twin.slot(index, key),
    () => twin.original(index, key),
    () => twin.writeSlot(index, key, value),
    () => twin.writeSlot(index, key, value),
    () => twin.warmSlot(index, key),
    () => twin.transient(index, key),
    () => twin.writeTransient(index, key, value),
    () => twin.checkpoint(),
    () => twin.checkpoint(),
    () => twin.checkpoint(),
    () => twin.commit(),
    () => twin.revert(),
    () => twin.revert(),
  ]
  random.pick(operations)()
}

function runRandomly(random: Random): void {
  const deletesEmptyAccounts = random.chance(0.7)
  const world = randomWorld(random, deletesEmptyAccounts)
  const revision = deletesEmptyAccounts ? REVISION_PRAGUE : REVISION_HOMESTEAD
  openBlock(core, world, SCHEDULE_BLOCK_STM, revision)
  const txIndex = 1 + random.below(STEP_COUNT - 1)
  const blocked = random.chance(0.3) ? announceRandomWrite(random, world) : undefined
  const isEager = random.chance(0.2)
  beginStep(core, txIndex, isEager)
  const twin = new Twin(core, world, { deletesEmptyAccounts, isEager, blocked })
  try {
    if (random.chance(0.4)) twin.requireBalance(random.below(6), BigInt(random.below(60)))
    for (let left = random.below(OPERATIONS_MAX); left > 0; left--) {
      operateOrRewind(twin, random, world.length)
    }
    twin.finish(txIndex)
  } catch (error) {
    if (!(error instanceof BlockedReadError) && !isLackOfFunds(error)) throw error
    const cause = isLackOfFunds(error) ? STOPPED_BY_FUNDS : STOPPED_BY_ESTIMATE
    expect(core.core.stoppedCause()).toBe(cause)
  }
}

function announceRandomWrite(random: Random, world: readonly WorldAccount[]): string {
  const kinds = [KIND_BALANCE, KIND_NONCE, KIND_CODE, KIND_SLOT, KIND_STORAGE_EPOCH]
  const { address } = random.pick(world)
  const key = BigInt(random.below(SLOT_COUNT))
  return announceWrite(core, 0, { kind: random.pick(kinds), address, key })
}

function operateOrRewind(twin: Twin, random: Random, accountCount: number): void {
  try {
    operate(twin, random, accountCount)
  } catch (error) {
    if (!isLackOfFunds(error)) throw error
    expect(core.core.stoppedCause()).toBe(STOPPED_BY_FUNDS)
    twin.rewind()
  }
}

describe("the core's journal", () => {
  it(`answers, reads and writes as the reference's in ${RUNS} runs`, { timeout: 300_000 }, () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
      try {
        runRandomly(createRandom(seed))
      } catch (error) {
        throw new Error(`JOURNAL_SEED=${seed} JOURNAL_RUNS=1 fails`, { cause: error })
      }
    }
  })
})
