/** Statements that call and create: each other, themselves, precompiles, what they created before. */

import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import { concatBytes } from '@shredcast/shared/primitives/bytes'
import { create2Address, createAddress, precompileAddress } from './address-pool.ts'
import { CodeBuilder } from './code-builder.ts'
import type { Coder } from './coder.ts'
import type { Weighted } from './edge-values.ts'
import { choose, edgeWord, hotKey, memoryOffset, memorySize } from './edge-values.ts'
import { precompileInput } from './precompile-inputs.ts'
import { tokenCall } from './token-code.ts'
import { computedAddress, firstAvailable, isAvailable, pushAddress, value } from './values.ts'

const CREATION_DEPTH_MAX = 2
const CALLS = ['CALL', 'CALL', 'CALL', 'DELEGATECALL', 'STATICCALL', 'CALLCODE']

/** Where in memory a call finds its input, and where its output goes. */
interface CallRanges {
  readonly input: readonly [offset: bigint, bytes: bigint]
  readonly output: readonly [offset: bigint, bytes: bigint]
}

function smallRange({ random }: Coder): readonly [bigint, bigint] {
  if (random.chance(0.95)) return [BigInt(random.below(100)), BigInt(random.below(130))]
  return [memoryOffset(random), memorySize(random)]
}

/** Before Tangerine Whistle a call may not ask for more gas than there is. */
function pushGas(coder: Coder): void {
  const { code, random, pool } = coder
  const isOld = !isAtLeast(pool.fork, 'tangerineWhistle')
  choose(random, [
    [isOld ? 1 : 14, () => code.op('GAS')],
    [4, () => code.push(random.pick([0, 1, 700, 2300, 2301, 5000]))],
    [isOld ? 12 : 6, () => code.push(random.pick([10_000, 30_000, 60_000]))],
    [4, () => code.push(1 + random.below(4)).op('GAS', 'DIV')],
    [isOld ? 0.5 : 2, () => code.push(edgeWord(random))],
  ] as Weighted<() => void>)()
}

function pushValue(coder: Coder): void {
  const { code, random } = coder
  choose(random, [
    [12, () => code.push(0)],
    [4, () => code.push(1 + random.below(3))],
    [2, () => code.op('CALLVALUE')],
    [1, () => code.op('ADDRESS', 'BALANCE')],
    [1, () => code.push(1).op('ADDRESS', 'BALANCE', 'ADD')],
    [0.5, () => value(coder, 2)],
  ] as Weighted<() => void>)()
}

/** Pushes what a call takes, and calls; leaves whether it succeeded. */
function writeCall(coder: Coder, pushTarget: () => void, ranges: CallRanges): void {
  const { code, random } = coder
  const name = random.pick(CALLS)
  const opcode = isAvailable(coder, name) ? name : 'CALL'
  for (const [offset, bytes] of [ranges.output, ranges.input]) code.push(bytes).push(offset)
  if (opcode === 'CALL' || opcode === 'CALLCODE') pushValue(coder)
  pushTarget()
  pushGas(coder)
  code.op(opcode)
}

/** What becomes of the word on the stack that says how a call went. */
function useResult(coder: Coder): void {
  const { code, random } = coder
  const dice = random.below(20)
  if (dice < 9) code.op('POP')
  else if (dice < 17) code.push(hotKey(random)).op('SSTORE')
  else {
    const end = code.createLabel()
    code.pushLabel(end).op('JUMPI')
    const { height } = code
    if (random.chance(0.5)) forwardFailure(coder)
    else coder.grammar.ending(coder)
    code.height = height
    code.place(end)
  }
  if (random.chance(0.3)) useReturnData(coder)
}

/** Reverts with what the callee said. */
function forwardFailure({ code, pool }: Coder): void {
  if (!isAtLeast(pool.fork, 'byzantium')) {
    code.op('INVALID')
    return
  }
  code.op('RETURNDATASIZE').push(0).push(0).op('RETURNDATACOPY')
  code.op('RETURNDATASIZE').push(0).op('REVERT')
}

function useReturnData(coder: Coder): void {
  const { code, random, pool } = coder
  if (!isAtLeast(pool.fork, 'byzantium')) return
  const dice = random.below(10)
  if (dice < 4) code.op('RETURNDATASIZE').push(hotKey(random)).op('SSTORE')
  else if (dice < 8) code.op('RETURNDATASIZE').push(0).push(random.below(64)).op('RETURNDATACOPY')
  else code.push(random.below(40)).push(random.below(8)).push(0).op('RETURNDATACOPY')
}

export function callStatement(coder: Coder): void {
  const { code, random, pool, self } = coder
  const ranges = { input: smallRange(coder), output: smallRange(coder) }
  const dice = random.below(20)
  if (dice < 3 && pool.tokens.length > 0) callToken(coder)
  else if (dice < 5) writeCall(coder, () => computedAddress(coder), ranges)
  else if (dice < 7) writeCall(coder, () => code.op('ADDRESS'), ranges)
  else if (dice < 14) writeCall(coder, () => pushContract(coder), ranges)
  else if (dice < 15 && self !== undefined) {
    writeCall(coder, () => code.pushBytes(self), ranges)
  } else writeCall(coder, () => pushAddress(coder), ranges)
  useResult(coder)
}

function pushContract({ code, random, pool }: Coder): void {
  code.pushBytes(pool.pickContract(random))
}

function callToken(coder: Coder): void {
  const { code, random, pool } = coder
  const input = tokenCall(random, pool)
  writeData(coder, input)
  const ranges: CallRanges = {
    input: [0n, BigInt(input.length)],
    output: [0n, BigInt(random.below(2) * 32)],
  }
  writeCall(coder, () => code.pushBytes(random.pick(pool.tokens)), ranges)
}

/** Copies bytes that lie behind the code to the start of memory. */
function writeData({ code }: Coder, bytes: Uint8Array): void {
  code.push(bytes.length).pushDataOffset(bytes).push(0).op('CODECOPY')
}

export function precompileStatement(coder: Coder): void {
  const { code, random } = coder
  const { number, bytes } = precompileInput(random)
  writeData(coder, bytes)
  const ranges: CallRanges = {
    input: [0n, BigInt(bytes.length)],
    output: [BigInt(random.below(64)), BigInt(random.below(130))],
  }
  const target = precompileAddress(number)
  writeCall(coder, () => code.push(BigInt(number), random.below(18)), ranges)
  if (random.chance(0.1)) code.pushBytes(target).op('BALANCE', 'ADD')
  if (random.chance(0.6)) code.push(ranges.output[0]).op('MLOAD', 'ADD')
  useResult(coder)
}

export function createStatement(coder: Coder): void {
  const { code, random, self } = coder
  const initcode = initcodeFor(coder)
  const opcode = firstAvailable(coder, random.chance(0.5) ? 'CREATE2' : 'CREATE', 'CREATE')
  const salt = BigInt(random.below(3))
  writeData(coder, initcode)
  if (opcode === 'CREATE2') code.push(salt)
  // Mostly the whole of it; zeros behind it are code that stops.
  code.push(random.chance(0.9) ? initcode.length : random.below(2 * initcode.length + 1))
  code.push(random.chance(0.95) ? 0n : memoryOffset(random))
  pushValue(coder)
  code.op(opcode)
  if (self !== undefined) {
    const { created } = coder.pool
    created.push(
      opcode === 'CREATE2'
        ? create2Address(self, salt, initcode)
        : createAddress(self, BigInt(1 + random.below(2))),
    )
  }
  if (random.chance(0.6)) callCreated(coder)
  useResult(coder)
}

/** Calls the contract whose address is on the stack, and leaves the address there. */
function callCreated(coder: Coder): void {
  const { code, random } = coder
  const ranges = { input: smallRange(coder), output: smallRange(coder) }
  const { height } = code
  writeCall(coder, () => code.op(`DUP${code.height - height + 1}`), ranges)
  code.op('POP')
  if (random.chance(0.2)) code.op('DUP1', 'EXTCODESIZE').push(hotKey(random)).op('SSTORE')
}

function initcodeFor(coder: Coder): Uint8Array {
  const budget = Math.min(coder.budget, 1 + coder.random.below(4))
  coder.budget -= budget
  return writeInitcode(
    { ...coder, self: undefined, creationDepth: coder.creationDepth + 1 },
    budget,
  )
}

/** Init code that does something and deploys something, or fails to. */
export function writeInitcode(coder: Omit<Coder, 'code'>, budget: number): Uint8Array {
  const { random } = coder
  const code = new CodeBuilder()
  const inner: Coder = { ...coder, code, budget }
  if (coder.creationDepth > CREATION_DEPTH_MAX) return code.push(0).push(0).op('RETURN').finish()
  inner.grammar.statements(inner, budget)
  const dice = random.below(100)
  if (dice < 12) {
    inner.grammar.ending(inner)
    return code.finish()
  }
  // Around the greatest size of code (EIP-170).
  if (dice < 14)
    return code
      .push(24_575 + random.below(4))
      .push(0)
      .op('RETURN')
      .finish()
  const runtime = runtimeFor(coder)
  writeData(inner, runtime)
  code.push(runtime.length).push(0).op('RETURN')
  return code.finish()
}

/** A small contract, or what may not be deployed everywhere. */
function runtimeFor(coder: Omit<Coder, 'code'>): Uint8Array {
  const { random } = coder
  const dice = random.below(40)
  if (dice === 0) return Uint8Array.of(0xef, random.below(256))
  if (dice === 1) return concatBytes(Uint8Array.of(0xef, 1, 0), coder.pool.pick(random))
  const code = new CodeBuilder()
  const budget = 1 + random.below(3)
  const inner: Coder = { ...coder, code, budget, creationDepth: coder.creationDepth + 1 }
  inner.grammar.statements(inner, budget)
  if (random.chance(0.25)) {
    computedAddress(inner)
    code.op('SELFDESTRUCT')
  } else {
    inner.grammar.ending(inner)
  }
  return code.finish()
}
