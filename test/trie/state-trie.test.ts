import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import type { SparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { createSparseTrie } from '@shredcast/shared/engine/sparse-trie'
import { bigIntToBytes, bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { EMPTY_TRIE_ROOT, keccak256 } from '@shredcast/shared/primitives/keccak'
import { encodeRlp } from '@shredcast/shared/primitives/rlp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StateOutcome } from '../kit/state-outcome.ts'
import { StateRoot } from '../kit/state-root.ts'

const NO_CODE = new Uint8Array(0)
const address = (n: number) => bigIntToBytes(BigInt(n), 20)
const word = (n: number) => bigIntToBytes(BigInt(n), 32)

type Batches = readonly (readonly StateChange[])[]

/** The oracle is held to the same rules as the core's trie. */
const TRIES = {
  'core, debug build': (alloc: Alloc, batches: Batches) => coreRoot(debugTrie, alloc, batches),
  'core, release build': (alloc: Alloc, batches: Batches) => coreRoot(releaseTrie, alloc, batches),
  oracle: oracleRoot,
}
type Alloc = readonly GenesisAccount[]
const [debugTrie, releaseTrie] = [
  await createSparseTrie('debug'),
  await createSparseTrie('release'),
]

async function coreRoot(trie: SparseTrie, alloc: Alloc, batches: Batches): Promise<string> {
  trie.reset(alloc)
  for (const changes of batches) {
    trie.apply(changes)
    trie.root()
  }
  return bytesToHex(trie.root())
}

async function oracleRoot(alloc: Alloc, batches: Batches): Promise<string> {
  const state = await StateRoot.fromGenesis(alloc)
  for (const changes of batches) await state.apply(changes)
  return bytesToHex(await state.root())
}

const EMPTY = bytesToHex(EMPTY_TRIE_ROOT)
const ALICE = address(1)

describe.each(Object.entries(TRIES))('state trie, %s', (_, rootOf) => {
  const rootAfter = (...batches: Batches) => rootOf([], batches)

  it('of no account is the empty root', async () => {
    expect(await rootAfter()).toBe(EMPTY)
  })

  it('of one account is as the Yellow Paper has it', async () => {
    const account = encodeRlp([
      Uint8Array.of(3),
      Uint8Array.of(7),
      EMPTY_TRIE_ROOT,
      keccak256(Uint8Array.of(0x60)),
    ])
    const path = keccak256(ALICE)
    const leaf = encodeRlp([Uint8Array.of(0x20, ...path), account])
    const change = { address: ALICE, balance: 7n, nonce: 3n, code: Uint8Array.of(0x60), slots: [] }
    expect(await rootAfter([change])).toBe(bytesToHex(keccak256(leaf)))
  })

  it('holds an empty account that is recorded, and no other', async () => {
    expect(await rootAfter([{ address: ALICE, code: NO_CODE, slots: [] }])).not.toBe(EMPTY)
    expect(await rootAfter([{ address: ALICE, balance: 0n, slots: [] }])).toBe(EMPTY)
    const credited = { address: ALICE, balance: 5n, slots: [] }
    expect(await rootAfter([credited])).not.toBe(EMPTY)
    expect(await rootAfter([credited], [{ ...credited, balance: 0n }])).toBe(EMPTY)
  })

  it('keeps the empty accounts of a genesis', async () => {
    const empty = { address: ALICE, balance: 0n, nonce: 0n, code: NO_CODE, storage: [] }
    expect(await rootOf([empty], [])).toBe(
      await rootAfter([{ address: ALICE, code: NO_CODE, slots: [] }]),
    )
  })

  it('forgets an account and its storage when it is deleted', async () => {
    const created: StateChange = {
      address: ALICE,
      code: Uint8Array.of(1),
      slots: [{ key: word(1), value: word(2) }],
    }
    const deleted: StateChange = { address: ALICE, code: null, slots: [] }
    expect(await rootAfter([created], [deleted])).toBe(EMPTY)
    const again: StateChange = { address: ALICE, code: Uint8Array.of(1), slots: [] }
    expect(await rootAfter([created], [deleted], [again])).toBe(await rootAfter([again]))
    expect(await rootAfter([created, deleted, again])).toBe(await rootAfter([again]))
  })

  it('keeps what is given along with a deletion', async () => {
    const created: StateChange = { address: ALICE, code: Uint8Array.of(1), nonce: 9n, slots: [] }
    const burnt: StateChange = { address: ALICE, code: null, balance: 4n, slots: [] }
    expect(await rootAfter([created], [burnt])).toBe(
      await rootAfter([{ address: ALICE, balance: 4n, slots: [] }]),
    )
  })

  it('clears storage before it writes the slots beside it', async () => {
    const before: StateChange = {
      address: ALICE,
      balance: 1n,
      slots: [
        { key: word(1), value: word(1) },
        { key: word(2), value: word(2) },
      ],
    }
    const slots = [{ key: word(3), value: word(3) }]
    expect(await rootAfter([before], [{ address: ALICE, storageCleared: true, slots }])).toBe(
      await rootAfter([{ address: ALICE, balance: 1n, slots }]),
    )
  })

  it('deletes a slot that becomes zero', async () => {
    const write = (value: number): StateChange => {
      return { address: ALICE, balance: 1n, slots: [{ key: word(1), value: word(value) }] }
    }
    expect(await rootAfter([write(5)], [write(0)])).toBe(
      await rootAfter([{ address: ALICE, balance: 1n, slots: [] }]),
    )
  })

  it('after any history is the root of a trie built anew from the outcome', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyChange, { maxLength: 6 })), async (batches) => {
        const outcome = new StateOutcome()
        for (const changes of batches) outcome.apply(changes)
        expect(await rootAfter(...batches)).toBe(await outcome.root())
      }),
    )
  })
})

const anyChange: fc.Arbitrary<StateChange> = fc.record(
  {
    address: fc.integer({ min: 1, max: 5 }).map(address),
    balance: fc.bigInt({ min: 0n, max: 3n }),
    nonce: fc.bigInt({ min: 0n, max: 2n }),
    code: fc.constantFrom(null, NO_CODE, Uint8Array.of(1), hexToBytes('0x6001')),
    storageCleared: fc.constant(true as const),
    slots: fc.array(fc.record({ key: fc.nat(4).map(word), value: fc.nat(2).map(word) }), {
      maxLength: 4,
    }),
  },
  { requiredKeys: ['address', 'slots'] },
)
