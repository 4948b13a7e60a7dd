/** Expressions: code that leaves one word more on the stack. */

import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Coder } from './coder.ts'
import type { Weighted } from './edge-values.ts'
import { choose, edgeWord, hotKey, memoryOffset, memorySize } from './edge-values.ts'
import { OPCODES } from './opcode-table.ts'

const NESTING_MAX = 3

const BINARY = [
  'ADD MUL SUB DIV SDIV MOD SMOD SIGNEXTEND LT GT SLT SGT EQ AND OR XOR BYTE SHL SHR SAR',
  'ADD SUB MUL',
]
  .join(' ')
  .split(' ')
const ENVIRONMENT = OPCODES.filter(({ name, inputs, outputs }) => {
  return inputs === 0 && outputs === 1 && !name.startsWith('PUSH')
})
const ABOUT_ACCOUNTS = ['BALANCE', 'EXTCODESIZE', 'EXTCODEHASH']
const SINCE = new Map(OPCODES.map(({ name, since }) => [name, since]))

/** Whether the fork has the opcode; now and then one that it has not is let through. */
export function isAvailable({ pool, random }: Coder, name: string): boolean {
  return isAtLeast(pool.fork, SINCE.get(name)!) || random.chance(0.002)
}

/** The first of the names that the fork has. */
export function firstAvailable(coder: Coder, ...names: string[]): string {
  return names.find((name) => isAvailable(coder, name)) ?? names[names.length - 1]!
}

export function pushNumber({ code, random, pool }: Coder, value: bigint): void {
  if (value === 0n && isAtLeast(pool.fork, 'shanghai') && random.chance(0.7)) code.pushZero()
  else code.push(value, random.chance(0.1) ? random.below(33) : 0)
}

export function pushAddress({ code, random, pool }: Coder): void {
  const address = pool.pick(random)
  if (random.chance(0.03)) {
    // Opcodes look at 20 bytes of the word only.
    code.pushBytes(
      new Uint8Array(32).fill(0xa5).map((byte, i) => (i < 12 ? byte : address[i - 12]!)),
    )
  } else {
    code.pushBytes(address)
  }
}

/** An address that is known only when the code runs. */
export function computedAddress(coder: Coder): void {
  const { code, random } = coder
  const choice = random.below(10)
  if (choice === 0) code.op('ADDRESS')
  else if (choice === 1) code.op('CALLER')
  else if (choice === 2) code.op('ORIGIN')
  else if (choice === 3) code.op('COINBASE')
  else if (choice === 4) code.push(random.below(3) * 32).op('CALLDATALOAD')
  else pushAddress(coder)
}

/** The slot of a mapping's entry for an address: keccak256(address . number). */
export function mappingSlot(coder: Coder, address: (coder: Coder) => void, number: number): void {
  const { code } = coder
  address(coder)
  code.push(0).op('MSTORE').push(number).push(32).op('MSTORE').push(64).push(0).op('KECCAK256')
}

export function value(coder: Coder, nesting = 0): void {
  choose(coder.random, nesting < NESTING_MAX ? VALUES : LEAVES)(coder, nesting)
}

type Writer = (coder: Coder, nesting: number) => void

function environment(coder: Coder): void {
  const known = ENVIRONMENT.filter(({ name }) => isAvailable(coder, name))
  coder.code.op(coder.random.pick(known).name)
}

function memoryRange({ code, random, isTame }: Coder): void {
  code.push(isTame ? random.below(200) : memorySize(random))
  code.push(isTame ? random.below(200) : memoryOffset(random))
}

function binary(coder: Coder, nesting: number): void {
  value(coder, nesting + 1)
  value(coder, nesting + 1)
  const name = coder.random.pick(BINARY)
  coder.code.op(isAvailable(coder, name) ? name : 'XOR')
}

function shift(coder: Coder, nesting: number): void {
  value(coder, nesting + 1)
  pushNumber(coder, BigInt(coder.random.below(258)))
  const name = coder.random.pick(['SHL', 'SHR', 'SAR', 'BYTE', 'SIGNEXTEND'])
  coder.code.op(isAvailable(coder, name) ? name : 'BYTE')
}

function power(coder: Coder, nesting: number): void {
  const { random, code } = coder
  if (random.chance(0.7)) pushNumber(coder, BigInt(random.below(300)))
  else value(coder, nesting + 1)
  if (random.chance(0.5)) pushNumber(coder, BigInt(random.below(5)))
  else value(coder, nesting + 1)
  code.op('EXP')
}

function loadMemory({ code, random, isTame }: Coder): void {
  code.push(isTame ? random.below(200) : memoryOffset(random)).op('MLOAD')
}

function loadTransient(coder: Coder): void {
  pushNumber(coder, hotKey(coder.random))
  coder.code.op(firstAvailable(coder, 'TLOAD', 'SLOAD'))
}

function aboutAccount(coder: Coder): void {
  computedAddress(coder)
  const name = coder.random.pick(ABOUT_ACCOUNTS)
  coder.code.op(isAvailable(coder, name) ? name : 'BALANCE')
}

function blockHash(coder: Coder): void {
  const { code, random } = coder
  if (random.chance(0.2)) code.push(edgeWord(random)).op('BLOCKHASH')
  else code.push(random.pick([0, 1, 2, 5, 255, 256, 257])).op('NUMBER', 'SUB', 'BLOCKHASH')
}

function blobHash(coder: Coder): void {
  const { code, random } = coder
  code.push(random.chance(0.8) ? BigInt(random.below(7)) : edgeWord(random))
  code.op(firstAvailable(coder, 'BLOBHASH', 'NOT'))
}

function duplicate(coder: Coder): void {
  const { code, random } = coder
  const reach = Math.min(code.height, 16)
  if (reach === 0) environment(coder)
  else code.op(`DUP${1 + random.below(reach)}`)
}

const LEAVES: Weighted<Writer> = [
  [10, (coder) => pushNumber(coder, edgeWord(coder.random))],
  [10, (coder) => pushNumber(coder, BigInt(coder.random.below(40)))],
  [4, pushAddress],
  [10, environment],
  [5, ({ code, random }) => code.push(random.below(70)).op('CALLDATALOAD')],
  [1, ({ code, random }) => code.push(edgeWord(random)).op('CALLDATALOAD')],
  [5, duplicate],
  [
    8,
    (coder) => {
      pushNumber(coder, hotKey(coder.random))
      coder.code.op('SLOAD')
    },
  ],
  [3, loadTransient],
  [4, loadMemory],
]

const VALUES: Weighted<Writer> = [
  ...LEAVES,
  [16, binary],
  [5, shift],
  [
    4,
    (coder, nesting) => {
      value(coder, nesting + 1)
      const name = coder.random.pick(['ISZERO', 'NOT', 'CLZ', 'ISZERO'])
      coder.code.op(firstAvailable(coder, name, 'NOT'))
    },
  ],
  [
    3,
    (coder, nesting) => {
      for (let i = 0; i < 3; i++) value(coder, nesting + 1)
      coder.code.op(coder.random.pick(['ADDMOD', 'MULMOD']))
    },
  ],
  [2, power],
  [
    3,
    (coder) => {
      memoryRange(coder)
      coder.code.op('KECCAK256')
    },
  ],
  [
    2,
    (coder) => {
      mappingSlot(coder, computedAddress, coder.random.below(2))
      coder.code.op('SLOAD')
    },
  ],
  [5, aboutAccount],
  [2, blockHash],
  [1, blobHash],
  [
    1,
    (coder, nesting) => {
      value(coder, nesting + 1)
      coder.code.op('SLOAD')
    },
  ],
]
