/** Makes bytecode smaller while it still does what it is kept for. */

import {
  bigIntToMinimalBytes,
  bytesToBigInt,
  concatBytes,
} from '@shredcast/shared/primitives/bytes'
import { PUSH0, PUSH1 } from './generator/opcode-table.ts'
import { removeChunks } from './shrink-list.ts'

const PUSH2 = 0x61
const PUSH32 = 0x7f
const STOP = 0x00

interface Instruction {
  /** Where it stood in the code that it was read from. */
  readonly offset: number
  readonly bytes: Uint8Array
}

/** `isKept` says whether a candidate will do; gives back the last one that did. */
export async function shrinkCode(
  code: Uint8Array,
  isKept: (candidate: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  if (code.length === 0) return code
  for (const candidate of [new Uint8Array(0), Uint8Array.of(STOP)]) {
    if (code.length > candidate.length && (await isKept(candidate))) return candidate
  }
  const kept = await removeChunks(instructionsOf(code), (candidate) => isKept(encode(candidate)))
  return simplifyPushes(encode(kept), isKept)
}

function instructionsOf(code: Uint8Array): Instruction[] {
  const instructions: Instruction[] = []
  for (let offset = 0; offset < code.length; ) {
    const opcode = code[offset]!
    const operand = opcode >= PUSH1 && opcode <= PUSH32 ? opcode - PUSH1 + 1 : 0
    const bytes = code.slice(offset, offset + 1 + operand)
    instructions.push({ offset, bytes })
    offset += 1 + operand
  }
  return instructions
}

/** PUSH2 pushes labels and offsets of data: it follows what it points at. */
function encode(instructions: readonly Instruction[]): Uint8Array {
  const moved = new Map<number, number>()
  let length = 0
  for (const { offset, bytes } of instructions) {
    moved.set(offset, length)
    length += bytes.length
  }
  return concatBytes(
    ...instructions.map(({ bytes }) => {
      if (bytes[0] !== PUSH2 || bytes.length !== 3) return bytes
      const target = moved.get((bytes[1]! << 8) | bytes[2]!)
      return target === undefined ? bytes : Uint8Array.of(PUSH2, target >> 8, target & 0xff)
    }),
  )
}

async function simplifyPushes(
  code: Uint8Array,
  isKept: (candidate: Uint8Array) => Promise<boolean>,
): Promise<Uint8Array> {
  let current = instructionsOf(code)
  for (let index = 0; index < current.length; index++) {
    for (const bytes of simplerPushes(current[index]!.bytes)) {
      const candidate = current.with(index, { ...current[index]!, bytes })
      if (!(await isKept(encode(candidate)))) continue
      current = candidate
      break
    }
  }
  return encode(current)
}

/** From the simplest: a small number, then the same number in as few bytes as it needs. */
function simplerPushes(bytes: Uint8Array): Uint8Array[] {
  const opcode = bytes[0]!
  if (opcode === PUSH0) return [push(0n)]
  if (opcode < PUSH1 || opcode > PUSH32) return []
  const value = bytesToBigInt(bytes.subarray(1))
  const smaller = [0n, 1n, 32n, value / 2n, value - 1n].filter(
    (other) => other >= 0n && other < value,
  )
  const candidates = [...smaller.map(push), push(value)]
  return candidates.filter((candidate) => candidate.length < bytes.length || value > 32n)
}

function push(value: bigint): Uint8Array {
  const minimal = bigIntToMinimalBytes(value)
  const operand = minimal.length === 0 ? Uint8Array.of(0) : minimal
  return concatBytes(Uint8Array.of(PUSH1 + operand.length - 1), operand)
}
