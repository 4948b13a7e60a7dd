/**
 * A leader whose state is many times larger than what it keeps in memory: its blocks are those of an
 * importer that has all of the state in memory, and so are the results of calls, also after restarts.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BlockImporter } from '@shredcast/leader/importer/block-importer'
import { firstBlock } from '@shredcast/leader/importer/block-tree'
import { ChainLeader } from '@shredcast/leader/node/chain-leader'
import type { SealedBlock } from '@shredcast/leader/node/leader-figures'
import { encodeBlock } from '@shredcast/shared/chain/block-codec'
import type { Genesis } from '@shredcast/shared/chain/genesis'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { bigIntToMinimalBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { createRandom } from '@shredcast/shared/primitives/random'
import { encodeRlp } from '@shredcast/shared/primitives/rlp'
import { MemoryStates } from '@shredcast/shared/state/memory-states'
import { verifyAccountProof } from '@shredcast/shared/trie/proof'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { initCode } from '../kit/bytecode.ts'
import { CONTRACT_CODE } from '../kit/contracts.ts'
import { Signer } from '../kit/signer.ts'
import { signedCall, smallGenesis } from '../kit/small-chain.ts'
import { addressOf, callTo, ETHER, word } from '../kit/test-world.ts'

const ACCOUNTS = 4000
const CONTRACTS = 400
const SLOTS = 20
const SENDERS = 20
const ROUNDS = 4
const CALLS = 200
const CACHE_BYTES = 256 * 1024
const WAIT = { timeout: 300_000, interval: 10 }
const GAS = 300_000n

const SIGNERS = Array.from({ length: SENDERS }, (_, index) => new Signer(1000 + index))
const DEPLOYER = new Signer(2000)
const accountOf = (index: number) => addressOf(`account ${index}`)
const contractOf = (index: number) => addressOf(`contract ${index}`)

function largeGenesis(): Genesis {
  const genesis = smallGenesis()
  const empty = { nonce: 0n, balance: 0n, code: new Uint8Array(0), storage: [] }
  const alloc = [
    ...genesis.alloc,
    ...[DEPLOYER, ...SIGNERS].map(({ address }) => ({ ...empty, address, balance: 100n * ETHER })),
    ...Array.from({ length: ACCOUNTS }, (_, index) => {
      return { ...empty, address: accountOf(index), balance: BigInt(index + 1) }
    }),
    ...Array.from({ length: CONTRACTS }, (_, index) => ({
      ...empty,
      address: contractOf(index),
      nonce: 1n,
      code: CONTRACT_CODE.store,
      storage: Array.from({ length: SLOTS }, (_, slot) => {
        return { key: word(slot), value: word(index * SLOTS + slot + 1) }
      }),
    })),
  ]
  return { ...genesis, alloc }
}

/** Where the deployer's creation with this nonce puts its contract. */
function createdAt(nonce: bigint): Uint8Array {
  return keccak256(encodeRlp([DEPLOYER.address, bigIntToMinimalBytes(nonce)])).slice(12)
}

describe('a leader with a small cache', () => {
  const genesis = largeGenesis()
  const path = mkdtempSync(join(tmpdir(), 'cold-leader-'))
  const random = createRandom(1)
  const nonces = new Map<Signer, bigint>()
  let leader: ChainLeader
  let sealed: SealedBlock[]
  let whole: Engine
  let importer: BlockImporter
  let imported = 0n
  let end = async () => {}

  async function start(): Promise<void> {
    sealed = []
    leader = await ChainLeader.create({
      genesis,
      store: { path },
      workers: 2,
      stateCacheBytes: CACHE_BYTES,
      host: '127.0.0.1',
      port: 0,
      blockTimeMs: 50,
      block: { beneficiary: new Uint8Array(20).fill(0xbe), gasLimit: 60_000_000n },
      onSealed: (block) => sealed.push(block),
    })
    const abort = new AbortController()
    const running = leader.run(abort.signal)
    end = async () => {
      abort.abort()
      await running
      await leader.close()
    }
  }

  beforeAll(async () => {
    whole = await createEngine({ config: genesis.config, workers: 1 })
    await start()
    const { tables } = leader.chain
    const header = tables.snapshot(() => tables.blocks.header(0n))!
    const states = new MemoryStates(leader.chain.genesisHash, genesis.alloc, whole.trie)
    importer = new BlockImporter({
      config: genesis.config,
      head: firstBlock(header),
      engine: whole,
      states,
    })
  }, WAIT.timeout)

  afterAll(async () => {
    await end()
    await whole.close()
    rmSync(path, { recursive: true })
  })

  function sign(sender: Signer, fields: Parameters<typeof signedCall>[2]): Uint8Array {
    const nonce = nonces.get(sender) ?? 0n
    nonces.set(sender, nonce + 1n)
    return signedCall(sender, nonce, { gasLimit: GAS, ...fields })
  }

  function randomTransaction(sender: Signer): Uint8Array {
    if (random.chance(0.5)) {
      return sign(sender, { to: accountOf(random.below(2 * ACCOUNTS)), value: 1n })
    }
    const { data } = callTo('store', random.below(2 * SLOTS), random.below(5))
    return sign(sender, { to: contractOf(random.below(CONTRACTS)), data: data! })
  }

  /** Waits until a block has sealed all that was sent. */
  async function settle(): Promise<void> {
    await vi.waitFor(() => expect(leader.pool.size).toBe(0), WAIT)
    const blocks = sealed.length
    await vi.waitFor(() => expect(sealed.length).toBeGreaterThan(blocks + 1), WAIT)
  }

  async function send(transactions: readonly Uint8Array[]): Promise<void> {
    for (const bytes of transactions) await leader.pool.add(bytes)
    await settle()
  }

  /** Each block comes to its header with all of the state in memory. */
  async function importSealed(): Promise<void> {
    const { tables, head } = leader.chain
    const last = head.header.number
    for (let number = imported + 1n; number <= last; number++) {
      const [header, body] = tables.snapshot(() => {
        return [tables.blocks.header(number)!, tables.blocks.body(number)!]
      })
      await importer.import(encodeBlock({ ...body, header }))
      imported = number
    }
  }

  async function compareCalls(): Promise<void> {
    for (let i = 0; i < CALLS; i++) {
      const [from] = SIGNERS
      const to = contractOf(random.below(CONTRACTS))
      const { data } = callTo('store', random.below(2 * SLOTS), 1)
      const request = { from: from!.address, to, data: data! }
      expect(await leader.calls.call(request)).toEqual(await whole.call(request))
      const address = accountOf(random.below(2 * ACCOUNTS))
      expect(leader.calls.readAccount(address)).toEqual(whole.readAccount(address))
      expect(leader.calls.readCode(to)).toEqual(whole.readCode(to))
    }
  }

  it('comes to the same roots, receipts and calls', { timeout: 600_000 }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await send(
        SIGNERS.flatMap((sender) => Array.from({ length: 10 }, () => randomTransaction(sender))),
      )
      // Ether where a contract is created and destroyed at once in the next round.
      await send([sign(SIGNERS[0]!, { to: createdAt(BigInt(round)), value: 5n })])
      await importSealed()
      await compareCalls()
      const { stateRoot } = leader.chain.head.header
      const address = contractOf(random.below(CONTRACTS))
      verifyAccountProof(stateRoot, await leader.prove(stateRoot, address, [word(1), word(99)]))
      await end()
      await start()
      await send([sign(DEPLOYER, { data: initCode(new Uint8Array(0), 'CALLER SELFDESTRUCT') })])
      expect(leader.calls.readAccount(createdAt(BigInt(round))).balance).toBe(0n)
    }
    await importSealed()
    await compareCalls()
    const sizes = ACCOUNTS * 512 + CONTRACTS * (512 + SLOTS * 128)
    expect(sizes).toBeGreaterThan(8 * CACHE_BYTES)
  })
})
