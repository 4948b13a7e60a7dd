/**
 * A process of the store's tests: it writes, fills, holds or reads a data folder, and prints what has
 * been acknowledged, a JSON object a line. What it has printed has left it, however it ends.
 */

import { writeSync } from 'node:fs'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { LatestState } from '@shredcast/shared/state/state-readers'
import { Store } from '@shredcast/shared/store/store'
import { BULK_SLOT_COUNT, messageOf, StoreHistory } from '../kit/store-history.ts'

function print(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error)
}

/** Writes blocks and messages until it is killed. */
async function write(path: string, seed: number, durability: 'os' | 'disk'): Promise<void> {
  const store = await Store.open({ path, durability })
  const history = new StoreHistory(seed)
  const state = await history.open(store)
  print({ ready: true })
  while (true) {
    const first = store.shredLog.nextSeq
    const messages = Array.from({ length: 1 + (first % 7) }, (_, i) => messageOf(first + i))
    print({ seq: (await store.shredLog.append(messages)) + messages.length - 1 })
    if (first % 3 === 0) print({ block: await history.grow(store, state) })
  }
}

/** Writes until there is no room, then says what still works. */
async function fill(path: string, seed: number): Promise<void> {
  const store = await Store.open({ path })
  const history = new StoreHistory(seed)
  const state = await history.open(store)
  try {
    while (true) {
      const { nextSeq } = store.shredLog
      print({ seq: await store.shredLog.append([messageOf(nextSeq)]) })
      print({ block: await history.grow(store, state) })
    }
  } catch (error) {
    const append = await store.shredLog.append([new Uint8Array(2_000_000)]).catch(nameOf)
    print({ error: nameOf(error), append, ...outcomesOf(() => readsOf(history, store)) })
  }
  // The data folder cannot be closed in order: there is no room for that either.
  process.exit(0)
}

async function hold(path: string): Promise<void> {
  await Store.open({ path })
  print({ ready: true })
  setInterval(() => {}, 1000)
}

/** Reads all that the folders must have, and says of each what came of it. */
async function read(paths: readonly string[], seed: number): Promise<void> {
  const history = new StoreHistory(seed, BULK_SLOT_COUNT)
  for (const path of paths) {
    try {
      const store = await Store.open({ path })
      await history.open(store)
      print(outcomesOf(() => readsOf(history, store)))
      await store.close()
    } catch (error) {
      print({ opening: nameOf(error) })
    }
  }
}

/** `hidden`: it is not there; `wrong`: it is something else. */
type Outcome = 'right' | 'hidden' | 'wrong'
type Read = () => Outcome

/** Every read of the newest state, the blocks and the log. */
function* readsOf(history: StoreHistory, store: Store): Generator<Read> {
  const { blocks, meta, shredLog } = store
  const latest = new LatestState(store)
  const head = Number(store.snapshot(() => meta.head)?.number)
  for (const { read, expected } of history.reads(head)) {
    yield () => outcomeOf(read(latest), expected)
  }
  for (let number = 0; number <= head; number++) {
    const hash = history.hash(number)
    yield () => outcomeOf(String(store.snapshot(() => blocks.numberOf(hash))), String(number))
    const transactions = String(number === 0 ? [] : history.transactions(number))
    yield () => {
      const body = store.snapshot(() => blocks.body(BigInt(number)))
      return outcomeOf(String(body?.transactions), transactions)
    }
  }
  for (let seq = shredLog.firstSeq; seq < shredLog.nextSeq; seq++) {
    yield () => outcomeOf(String(shredLog.read(seq, 1)[0]?.bytes), String(messageOf(seq)))
  }
}

/** What a read gives for something that is not there: an account, a slot, a block or a message. */
const ABSENT: ReadonlySet<string> = new Set(['none', bytesToHex(new Uint8Array(32)), 'undefined'])

function outcomeOf(got: string, expected: string): Outcome {
  if (got === expected) return 'right'
  return ABSENT.has(got) ? 'hidden' : 'wrong'
}

function outcomesOf(reads: () => Generator<Read>) {
  const outcomes = { right: 0, hidden: 0, wrong: 0, errors: {} as Record<string, number> }
  try {
    for (const read of reads()) {
      try {
        outcomes[read()]++
      } catch (error) {
        count(outcomes.errors, nameOf(error))
      }
    }
  } catch (error) {
    count(outcomes.errors, nameOf(error))
  }
  return outcomes
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}

const [mode, seed = '', ...paths] = process.argv.slice(2)
const [path = ''] = paths
if (mode === 'hold') await hold(path)
else if (mode === 'fill') await fill(path, Number(seed))
else if (mode === 'read') await read(paths, Number(seed))
else await write(path, Number(seed), mode === 'write-disk' ? 'disk' : 'os')
