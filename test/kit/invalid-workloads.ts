/** Workloads with transactions that may not stand where they stand, one for every reason there is. */

import { decodeTransaction, encodeTransaction } from '@shredcast/shared/chain/transaction'
import type { TransactionFields } from './signer.ts'
import type { World } from './test-world.ts'
import { addressOf, CHAIN_ID, callTo, ETHER, word } from './test-world.ts'
import type { Workload } from './workload.ts'
import { times } from './workload.ts'

const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const BLOB_HASH = new Uint8Array(32).fill(1)

const anyRich = ({ random, rich }: World) => random.pick(rich)
const to = addressOf('hub')

const blob = (count: number): TransactionFields => ({
  type: 3,
  to,
  maxFeePerBlobGas: 10n,
  blobVersionedHashes: Array.from({ length: count }, () => BLOB_HASH),
})

/** A transaction whose signature is valid, but written in the other of its two forms. */
function signHigh(world: World): Uint8Array {
  const sender = anyRich(world)
  const bytes = sender.sign({ nonce: world.nonce(sender), to, maxFeePerGas: 10n })
  const tx = decodeTransaction(bytes)
  return encodeTransaction({ ...tx, s: CURVE_ORDER - tx.s, yParity: tx.yParity === 0 ? 1 : 0 })
}

function signWith(world: World, fields: { r?: bigint; s?: bigint }): Uint8Array {
  const sender = anyRich(world)
  const bytes = sender.sign({ nonce: world.nonce(sender), to, maxFeePerGas: 10n })
  return encodeTransaction({ ...decodeTransaction(bytes), ...fields })
}

/** Fields that make a transaction of a rich account invalid, on some fork at least. */
const INVALID_FIELDS: readonly ((world: World) => TransactionFields)[] = [
  (world) => ({ to, nonce: BigInt(world.random.below(3)) }),
  ({ random }) => ({ to, nonce: BigInt(50 + random.below(3)) }),
  () => ({ to, value: 5000n * ETHER }),
  () => ({ to, gasLimit: 20_999n }),
  () => ({ to, gasLimit: 40_000n, data: new Uint8Array(1000).fill(1) }),
  ({ gasLimit }) => ({ to, gasLimit: gasLimit + 1n }),
  () => ({ to, gasLimit: 2n ** 64n - 1n }),
  () => ({ to, gasLimit: 2n ** 24n + 1n }),
  () => ({ to, maxFeePerGas: 6n }),
  () => ({ to, type: 2, maxFeePerGas: 6n }),
  () => ({ to, type: 2, maxPriorityFeePerGas: 11n }),
  () => ({ ...blob(1), maxFeePerBlobGas: 0n }),
  () => blob(0),
  () => blob(7),
  () => blob(10),
  () => ({ ...blob(1), blobVersionedHashes: [new Uint8Array(32).fill(2)] }),
  () => ({ ...blob(1), to: undefined, gasLimit: 100_000n }),
  () => ({ to, type: 4, gasLimit: 100_000n }),
  () => ({ type: 4, gasLimit: 100_000n, authorizationList: [] }),
  () => ({ gasLimit: 2n ** 23n, data: new Uint8Array(49_153) }),
  () => ({ to, type: 1 }),
  () => ({ to, chainId: CHAIN_ID + 1n }),
  () => ({ to, type: 1, chainId: CHAIN_ID + 1n }),
  () => ({ to, chainId: CHAIN_ID }),
  () => ({ to, maxFeePerGas: 2n ** 250n, gasLimit: 2n ** 20n }),
  () => ({ to, type: 2, maxFeePerGas: 2n ** 256n - 1n }),
]

const INVALID_BYTES: readonly ((world: World) => Uint8Array)[] = [
  () => new Uint8Array(0),
  () => Uint8Array.of(0xc0),
  () => Uint8Array.of(0x05, 0xc0),
  ({ random }) => new Uint8Array(40).map(() => random.below(256)),
  (world) => signHigh(world),
  (world) => signWith(world, { r: 0n }),
  (world) => signWith(world, { s: 0n }),
  (world) => signWith(world, { r: 2n ** 256n - 1n }),
  (world) => signHigh(world).subarray(0, 50),
]

const SPECIAL_SENDERS: readonly ((world: World) => void)[] = [
  (world) => world.add(world.exhausted, { to, nonce: 2n ** 64n - 1n }),
  (world) => world.add(world.exhausted, { to }),
  (world) => world.add(world.coded, { to }),
  (world) => world.add(world.coded, { to, nonce: 1n }),
]

const INVALID: readonly ((world: World) => void)[] = [
  ...INVALID_FIELDS.map((fieldsOf) => (world: World) => world.add(anyRich(world), fieldsOf(world))),
  ...INVALID_BYTES.map((bytesOf) => (world: World) => world.addBytes(bytesOf(world))),
  ...SPECIAL_SENDERS,
]

export const INVALID_WORKLOADS: readonly Workload[] = [
  {
    name: 'every invalid transaction among valid ones',
    fill(world, count) {
      const shift = world.random.below(INVALID.length)
      times(count, (i) => {
        INVALID[(i + shift) % INVALID.length]!(world)
        if (i % 2 === 0) world.call(anyRich(world), 'counter')
      })
    },
  },
  {
    name: 'gaps in the nonces',
    fill(world, count) {
      const sender = anyRich(world)
      times(count, () => {
        const skew = world.random.pick([0, 0, 0, 1, 2, -1])
        const nonce = world.nonce(sender) + BigInt(skew)
        if (skew === 0) world.send(sender, { to })
        else world.add(sender, { to, nonce: nonce < 0n ? 0n : nonce })
      })
    },
  },
  {
    name: 'more blobs than the block may have',
    since: 'cancun',
    fill(world, count) {
      times(count, () => {
        const sender = anyRich(world)
        // Which of them fit is only known when all before are committed.
        world.add(sender, blob(1 + world.random.below(4)))
        if (world.random.chance(0.5)) world.call(anyRich(world), 'counter')
      })
    },
  },
  {
    name: 'more gas than the block may use',
    fill(world, count) {
      world.gasLimit = BigInt(count) * 60_000n
      times(count, () => {
        const { random } = world
        const sender = anyRich(world)
        const gasLimit = BigInt(50_000 + random.below(150_000))
        if (random.chance(0.3)) world.add(sender, { ...callTo('burner'), gasLimit })
        else if (random.chance(0.5)) world.add(sender, { ...callTo('counter'), gasLimit })
        else world.add(sender, { to, value: 1n, data: word(random.below(9)), gasLimit })
      })
    },
  },
]
