/**
 * EVM code from text, so that a test's contracts can be read. Words are divided by white space: a
 * mnemonic, a decimal or hexadecimal number to push, `:name` for a jump destination, `@name` for its
 * offset. Zero is pushed as a byte: PUSH0 is no opcode before Shanghai.
 */

import { OPCODES } from '@shredcast/shared/chain/opcodes'
import { OP_JUMPDEST, OP_PUSH1, OP_PUSH2 } from '@shredcast/shared/layout/opcodes'
import { bigIntToMinimalBytes, concatBytes, hexToBytes } from '@shredcast/shared/primitives/bytes'

const CODE_OF: ReadonlyMap<string, number> = new Map(
  OPCODES.map(({ mnemonic, code }) => [mnemonic, code]),
)
const OFFSET_PUSH_BYTES = 3

/** @throws RangeError at a word that is neither a number nor a known mnemonic or label */
export function assemble(source: string): Uint8Array {
  const words = source.trim().split(/\s+/)
  const labels = new Map<string, number>()
  let offset = 0
  for (const word of words) {
    if (word.startsWith(':')) labels.set(word.slice(1), offset)
    offset += word.startsWith('@') ? OFFSET_PUSH_BYTES : assembleWord(word, labels).length
  }
  return concatBytes(...words.map((word) => assembleWord(word, labels)))
}

/** Code that, run as a creation, executes `first` and deploys `runtime`. */
export function initCode(runtime: Uint8Array, first = ''): Uint8Array {
  const prefix = (offset: number) => {
    return assemble(`${first} ${runtime.length} 0x${hexWord(offset)} 0 CODECOPY
      ${runtime.length} 0 RETURN`)
  }
  return concatBytes(prefix(prefix(0).length), runtime)
}

function assembleWord(word: string, labels: ReadonlyMap<string, number>): Uint8Array {
  if (word.startsWith(':')) return Uint8Array.of(OP_JUMPDEST)
  if (word.startsWith('@')) {
    const target = labels.get(word.slice(1))
    if (target === undefined) throw new RangeError(`no label ${word}`)
    return Uint8Array.of(OP_PUSH2, target >> 8, target & 0xff)
  }
  if (word.startsWith('0x')) return push(hexToBytes(word))
  if (/^\d/.test(word)) return push(bigIntToMinimalBytes(BigInt(word)))
  const opcode = CODE_OF.get(word)
  if (opcode === undefined) throw new RangeError(`no opcode ${word}`)
  return Uint8Array.of(opcode)
}

function push(bytes: Uint8Array): Uint8Array {
  const operand = bytes.length === 0 ? Uint8Array.of(0) : bytes
  return concatBytes(Uint8Array.of(OP_PUSH1 + operand.length - 1), operand)
}

/** Two bytes, so that the length of what pushes it does not depend on it. */
function hexWord(value: number): string {
  return value.toString(16).padStart(4, '0')
}
