/** Workloads of calls: transactions that read and write what others in the block read and write. */

import { bigIntToMinimalBytes, concatBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { encodeRlp } from '@shredcast/shared/primitives/rlp'
import { initCode } from './bytecode.ts'
import type { ContractName } from './contracts.ts'
import { CONTRACT_CODE, PHOENIX_INIT } from './contracts.ts'
import type { Signer } from './signer.ts'
import type { World } from './test-world.ts'
import { addressOf, callTo, word } from './test-world.ts'
import type { Workload } from './workload.ts'
import { times } from './workload.ts'

const GAS = 300_000n
const WITHDRAWAL_REQUESTS = hexToBytes('0x00000961ef480eb55e80d19ad83579a64c007002')
const LINKS: readonly ContractName[] = ['linkA', 'linkB', 'linkC']
export const PHOENIX = keccak256(
  concatBytes(Uint8Array.of(0xff), addressOf('phoenixFactory'), word(0), keccak256(PHOENIX_INIT)),
).slice(12)

const anyRich = ({ random, rich }: World) => random.pick(rich)

/** Where the sender's next transaction, if it is a creation, puts its contract. */
function nextContract(world: World, sender: Signer): Uint8Array {
  const nonce = bigIntToMinimalBytes(world.nonce(sender))
  return keccak256(encodeRlp([sender.address, nonce])).slice(12)
}

function actOnPhoenix(world: World): void {
  const { random } = world
  const sender = anyRich(world)
  const storeArguments = [word(random.below(3)), word(random.below(4))]
  const choice = random.below(6)
  if (choice <= 1) {
    world.send(sender, { to: addressOf('phoenixFactory'), gasLimit: GAS, data: PHOENIX_INIT })
  } else if (choice === 2) {
    world.send(sender, { to: PHOENIX, gasLimit: GAS, value: BigInt(random.below(2)) })
  } else if (choice === 3) {
    world.send(sender, { to: addressOf('inspector'), gasLimit: GAS, data: word(PHOENIX) })
  } else {
    world.send(sender, { to: PHOENIX, gasLimit: GAS, data: concatBytes(...storeArguments) })
  }
}

/** A creation, and transfers and calls to what it creates, in the same block. */
function createAndUse(world: World): void {
  const sender = anyRich(world)
  const created = nextContract(world, sender)
  const { random } = world
  if (random.chance(0.3)) world.send(anyRich(world), { to: created, value: 3n, gasLimit: GAS })
  const runtime = random.chance(0.5) ? CONTRACT_CODE.counter : CONTRACT_CODE.suicide
  world.send(sender, { data: initCode(runtime, '9 1 SSTORE'), value: 1n, gasLimit: GAS })
  world.send(anyRich(world), { to: created, value: 3n, gasLimit: GAS })
  world.call(anyRich(world), 'inspector', created)
  if (random.chance(0.3)) {
    // The init code destroys its contract before it exists.
    world.send(sender, { data: CONTRACT_CODE.suicide, value: 1n, gasLimit: GAS })
  }
}

/** Destroys the contract of that name in favour of someone special. */
function destroy(world: World): void {
  const { random } = world
  const heir = random.pick([
    world.beneficiary,
    addressOf('suicide'),
    addressOf('an heir'),
    anyRich(world).address,
  ])
  const value = BigInt(random.below(5))
  world.send(anyRich(world), { ...callTo('suicide', heir), value })
  if (random.chance(0.5)) world.call(anyRich(world), 'inspector', addressOf('suicide'))
  if (random.chance(0.5)) world.call(anyRich(world), 'inspector', heir)
}

export const CONTRACT_WORKLOADS: readonly Workload[] = [
  {
    name: 'a hot slot',
    fill: (world, count) => times(count, () => world.call(anyRich(world), 'counter')),
  },
  {
    name: 'slots that some write and some read',
    fill(world, count) {
      times(count, (i) => world.call(anyRich(world), 'store', world.random.below(6), i % 3))
    },
  },
  {
    name: 'many slots in one transaction',
    fill(world, count) {
      times(count, () => world.call(anyRich(world), 'writer', world.random.below(12)))
    },
  },
  {
    name: 'a chain of dependent calls',
    fill(world, count) {
      times(count, (i) => {
        world.call(anyRich(world), LINKS[(i + 1) % 3]!, addressOf(LINKS[i % 3]!))
      })
    },
  },
  {
    name: 'reads of the balance of the beneficiary',
    fill(world, count) {
      times(count, (i) => {
        if (i % 3 === 0) world.call(anyRich(world), 'beneficiaryWatcher')
        else world.send(anyRich(world), { to: addressOf(`recipient ${i}`), value: 1n })
      })
    },
  },
  {
    name: 'contracts that pay the beneficiary',
    fill(world, count) {
      times(count, (i) => {
        world.send(anyRich(world), { ...callTo('beneficiaryPayer'), value: BigInt(i) })
        if (i % 5 === 4) world.call(anyRich(world), 'beneficiaryWatcher')
      })
    },
  },
  {
    name: 'reads of balances that others move lazily',
    fill(world, count) {
      times(count, () => {
        const [sender, recipient] = [anyRich(world), anyRich(world)]
        if (world.random.chance(0.4)) world.call(sender, 'inspector', recipient.address)
        else world.send(sender, { to: recipient.address, value: 11n })
      })
    },
  },
  {
    name: 'contracts that pass money on',
    fill(world, count) {
      times(count, () => {
        const name = world.random.chance(0.5) ? 'payer' : 'spender'
        const to = world.random.pick([addressOf('spender'), addressOf('heap'), world.beneficiary])
        world.send(anyRich(world), { ...callTo(name, to), value: BigInt(world.random.below(9)) })
      })
    },
  },
  {
    name: 'calls that fail',
    fill(world, count) {
      times(count, (i) => world.call(anyRich(world), 'failer', ...(i % 2 === 0 ? [] : [i])))
    },
  },
  {
    name: 'contracts created and used in the block',
    fill: (world, count) => times(Math.ceil(count / 4), () => createAndUse(world)),
  },
  {
    name: 'contracts created by a contract',
    fill(world, count) {
      const data = initCode(CONTRACT_CODE.counter, '1 1 SSTORE')
      times(count, () => world.send(anyRich(world), { ...callTo('factory'), gasLimit: GAS, data }))
    },
  },
  {
    name: 'contracts that destroy themselves',
    fill: (world, count) => times(Math.ceil(count / 2), () => destroy(world)),
  },
  {
    name: 'a contract destroyed and created again',
    since: 'constantinople',
    fill(world, count) {
      world.send(anyRich(world), {
        to: addressOf('phoenixFactory'),
        gasLimit: GAS,
        data: PHOENIX_INIT,
      })
      times(count, () => actOnPhoenix(world))
    },
  },
  {
    name: 'requests that the closing step takes out of their queue',
    since: 'prague',
    fill(world, count) {
      times(count, (i) => {
        const data = new Uint8Array(56).fill(i + 1)
        const value = BigInt(1 + world.random.below(3))
        world.send(anyRich(world), { to: WITHDRAWAL_REQUESTS, gasLimit: GAS, data, value })
      })
    },
  },
]
