/**
 * Every opcode of every fork, and every code that is none: with too few words on the stack, with too
 * many, with operands of several kinds, and where it succeeds once more with a unit of gas less. What
 * each comes to, the plain reference executor says.
 */

import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Opcode } from '@shredcast/shared/chain/opcodes'
import { OPCODES } from '@shredcast/shared/chain/opcodes'
import type { CoreBuild } from '@shredcast/shared/engine/core'
import type { Engine } from '@shredcast/shared/engine/engine'
import { createEngine } from '@shredcast/shared/engine/engine'
import { bytesToHex, concatBytes } from '@shredcast/shared/primitives/bytes'
import { createRandom } from '@shredcast/shared/primitives/random'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { comparable } from '../fuzz/expected-run.ts'
import { ModelState } from '../fuzz/model-state.ts'
import { assemble } from '../kit/bytecode.ts'
import { runSpeculatively } from '../kit/engine-block.ts'
import { MapState } from '../kit/map-state.ts'
import { Oracle } from '../kit/oracle-block.ts'
import type { StepOutcome } from '../kit/step-outcome.ts'
import { outcomeOf, textOf } from '../kit/step-outcome.ts'
import { addressOf, WORLD_CONFIG, World } from '../kit/test-world.ts'

/** Forks that bring opcodes or change what they cost. */
const FORKS: readonly Hardfork[] = [
  'frontier',
  'homestead',
  'tangerineWhistle',
  'spuriousDragon',
  'byzantium',
  'constantinople',
  'petersburg',
  'istanbul',
  'berlin',
  'london',
  'shanghai',
  'cancun',
  'osaka',
]

/** They take turns. */
const BUILDS: readonly CoreBuild[] = ['release', 'debug']
const STACK_LIMIT = 1024
const GAS_LIMIT = 200_000n
const BLOCK_GAS_LIMIT = 10n ** 12n
const CALL_DATA = Uint8Array.from({ length: 100 }, (_, index) => index + 1)

const MAX_WORD = `0x${'ff'.repeat(32)}`
const SIGN = `0x80${'00'.repeat(31)}`
/** An account with code, one without, one that nobody has heard of, and a precompile. */
const CALLEE = addressOf('callee')
const ADDRESSES = [CALLEE, addressOf('empty'), addressOf('nobody')].map(bytesToHex)
const IDENTITY = 4

/** Operands by their place from the top; the last of a kind stands for all that follow. */
const OPERANDS: readonly (readonly (string | number)[])[] = [
  [0],
  [1],
  [MAX_WORD],
  [3, 5, 7, 11],
  [SIGN, MAX_WORD, 9],
  [MAX_WORD, 33],
  [33, MAX_WORD, 0],
  [60, 32, 64],
  // As a call sees them: gas, address, value or input, ranges.
  ...[...ADDRESSES, IDENTITY].map((address) => [40_000, address, 0, 32, 0, 32]),
  [40_000, ADDRESSES[0]!, 1, 0, 40, 8, 40],
  [40_000, ADDRESSES[2]!, 1, 0],
  [ADDRESSES[0]!, 0, 0, 20],
  [ADDRESSES[1]!],
]

const CALLEE_CODE = assemble(`CALLER 0 MSTORE CALLVALUE 32 MSTORE ADDRESS 1 SSTORE 64 0 RETURN`)

interface Variant {
  readonly name: string
  readonly code: Uint8Array
}

describe('opcodes', () => {
  const engines: Engine[] = []

  beforeAll(async () => {
    for (const build of BUILDS) {
      engines.push(
        await createEngine({ config: WORLD_CONFIG, engine: 'inline', workers: 1, build }),
      )
    }
  })
  afterAll(async () => {
    for (const engine of engines) await engine.close()
  })

  it.each(FORKS)('%s', async (fork) => {
    const variants = variantsOf(fork)
    const outcomes = await check(fork, variants, () => GAS_LIMIT)
    const successful: { variant: Variant; gasUsed: bigint }[] = []
    for (const [index, variant] of variants.entries()) {
      const outcome = outcomes[index]!
      if (outcome.type !== 'transaction' || outcome.receipt.status === 0) continue
      successful.push({ variant, gasUsed: outcome.receipt.gasUsed })
    }
    const rest = successful.map(({ variant }) => variant)
    await check(fork, rest, (index) => successful[index]!.gasUsed - 1n)
  })

  /** Calls each variant in a block of its own fork; returns what the oracle says of each. */
  async function check(
    fork: Hardfork,
    variants: readonly Variant[],
    gasLimitOf: (index: number) => bigint,
  ): Promise<StepOutcome[]> {
    const world = new World(fork, createRandom(1))
    world.gasLimit = BLOCK_GAS_LIMIT
    for (const [index, { name }] of variants.entries()) {
      const sender = world.rich[index % world.rich.length]!
      const to = addressOf(name)
      world.send(sender, { to, value: 3n, data: CALL_DATA, gasLimit: gasLimitOf(index) })
    }
    const alloc = [...world.alloc(), ...variants.map(accountOf), contract(CALLEE, CALLEE_CODE)]
    const block = world.takeBlock()
    const outcomes = await new Oracle(WORLD_CONFIG, new MapState(alloc)).run(block)
    const engine = engines[FORKS.indexOf(fork) % engines.length]!
    await engine.loadState(alloc)
    const steps = (await runSpeculatively(engine, block)).map(outcomeOf)
    const expected = told(outcomes, alloc, fork, variants)
    expect(told(steps, alloc, fork, variants)).toEqual(expected)
    return outcomes.slice(1, -1)
  }
})

/** What each step makes different, with the name of its variant. */
function told(
  outcomes: readonly StepOutcome[],
  alloc: readonly GenesisAccount[],
  fork: Hardfork,
  variants: readonly Variant[],
): string[] {
  const model = new ModelState(alloc, fork)
  return outcomes.map((outcome, index) => {
    return `${variants[index - 1]?.name ?? 'system'} ${textOf(comparable(outcome, model))}`
  })
}

function accountOf({ name, code }: Variant): GenesisAccount {
  return contract(addressOf(name), code)
}

function contract(address: Uint8Array, code: Uint8Array): GenesisAccount {
  const key = new Uint8Array(32)
  const value = new Uint8Array(32).fill(1, 31)
  return { address, balance: 1000n, nonce: 1n, code, storage: [{ key, value }] }
}

function variantsOf(fork: Hardfork): Variant[] {
  return Array.from({ length: 256 }, (_, code) => {
    const opcode = OPCODES.find((row) => row.code === code && isAtLeast(fork, row.since))
    return opcode === undefined ? [undefinedVariant(code)] : definedVariants(opcode, fork)
  })
    .flat()
    .concat(JUMPS)
}

/** What a destination may be and what not. */
const JUMPS: readonly Variant[] = [
  ['forward', '@there JUMP INVALID :there 1 1 SSTORE'],
  ['if taken', '5 @there JUMPI INVALID :there 1 1 SSTORE'],
  ['if not taken', '0 @there JUMPI 1 1 SSTORE STOP :there INVALID'],
  ['if not taken, to nowhere', `0 ${MAX_WORD} JUMPI 1 1 SSTORE`],
  ['around', '9 :again 1 SWAP1 SUB DUP1 @again JUMPI 1 1 SSTORE'],
  ['into an operand', '4 JUMP 0x5b5b :there'],
  ['behind the code', '3 JUMP'],
  ['far away', `${MAX_WORD} JUMP :there`],
  ['into the next 2^32', '0x010000000a JUMP :a :b :c :d'],
  ['to no JUMPDEST', '0 JUMP :there'],
  ['to the end', '@end JUMP STOP :end'],
].map(([name, source]) => ({ name: `jump ${name}`, code: assemble(source!) }))

function undefinedVariant(code: number): Variant {
  const bytes = concatBytes(...Array(17).fill(assemble('1')), Uint8Array.of(code))
  return { name: `0x${code.toString(16)}`, code: bytes }
}

function definedVariants(opcode: Opcode, fork: Hardfork): Variant[] {
  const { code, mnemonic, inputs, outputs } = opcode
  const operator = Uint8Array.of(code)
  const variants: Variant[] = []
  const add = (name: string, ...parts: readonly Uint8Array[]) => {
    variants.push({ name: `${mnemonic} ${name}`, code: concatBytes(...parts) })
  }
  const few = OPERANDS.slice(0, inputs === 0 ? 1 : inputs > 7 ? 4 : undefined)
  for (const [kind, operands] of few.entries()) {
    add(`${kind}`, FILLED_MEMORY, pushed(operands, inputs), operator, tellAll(outputs))
  }
  if (inputs > 0) add('underflow', pushed([1], inputs - 1), operator)
  // Long to execute, and the same on all forks.
  if (outputs > inputs && fork === FORKS.at(-1)) {
    add('full', pushed([0], STACK_LIMIT), operator)
    add('last', pushed([0], STACK_LIMIT - 1), operator)
  }
  return variants
}

/** Before the opcode, so that it has something to read. */
const FILLED_MEMORY = assemble(`0x${'a5'.repeat(32)} 0 MSTORE 0x${'5a'.repeat(32)} 64 MSTORE`)

/** The top word last. */
function pushed(operands: readonly (string | number)[], count: number): Uint8Array {
  const words = Array.from({ length: count }, (_, place) => {
    return String(operands[Math.min(place, operands.length - 1)])
  })
  return count === 0 ? new Uint8Array(0) : assemble(words.reverse().join(' '))
}

/** Logs the word that the opcode has left, the memory's size, and the memory. */
function tellAll(outputs: number): Uint8Array {
  const keepResult = outputs === 0 ? '' : '128 MSTORE'
  return assemble(`${keepResult} MSIZE 160 MSTORE 192 0 LOG0`)
}
