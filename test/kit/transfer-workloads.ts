/** Workloads of plain transfers: nothing runs in the EVM, and most balances are never read. */

import { bigIntToBytes } from '@shredcast/shared/primitives/bytes'
import type { World } from './test-world.ts'
import { addressOf, callTo, GAS_PRICE, POOR_BALANCE } from './test-world.ts'
import type { Workload } from './workload.ts'
import { times } from './workload.ts'

const TRANSFER_COST = 21_000n * GAS_PRICE

const anyRich = ({ random, rich }: World) => random.pick(rich)

function transfer(world: World, to: Uint8Array, value: bigint): void {
  world.send(anyRich(world), { to, value })
}

/** What a poor account does in a block that it cannot pay for in every order. */
function actOfPoor(world: World): void {
  const { random, poor } = world
  const sender = random.pick(poor)
  const choice = random.below(6)
  const to = random.pick(poor).address
  if (choice === 0) transfer(world, sender.address, TRANSFER_COST)
  else if (choice === 1) transfer(world, sender.address, BigInt(random.below(5)))
  else if (choice === 2) world.add(sender, { to, value: POOR_BALANCE - TRANSFER_COST })
  else if (choice === 3) world.add(sender, { to, value: POOR_BALANCE - TRANSFER_COST + 1n })
  else world.send(sender, { to, value: BigInt(random.below(12)) })
}

export const TRANSFER_WORKLOADS: readonly Workload[] = [
  {
    name: 'raw transfers to one recipient',
    fill: (world, count) => times(count, (i) => transfer(world, addressOf('hub'), BigInt(i))),
  },
  {
    name: 'raw transfers among all',
    fill(world, count) {
      times(count, (i) => transfer(world, anyRich(world).address, BigInt(i + 1)))
    },
  },
  {
    name: 'a chain of nonces of one sender',
    fill(world, count) {
      const sender = anyRich(world)
      times(count, (i) => world.send(sender, { to: addressOf(`recipient ${i % 5}`), value: 1n }))
    },
  },
  {
    name: 'the beneficiary as a sender',
    fill(world, count) {
      const [beneficiary] = world.rich
      world.beneficiary = beneficiary!.address
      times(count, (i) => {
        if (i % 3 === 0) world.send(beneficiary!, { to: addressOf('hub'), value: 7n })
        else transfer(world, addressOf(`recipient ${i}`), 1n)
      })
    },
  },
  {
    name: 'the beneficiary as a recipient',
    fill: (world, count) => times(count, (i) => transfer(world, world.beneficiary, BigInt(i))),
  },
  {
    name: 'a poor beneficiary that lives on its fees',
    fill(world, count) {
      const [beneficiary] = world.poor
      world.beneficiary = beneficiary!.address
      times(count, (i) => {
        if (i % 4 === 3) world.send(beneficiary!, { to: addressOf('hub'), value: 1n })
        else world.send(anyRich(world), callTo('counter'))
      })
    },
  },
  {
    name: 'transfers to the sender itself',
    fill(world, count) {
      times(count, () => {
        const sender = anyRich(world)
        world.send(sender, { to: sender.address, value: 5n })
      })
    },
  },
  {
    name: 'zero-value transfers to empty accounts',
    fill(world, count) {
      const empty = ['empty but recorded', 'never seen', 'never seen either'].map(addressOf)
      times(count, (i) => {
        const value = world.random.chance(0.1) ? 1n : 0n
        transfer(world, empty[i % 3]!, value)
        if (i % 4 === 0) world.call(anyRich(world), 'inspector', world.random.pick(empty))
      })
    },
  },
  {
    name: 'transfers to precompiles',
    fill(world, count) {
      times(count, () => {
        const to = bigIntToBytes(BigInt(1 + world.random.below(18)), 20)
        const value = BigInt(world.random.below(2))
        world.send(anyRich(world), { to, value, gasLimit: 60_000n })
      })
    },
  },
  {
    name: 'accounts that can just pay, or just not',
    fill: (world, count) => times(count, () => actOfPoor(world)),
  },
  {
    name: 'money passed on from hand to hand',
    fill(world, count) {
      // Each can pay only because the one before has paid.
      times(count, (i) => {
        const sender = world.poor[i % world.poor.length]!
        const next = world.poor[(i + 1) % world.poor.length]!
        transfer(world, sender.address, 2n * TRANSFER_COST)
        world.send(sender, { to: next.address, value: TRANSFER_COST })
      })
    },
  },
]
