/** Statements: code that leaves the stack as high as it found it, or ends the frame. */

import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Coder, Grammar } from './coder.ts'
import type { Weighted } from './edge-values.ts'
import { choose, edgeWord, hotKey, memoryOffset, memorySize } from './edge-values.ts'
import { callStatement, createStatement, precompileStatement } from './message-statements.ts'
import { moveTokens } from './token-code.ts'
import {
  computedAddress,
  firstAvailable,
  isAvailable,
  mappingSlot,
  pushNumber,
  value,
} from './values.ts'

const LOOP_ROUNDS_MAX = 6

type Writer = (coder: Coder) => void

function statements(coder: Coder, count: number): void {
  for (let i = 0; i < count && coder.budget > 0; i++) {
    coder.budget--
    choose(coder.random, coder.isTame ? TAME : ALL)(coder)
  }
}

function ending(coder: Coder): void {
  choose(coder.random, ENDINGS)(coder)
}

export const GRAMMAR: Grammar = { statements, ending }

function store(coder: Coder): void {
  value(coder)
  pushNumber(coder, hotKey(coder.random))
  coder.code.op('SSTORE')
}

/** Sets, clears and restores one slot, which is what refunds are about. */
function storeRepeatedly(coder: Coder): void {
  const key = hotKey(coder.random)
  const written = [0n, 1n, edgeWord(coder.random)]
  for (let i = 0; i < 2 + coder.random.below(3); i++) {
    pushNumber(coder, coder.random.pick(written))
    coder.code.push(key).op('SSTORE')
  }
}

/** `slot += amount` or `slot -= amount`, without a check. */
function addToSlot(coder: Coder): void {
  const { code, random } = coder
  const isMapped = random.chance(0.3)
  const pushKey = isMapped
    ? () => mappingSlot(coder, computedAddress, random.below(2))
    : () => code.push(key)
  const key = hotKey(random)
  const dice = random.below(4)
  if (dice < 2) {
    code.push(random.below(9))
    pushKey()
    code.op('SLOAD', 'ADD')
  } else if (dice === 2) {
    code.push(random.below(3))
    pushKey()
    code.op('SLOAD', 'SUB')
  } else {
    value(coder, 2)
    pushKey()
    code.op('SLOAD', 'ADD')
  }
  pushKey()
  code.op('SSTORE')
}

function storeTransient(coder: Coder): void {
  value(coder)
  pushNumber(coder, hotKey(coder.random))
  coder.code.op(firstAvailable(coder, 'TSTORE', 'SSTORE'))
}

function storeMemory(coder: Coder): void {
  const { code, random, isTame } = coder
  value(coder)
  code.push(isTame ? random.below(200) : memoryOffset(random))
  code.op(random.pick(['MSTORE', 'MSTORE', 'MSTORE8']))
}

function copy(coder: Coder): void {
  const { code, random, isTame } = coder
  const name = random.pick(['CALLDATACOPY', 'CODECOPY', 'EXTCODECOPY', 'RETURNDATACOPY', 'MCOPY'])
  const known = isAvailable(coder, name) ? name : 'CODECOPY'
  code.push(isTame ? random.below(100) : memorySize(random))
  if (known === 'RETURNDATACOPY' && random.chance(0.6)) code.push(random.below(3) * 16)
  else code.push(random.chance(0.85) ? BigInt(random.below(100)) : memoryOffset(random))
  code.push(isTame ? random.below(100) : memoryOffset(random))
  if (known === 'EXTCODECOPY') computedAddress(coder)
  code.op(known)
}

function log(coder: Coder): void {
  const { code, random, isTame } = coder
  const topics = random.below(5)
  for (let i = 0; i < topics; i++) value(coder, 2)
  code.push(isTame ? random.below(100) : memorySize(random))
  code.push(isTame ? random.below(100) : memoryOffset(random)).op(`LOG${topics}`)
}

function drop(coder: Coder): void {
  value(coder)
  coder.code.op('POP')
}

/** Moves words about that nobody else needs. */
function shuffle(coder: Coder): void {
  const { code, random } = coder
  const base = code.height
  const count = 2 + random.below(16)
  for (let i = 0; i < count; i++) code.push(random.below(256))
  for (let i = 0; i < 3; i++) {
    code.op(`SWAP${1 + random.below(Math.min(16, code.height - base - 1))}`)
    code.op(`DUP${1 + random.below(Math.min(16, code.height))}`)
  }
  code.push(hotKey(random)).op('SSTORE')
  while (code.height > base) code.op('POP')
}

function branch(coder: Coder): void {
  const { code, random } = coder
  value(coder)
  const end = code.createLabel()
  if (random.chance(0.5)) code.op('ISZERO')
  code.pushLabel(end).op('JUMPI')
  const { height } = code
  statements(coder, 1 + random.below(3))
  if (random.chance(0.15)) ending(coder)
  code.height = height
  code.place(end)
}

/** A loop with a counter on the stack. */
function loop(coder: Coder): void {
  const { code, random } = coder
  const start = code.createLabel()
  code.push(1 + random.below(LOOP_ROUNDS_MAX)).place(start)
  statements(coder, 1 + random.below(2))
  code.push(1).op('SWAP1', 'SUB', 'DUP1').pushLabel(start).op('JUMPI', 'POP')
}

/** A jump to where only arithmetic leads. */
function computedJump(coder: Coder): void {
  const { code, random } = coder
  const end = code.createLabel()
  const shift = random.below(50)
  code.push(shift).pushLabel(end).push(shift).op('ADD', 'SUB', 'JUMP')
  code.raw([0xfe, 0x5b, 0x60].slice(random.below(3)))
  code.place(end)
}

/** A jump that goes wrong, unless its condition spares it. */
function badJump(coder: Coder): void {
  const { code, random } = coder
  if (random.chance(0.7)) {
    value(coder, 2)
    code.push(random.chance(0.5) ? BigInt(random.below(code.size)) : edgeWord(random)).op('JUMPI')
  } else {
    const start = code.createLabel()
    code.place(start).push(random.below(9)).pushLabel(start).op('JUMP')
    code.height--
  }
}

/** Ends the contract's life, unless a condition spares it. */
function destroy(coder: Coder): void {
  const { code, random } = coder
  if (random.chance(0.6)) {
    const end = code.createLabel()
    const { height } = code
    code.push(random.below(70)).op('CALLDATALOAD').push(1).op('AND').pushLabel(end).op('JUMPI')
    computedAddress(coder)
    code.op('SELFDESTRUCT')
    code.height = height
    code.place(end)
  } else {
    computedAddress(coder)
    code.op('SELFDESTRUCT')
  }
}

const TAME: Weighted<Writer> = [
  [10, store],
  [3, storeRepeatedly],
  [6, addToSlot],
  [2, storeTransient],
  [5, storeMemory],
  [3, copy],
  [3, log],
  [3, drop],
  [2, shuffle],
  [4, branch],
  [2, loop],
  [1, computedJump],
]

const ALL: Weighted<Writer> = [
  ...TAME,
  [11, callStatement],
  [3, precompileStatement],
  [4, createStatement],
  [3, (coder) => moveTokens(coder, computedAddress)],
  [0.4, badJump],
  [2, destroy],
]

function answer(coder: Coder, name: string): void {
  const { code, random } = coder
  if (random.chance(0.6)) storeMemory(coder)
  code.push(random.chance(0.9) ? BigInt(random.below(3) * 32) : memorySize(random))
  code.push(random.chance(0.9) ? 0n : memoryOffset(random)).op(name)
}

const ENDINGS: Weighted<Writer> = [
  [6, ({ code }) => code.op('STOP')],
  [3, () => {}],
  [6, (coder) => answer(coder, 'RETURN')],
  [
    1.5,
    (coder) => {
      if (isAtLeast(coder.pool.fork, 'byzantium')) answer(coder, 'REVERT')
      else coder.code.op('INVALID')
    },
  ],
  [0.5, ({ code }) => code.op('INVALID')],
  [0.5, ({ code, random }) => code.raw([random.pick([0x0c, 0x21, 0x4b, 0xb0, 0xef, 0xfb, 0x1e])])],
  [2, destroy],
]
