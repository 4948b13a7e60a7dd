/**
 * Token-like code: balances in a mapping, moved by SLOAD, compare, SUB, SSTORE, SLOAD, ADD, SSTORE.
 * No two tokens check and log in the same way, some read more than they need, and some are wrong,
 * because what may be executed lazily must be told from the path that was executed.
 */

import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { concatBytes } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import type { Random } from '@shredcast/shared/primitives/random'
import type { AddressPool } from './address-pool.ts'
import { SIGNERS } from './address-pool.ts'
import type { Coder } from './coder.ts'
import { wordBytes } from './edge-values.ts'
import { mappingSlot } from './values.ts'

const TRANSFER = 0
const BALANCE_OF = 1
const MINT = 2
const TRANSFER_FROM = 3
const METHOD_COUNT = 4
const BALANCES = 0
const ALLOWANCES = 1
const SUPPLY_SLOT = 7
/** Memory behind what hashing uses. */
const AMOUNT_AT = 128

type PushAddress = (coder: Coder) => void

function slotOf(account: Uint8Array, mapping: number): Uint8Array {
  return keccak256(concatBytes(new Uint8Array(12), account, wordBytes(BigInt(mapping))))
}

function argument(index: number): PushAddress {
  return ({ code }) => code.push(index * 32).op('CALLDATALOAD')
}

const caller: PushAddress = ({ code }) => code.op('CALLER')

function fail({ code, pool, random }: Coder): void {
  if (isAtLeast(pool.fork, 'byzantium') && random.chance(0.8)) code.push(0).push(0).op('REVERT')
  else code.op('INVALID')
}

/** Takes the amount in memory from `from`; checks that it is there, in one of several ways. */
function debit(coder: Coder, from: PushAddress, mapping = BALANCES): void {
  const { code, random } = coder
  const style = random.below(5)
  const enough = code.createLabel()
  code.push(AMOUNT_AT).op('MLOAD')
  mappingSlot(coder, from, mapping)
  // Stack: amount, slot.
  code.op('DUP1', 'SLOAD')
  if (style === 0) code.op('DUP1', 'DUP4', 'GT', 'ISZERO').pushLabel(enough).op('JUMPI')
  else if (style === 1) code.op('DUP3', 'DUP2', 'LT', 'ISZERO').pushLabel(enough).op('JUMPI')
  else if (style === 2) {
    const lacking = code.createLabel()
    code.op('DUP3', 'DUP2', 'LT').pushLabel(lacking).op('JUMPI').pushLabel(enough).op('JUMP')
    code.place(lacking)
  } else if (style === 3)
    code.op('DUP1', 'DUP4', 'DUP2', 'SUB', 'GT', 'ISZERO').pushLabel(enough).op('JUMPI')
  if (style < 4) {
    const { height } = code
    fail(coder)
    code.height = height
    code.place(enough)
  }
  // Stack: amount, slot, balance.
  code.op('DUP3', 'SWAP1', 'SUB')
  if (random.chance(0.1)) code.op('DUP1').push(9).op('SSTORE')
  code.op('SWAP1', 'SSTORE', 'POP')
}

/** Gives the amount in memory to `to`, with or without a check for overflow. */
function credit(coder: Coder, to: PushAddress): void {
  const { code, random } = coder
  code.push(AMOUNT_AT).op('MLOAD')
  mappingSlot(coder, to, BALANCES)
  code.op('DUP1', 'SLOAD', 'DUP3', 'ADD')
  if (random.chance(0.4)) {
    const fits = code.createLabel()
    code.op('DUP3', 'DUP2', 'LT', 'ISZERO').pushLabel(fits).op('JUMPI')
    const { height } = code
    fail(coder)
    code.height = height
    code.place(fits)
  }
  code.op('SWAP1', 'SSTORE', 'POP')
}

function announce(coder: Coder, to: PushAddress): void {
  const { code, random } = coder
  if (random.chance(0.3)) return
  to(coder)
  code.op('CALLER').push(0xdd).push(32).push(AMOUNT_AT).op('LOG3')
}

/** `amount` of the third word of call data moves from the caller to the second. */
export function moveTokens(coder: Coder, to: PushAddress): void {
  const { code, random } = coder
  if (random.chance(0.7)) code.push(random.below(5)).push(AMOUNT_AT).op('MSTORE')
  else code.push(64).op('CALLDATALOAD').push(AMOUNT_AT).op('MSTORE')
  debit(coder, caller)
  credit(coder, to)
}

/** A contract with the methods above, chosen by the first word of call data. */
export function writeToken(coder: Coder): void {
  const { code, random } = coder
  code.push(64).op('CALLDATALOAD').push(AMOUNT_AT).op('MSTORE')
  const methods = Array.from({ length: METHOD_COUNT }, () => code.createLabel())
  for (const [number, label] of methods.entries()) {
    code.push(0).op('CALLDATALOAD').push(number).op('EQ').pushLabel(label).op('JUMPI')
  }
  fail(coder)
  code.height = 0
  code.place(methods[TRANSFER]!)
  debit(coder, caller)
  credit(coder, argument(1))
  if (random.chance(0.2)) {
    code.push(1).push(SUPPLY_SLOT).op('SLOAD', 'ADD').push(SUPPLY_SLOT).op('SSTORE')
  }
  announce(coder, argument(1))
  code.push(1).push(0).op('MSTORE').push(32).push(0).op('RETURN')
  code.place(methods[BALANCE_OF]!)
  mappingSlot(coder, argument(1), BALANCES)
  code.op('SLOAD').push(0).op('MSTORE').push(32).push(0).op('RETURN')
  code.place(methods[MINT]!)
  code.push(AMOUNT_AT).op('MLOAD').push(SUPPLY_SLOT).op('SLOAD', 'ADD')
  code.push(SUPPLY_SLOT).op('SSTORE')
  credit(coder, argument(1))
  code.op('STOP')
  code.place(methods[TRANSFER_FROM]!)
  if (random.chance(0.5)) debit(coder, caller, ALLOWANCES)
  debit(coder, argument(3))
  credit(coder, argument(1))
  code.op('STOP')
}

/** Call data for a token: method, account, amount, owner. */
export function tokenCall(random: Random, pool: AddressPool): Uint8Array {
  const method = random.chance(0.7) ? TRANSFER : random.below(METHOD_COUNT + 1)
  const amount = random.pick([
    0n,
    1n,
    2n,
    5n,
    50n,
    99n,
    100n,
    101n,
    150n,
    2n ** 255n,
    2n ** 256n - 1n,
  ])
  const account = () => {
    const address = random.chance(0.7) ? random.pick(SIGNERS).address : pool.pick(random)
    return concatBytes(new Uint8Array(12), address)
  }
  return concatBytes(wordBytes(BigInt(method)), account(), wordBytes(amount), account())
}

/** What a token's storage holds: a hundred for most signers, much for a few. */
export function tokenStorage(
  random: Random,
  pool: AddressPool,
): { key: Uint8Array; value: Uint8Array }[] {
  const holders = [...SIGNERS.map(({ address }) => address), ...pool.contracts]
  return holders.flatMap((holder) => {
    if (random.chance(0.3)) return []
    const balance = random.chance(0.1) ? 2n ** 256n - 1n - BigInt(random.below(100)) : 100n
    const slots = [{ key: slotOf(holder, BALANCES), value: wordBytes(balance) }]
    const allowance = { key: slotOf(holder, ALLOWANCES), value: wordBytes(10n) }
    return random.chance(0.3) ? [...slots, allowance] : slots
  })
}
