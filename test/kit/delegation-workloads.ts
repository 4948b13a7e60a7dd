/** Workloads of EIP-7702: accounts whose nonce and code other accounts' transactions move. */

import type { Authorization } from '@shredcast/shared/chain/authorization'
import type { Signer } from './signer.ts'
import type { World } from './test-world.ts'
import { addressOf, CHAIN_ID, callTo } from './test-world.ts'
import type { Workload } from './workload.ts'
import { times } from './workload.ts'

const NOBODY = new Uint8Array(20)
const GAS = 300_000n

const anyRich = ({ random, rich }: World) => random.pick(rich)

function delegate(world: World, sender: Signer, list: readonly Authorization[]): void {
  world.send(sender, {
    type: 4,
    to: addressOf('hub'),
    gasLimit: GAS,
    authorizationList: list,
  })
}

/** Someone else's transaction moves the authority's nonce; then the authority sends one itself. */
function moveNonce(world: World): void {
  const { random, rich } = world
  const authority = random.pick(rich.slice(0, 4))
  const sponsor = random.pick(rich.slice(4))
  const nonce = world.nonce(authority)
  const address = addressOf(random.pick(['counter', 'store', 'payer', 'nothing here']))
  delegate(world, sponsor, [authority.authorize({ chainId: CHAIN_ID, address, nonce })])
  if (random.chance(0.7)) world.setNonce(authority, nonce + 1n)
  else world.add(authority, { to: addressOf('hub'), value: 1n, gasLimit: 60_000n, nonce })
  world.send(authority, { to: addressOf('hub'), value: 1n, gasLimit: 60_000n })
}

/** The sender authorizes itself: its nonce moves by two. */
function delegateSelf(world: World): void {
  const sender = anyRich(world)
  const nonce = world.nonce(sender) + 1n
  const address = world.random.chance(0.3) ? NOBODY : addressOf('counter')
  delegate(world, sender, [sender.authorize({ chainId: 0n, address, nonce })])
  world.setNonce(sender, nonce + 1n)
}

/** Authorizations that have no effect, beside one that may have. */
function delegateInVain(world: World): void {
  const authority = anyRich(world)
  const nonce = world.nonce(authority)
  const address = addressOf('counter')
  delegate(world, anyRich(world), [
    authority.authorize({ chainId: CHAIN_ID + 1n, address, nonce }),
    authority.authorize({ chainId: CHAIN_ID, address, nonce: nonce + 5n }),
    world.coded.authorize({ chainId: CHAIN_ID, address, nonce: 0n }),
    world.exhausted.authorize({ chainId: CHAIN_ID, address, nonce: 2n ** 64n - 1n }),
  ])
}

/** Calls an account, which runs whatever code it is delegated to at that moment. */
function callAccount(world: World): void {
  const { random, rich } = world
  const { data } = callTo('store', random.below(3), random.below(3))
  const to = random.pick(rich.slice(0, 4)).address
  world.send(anyRich(world), { to, gasLimit: GAS, value: 1n, data: data! })
}

/** An authority that exists only because the block sent it money, or not even so. */
function delegateStranger(world: World): void {
  const [authority] = world.poor
  const nonce = world.nonce(authority!)
  world.send(anyRich(world), { to: authority!.address, value: 1n, gasLimit: GAS })
  const address = addressOf('spender')
  delegate(world, anyRich(world), [authority!.authorize({ chainId: 0n, address, nonce })])
  world.setNonce(authority!, nonce + 1n)
}

const ACTIONS = [moveNonce, delegateSelf, delegateInVain, callAccount, delegateStranger]

export const DELEGATION_WORKLOADS: readonly Workload[] = [
  {
    name: 'nonces moved by authorizations',
    since: 'prague',
    fill: (world, count) => times(Math.ceil(count / 3), () => moveNonce(world)),
  },
  {
    name: 'delegated accounts',
    since: 'prague',
    fill: (world, count) => times(count, () => world.random.pick(ACTIONS)(world)),
  },
]
