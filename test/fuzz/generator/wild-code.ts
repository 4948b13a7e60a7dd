/** Code that no compiler writes: random bytes, random opcodes, and valid code with bits of it broken. */

import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { concatBytes } from '@shredcast/shared/primitives/bytes'
import type { Random } from '@shredcast/shared/primitives/random'
import type { AddressPool } from './address-pool.ts'
import { CodeBuilder } from './code-builder.ts'
import type { Weighted } from './edge-values.ts'
import { choose, edgeWord, hotKey, logUniform, memoryOffset, randomBytes } from './edge-values.ts'
import type { Opcode } from './opcode-table.ts'
import { OPCODES } from './opcode-table.ts'

const JUMPDEST = 0x5b

/** Some wild code; `valid` is what it may be made from. */
export function wildCode(random: Random, pool: AddressPool, valid: Uint8Array): Uint8Array {
  return choose<() => Uint8Array>(random, [
    [2, () => randomBytes(random, logUniform(random, 400))],
    [6, () => randomOpcodes(random, pool)],
    [4, () => mutatedCode(random, valid)],
    [1, () => concatBytes(randomOpcodes(random, pool), valid)],
    [1, () => valid.slice(0, random.below(valid.length + 1))],
  ])()
}

/** Opcodes with about enough on the stack for most of them. */
function randomOpcodes(random: Random, pool: AddressPool): Uint8Array {
  const code = new CodeBuilder()
  const known = OPCODES.filter(({ since, name }) => {
    return isAtLeast(pool.fork, since) && !/^(STOP|PUSH|DUP|SWAP|INVALID)/.test(name)
  })
  const count = 4 + random.below(80)
  for (let i = 0; i < count; i++) {
    const dice = random.below(100)
    if (dice < 40) pushSomething(random, pool, code)
    else if (dice < 52) code.raw([(random.chance(0.5) ? 0x80 : 0x90) + random.below(5)])
    else if (dice < 57) code.raw([JUMPDEST])
    else if (dice < 60) code.push(random.below(code.size + 20)).raw([0x56 + random.below(2)])
    else if (dice < 61) code.raw([random.below(256)])
    else writeOpcode(random, pool, code, random.pick(known))
  }
  if (random.chance(0.3))
    code.raw([0x60 + random.below(32), ...randomBytes(random, random.below(4))])
  return code.finish()
}

/** Most opcodes get operands that they can do something with. */
function writeOpcode(random: Random, pool: AddressPool, code: CodeBuilder, opcode: Opcode): void {
  if (random.chance(0.75)) {
    for (let i = 0; i < opcode.inputs; i++) pushSomething(random, pool, code)
  }
  code.raw([opcode.code])
}

function pushSomething(random: Random, pool: AddressPool, code: CodeBuilder): void {
  const dice = random.below(20)
  if (dice < 8) code.push(random.below(64))
  else if (dice < 11) code.push(hotKey(random))
  else if (dice < 14) code.pushBytes(pool.pick(random))
  else if (dice < 16) code.push(memoryOffset(random))
  else if (dice < 18) code.raw([0x5a])
  else code.push(edgeWord(random), random.below(4))
}

/** Bytes changed, dropped, doubled, moved. */
function mutatedCode(random: Random, valid: Uint8Array): Uint8Array {
  let code = valid
  for (let i = 1 + random.below(5); i > 0 && code.length > 0; i--) code = mutate(random, code)
  return code
}

type Mutation = (random: Random, code: Uint8Array, at: number, end: number) => Uint8Array

const MUTATIONS: Weighted<Mutation> = [
  [4, (random, code, at) => changed(code, at, random.below(256))],
  [4, (random, code, at) => changed(code, at, random.pick(OPCODES).code)],
  [2, (random, code, at) => changed(code, at, code[at]! ^ (1 << random.below(8)))],
  [3, (_, code, at, end) => concatBytes(code.subarray(0, at), code.subarray(end))],
  [2, (_, code, at, end) => concatBytes(code.subarray(0, end), code.subarray(at))],
  [
    2,
    (random, code, at) => {
      const inserted = randomBytes(random, 1 + random.below(4))
      return concatBytes(code.subarray(0, at), inserted, code.subarray(at))
    },
  ],
  [1, (_, code, at) => concatBytes(code.subarray(at), code.subarray(0, at))],
  [1, (_, code, at) => code.subarray(0, at)],
  [1, (_, code, at) => changed(code, at, JUMPDEST)],
]

function mutate(random: Random, code: Uint8Array): Uint8Array {
  const at = random.below(code.length)
  const end = Math.min(code.length, at + 1 + random.below(30))
  return choose(random, MUTATIONS)(random, code, at, end)
}

function changed(code: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = code.slice()
  copy[at] = byte
  return copy
}
