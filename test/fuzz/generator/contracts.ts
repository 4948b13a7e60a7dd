/** Whole contracts of several kinds, and the call data that makes sense of them. */

import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { concatBytes } from '@shredcast/shared/primitives/bytes'
import type { Random } from '@shredcast/shared/primitives/random'
import type { AddressPool } from './address-pool.ts'
import { create2Address } from './address-pool.ts'
import { CodeBuilder } from './code-builder.ts'
import type { Coder } from './coder.ts'
import type { Weighted } from './edge-values.ts'
import { choose, edgeWord, randomBytes, wordBytes } from './edge-values.ts'
import { writeInitcode } from './message-statements.ts'
import { GRAMMAR } from './statements.ts'
import { tokenCall, tokenStorage, writeToken } from './token-code.ts'
import { firstAvailable } from './values.ts'
import { wildCode } from './wild-code.ts'

export type Style = 'valid' | 'wild'

/** A contract of the pre-state. */
export interface Contract {
  readonly address: Uint8Array
  readonly code: Uint8Array
  readonly storage: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]
  /** How much gas makes sense; without bounds where calls may go as deep as they like. */
  readonly appetite: 'little' | 'much' | 'unbounded'
  readonly callData: (random: Random) => Uint8Array
}

const STATEMENTS_MAX = 14
/** Calls nest 1024 deep (Yellow Paper 8); a few more meet the limit. */
const DESCENTS = [...[3, 5, 10, 15, 20, 30, 60, 340], ...[1022, 1023, 1024, 1025]]

function createCoder(random: Random, pool: AddressPool, options: Partial<Coder> = {}): Coder {
  return {
    code: new CodeBuilder(),
    grammar: GRAMMAR,
    random,
    pool,
    self: undefined,
    budget: 1 + random.below(STATEMENTS_MAX),
    creationDepth: 0,
    isTame: false,
    ...options,
  }
}

/** Call data for code that expects nothing in particular. */
export function anyCallData(random: Random, pool: AddressPool): Uint8Array {
  const words = Array.from({ length: random.below(5) }, () => {
    const dice = random.below(4)
    if (dice === 0) return concatBytes(new Uint8Array(12), pool.pick(random))
    return wordBytes(dice === 1 ? edgeWord(random) : BigInt(random.below(8)))
  })
  const data = concatBytes(...words)
  return random.chance(0.1) ? concatBytes(data, randomBytes(random, random.below(40))) : data
}

/** Init code for a transaction that creates, or as call data of a factory. */
export function initcode(random: Random, pool: AddressPool, style: Style): Uint8Array {
  if (style === 'wild' && random.chance(0.7)) return wildCode(random, pool, plainCode(random, pool))
  return writeInitcode(createCoder(random, pool), 1 + random.below(5))
}

function plainCode(random: Random, pool: AddressPool): Uint8Array {
  const coder = createCoder(random, pool)
  GRAMMAR.statements(coder, coder.budget)
  GRAMMAR.ending(coder)
  return coder.code.finish()
}

function general(coder: Coder): void {
  GRAMMAR.statements(coder, coder.budget)
  GRAMMAR.ending(coder)
}

/** Runs another contract's code with its own call data, and answers what that answers. */
function proxy(coder: Coder): void {
  const { code, random, pool } = coder
  code.op('CALLDATASIZE').push(0).push(0).op('CALLDATACOPY')
  const kind = firstAvailable(coder, random.pick(['DELEGATECALL', 'STATICCALL', 'CALL']), 'CALL')
  code.push(32).push(0).op('CALLDATASIZE').push(0)
  if (kind === 'CALL') code.op('CALLVALUE')
  code.pushBytes(pool.pickContract(random))
  if (isAtLeast(pool.fork, 'tangerineWhistle')) code.op('GAS')
  else code.push(50_000)
  code.op(kind)
  if (!isAtLeast(pool.fork, 'byzantium')) {
    code.op('POP').push(32).push(0).op('RETURN')
    return
  }
  const success = code.createLabel()
  code.op('RETURNDATASIZE').push(0).push(0).op('RETURNDATACOPY')
  code.pushLabel(success).op('JUMPI', 'RETURNDATASIZE').push(0).op('REVERT')
  code.place(success).op('RETURNDATASIZE').push(0).op('RETURN')
}

/** Creates what its call data says, with salt 0 where there is CREATE2, and keeps the address. */
function factory(coder: Coder): void {
  const { code, random } = coder
  const opcode = firstAvailable(coder, 'CREATE2', 'CREATE')
  code.op('CALLDATASIZE').push(0).push(0).op('CALLDATACOPY')
  if (opcode === 'CREATE2') code.push(0)
  code.op('CALLDATASIZE').push(0).op('CALLVALUE', opcode)
  if (random.chance(0.5)) {
    code
      .op('DUP1', random.pick(['EXTCODESIZE', 'BALANCE']))
      .push(3)
      .op('SSTORE')
  }
  code.push(random.below(3)).op('SSTORE')
}

/** Calls itself as deep as the first word of call data says; at the bottom something happens. */
function deep(coder: Coder): void {
  const { code, random, pool } = coder
  const bottom = code.createLabel()
  code.push(0).op('CALLDATALOAD', 'DUP1', 'ISZERO').pushLabel(bottom).op('JUMPI')
  code.push(1).op('SWAP1', 'SUB').push(0).op('MSTORE')
  const kind = firstAvailable(
    coder,
    random.pick(['CALL', 'CALL', 'DELEGATECALL', 'CALLCODE', 'STATICCALL']),
    'CALL',
  )
  code
    .push(32)
    .push(random.below(2) * 32)
    .push(32)
    .push(0)
  if (kind.startsWith('CALL')) code.push(random.chance(0.8) ? 0 : 1)
  code.op('ADDRESS')
  if (isAtLeast(pool.fork, 'tangerineWhistle') && random.chance(0.7)) code.op('GAS')
  else code.push(random.pick([60, 700, 3000, 12_000])).op('GAS', 'SUB')
  code.op(kind)
  if (random.chance(0.5)) code.op('POP')
  else code.push(0).op('SLOAD', 'ADD').push(0).op('SSTORE')
  GRAMMAR.statements(coder, 1)
  code.op('STOP').place(bottom)
  GRAMMAR.statements(coder, 3)
  GRAMMAR.ending(coder)
}

/** Takes as much memory as the first word of call data says, in as many frames as the second. */
function memoryHog(coder: Coder): void {
  const { code, pool } = coder
  const end = code.createLabel()
  code.push(1).push(0).op('CALLDATALOAD', 'MSTORE8')
  code.push(32).op('CALLDATALOAD', 'DUP1', 'ISZERO').pushLabel(end).op('JUMPI')
  code.push(1).op('SWAP1', 'SUB').push(32).op('MSTORE')
  code.push(0).op('CALLDATALOAD').push(0).op('MSTORE')
  code.push(32).push(0).push(64).push(0).push(0).op('ADDRESS')
  if (isAtLeast(pool.fork, 'tangerineWhistle')) code.op('GAS')
  else code.push(40_000).op('GAS', 'SUB')
  code.op('CALL').push(0).op('SSTORE')
  code.place(end)
}

/** Touches as many slots or accounts, or logs as often, as the second word of call data says. */
function entryHog(coder: Coder): void {
  const { code, random } = coder
  const [start, end] = [code.createLabel(), code.createLabel()]
  const action = random.below(4)
  code.push(32).op('CALLDATALOAD').place(start)
  code.op('DUP1', 'ISZERO').pushLabel(end).op('JUMPI')
  if (action === 0) code.op('DUP1', 'SLOAD', 'POP')
  else if (action === 1) code.op('DUP1', 'BALANCE', 'POP')
  else if (action === 2) code.op('DUP1', 'DUP1', 'SSTORE')
  else code.op('DUP1').push(90).push(0).op('LOG1')
  code.push(1).op('SWAP1', 'SUB').pushLabel(start).op('JUMP')
  code.place(end)
  GRAMMAR.statements(coder, 2)
}

/** Creates a contract whose init code is this code again, and so on; all of memory is the code. */
function deepCreation(coder: Coder): void {
  const { code, random } = coder
  const opcode = firstAvailable(coder, random.pick(['CREATE', 'CREATE2']), 'CREATE')
  code.op('CODESIZE').push(0).push(0).op('CODECOPY')
  if (opcode === 'CREATE2') code.push(random.below(2))
  code.op('CODESIZE').push(0).push(0).op(opcode)
  if (random.chance(0.5)) code.push(0).op('SSTORE')
  GRAMMAR.statements(coder, 1)
}

/** Destroys itself in favour of its second argument, unless the first one is odd. */
function mortal(coder: Coder): void {
  const { code, random } = coder
  const end = code.createLabel()
  if (random.chance(0.5)) GRAMMAR.statements(coder, 2)
  code.push(0).op('CALLDATALOAD').push(1).op('AND').pushLabel(end).op('JUMPI')
  code.push(32).op('CALLDATALOAD', 'SELFDESTRUCT')
  code.place(end)
  GRAMMAR.statements(coder, 3)
}

function hogCallData(random: Random): Uint8Array {
  const bytes = random.pick([0, 100, 5000, 60_000, 300_000, 1_000_000])
  const count = random.pick([0, 1, 3, 10, 30, 100, random.chance(0.2) ? 2000 : 200])
  return concatBytes(wordBytes(BigInt(bytes)), wordBytes(BigInt(count)))
}

function contractOf(coder: Coder, rest: Partial<Contract>): Contract {
  const { random, pool } = coder
  return {
    address: coder.self!,
    code: coder.code.finish(),
    storage: hotStorage(random),
    appetite: 'little',
    callData: (later) => anyCallData(later, pool),
    ...rest,
  }
}

/** A few of the slots that everybody uses. */
function hotStorage(random: Random): Contract['storage'] {
  return [0n, 1n, 2n, 3n].flatMap((key) => {
    if (random.chance(0.6)) return []
    const value = random.chance(0.7) ? BigInt(1 + random.below(50)) : edgeWord(random)
    return value === 0n ? [] : [{ key: wordBytes(key), value: wordBytes(value) }]
  })
}

type Maker = (random: Random, pool: AddressPool, self: Uint8Array) => Contract

const MAKERS: Weighted<Maker> = [
  [
    12,
    (random, pool, self) => {
      const coder = createCoder(random, pool, { self })
      general(coder)
      return contractOf(coder, {})
    },
  ],
  [
    4,
    (random, pool, self) => {
      const coder = createCoder(random, pool, { self })
      pool.tokens.push(self)
      writeToken(coder)
      return contractOf(coder, {
        storage: tokenStorage(random, pool),
        callData: (later) => tokenCall(later, pool),
      })
    },
  ],
  [
    2,
    (random, pool, self) => {
      const coder = createCoder(random, pool, { self })
      proxy(coder)
      return contractOf(coder, {})
    },
  ],
  [
    2,
    (random, pool, self) => {
      const coder = createCoder(random, pool, { self })
      factory(coder)
      const codes = [0, 1].map(() => initcode(random, pool, 'valid'))
      pool.created.push(...codes.map((code) => create2Address(self, 0n, code)))
      return contractOf(coder, { callData: (later) => later.pick(codes) })
    },
  ],
  [
    2,
    (random, pool, self) => {
      const coder = createCoder(random, pool, { self })
      mortal(coder)
      const callData = (later: Random) => {
        const heir = later.chance(0.2) ? self : pool.pick(later)
        return concatBytes(wordBytes(BigInt(later.below(4))), new Uint8Array(12), heir)
      }
      return contractOf(coder, { callData })
    },
  ],
  [
    2,
    (random, pool, self) => {
      const coder = createCoder(random, pool, { self, isTame: true, budget: 6 })
      deep(coder)
      return contractOf(coder, {
        appetite: 'unbounded',
        callData: (later) => wordBytes(BigInt(DESCENTS[later.below(later.chance(0.3) ? 12 : 7)]!)),
      })
    },
  ],
  [
    1.2,
    (random, pool, self) => {
      const coder = createCoder(random, pool, { self, isTame: true })
      if (random.chance(0.5)) memoryHog(coder)
      else entryHog(coder)
      return contractOf(coder, { appetite: 'much', callData: hogCallData })
    },
  ],
  [
    0.7,
    (random, pool, self) => {
      const coder = createCoder(random, pool, { self, isTame: true, budget: 1 })
      deepCreation(coder)
      return contractOf(coder, {})
    },
  ],
]

export function createContract(
  random: Random,
  pool: AddressPool,
  self: Uint8Array,
  style: Style,
): Contract {
  const contract = choose(random, MAKERS)(random, pool, self)
  if (style === 'valid' || random.chance(0.15)) return contract
  return { ...contract, code: wildCode(random, pool, contract.code), appetite: 'little' }
}
