import { describe, expect, it } from 'vitest'
import { OP_CALL, OP_DUP16, OP_INVALID, OP_PUSH32, OP_SLOAD } from '../layout/opcodes.ts'
import type { Hardfork } from './hardforks.ts'
import { HARDFORKS, isAtLeast } from './hardforks.ts'
import type { Opcode } from './opcodes.ts'
import { baseGas, OPCODES, opcodeTableOf } from './opcodes.ts'

const UNDEFINED_ENTRY = 0xffff0000n

function named(mnemonic: string): Opcode {
  const opcode = OPCODES.find((row) => row.mnemonic === mnemonic)
  if (opcode === undefined) throw new RangeError(mnemonic)
  return opcode
}

/** Gas u16, least height u16, how much higher, as layout/environment.ts says. */
function entry(gas: number, least: number, range: number): bigint {
  return BigInt(gas) | (BigInt(least) << 16n) | (BigInt(range) << 32n)
}

describe('OPCODES', () => {
  it('has each code and each mnemonic once, in order', () => {
    const codes = OPCODES.map(({ code }) => code)
    expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b))
    expect(new Set(OPCODES.map(({ mnemonic }) => mnemonic)).size).toBe(OPCODES.length)
  })

  it.each<[Hardfork, number]>([
    ['frontier', 130],
    ['homestead', 131],
    ['byzantium', 135],
    ['constantinople', 140],
    ['istanbul', 142],
    ['london', 143],
    ['shanghai', 144],
    ['cancun', 149],
    ['osaka', 150],
  ])('has in %s %i of them, INVALID among them', (fork, count) => {
    expect(OPCODES.filter(({ since }) => isAtLeast(fork, since)).length).toBe(count)
  })

  it('names and counts the families', () => {
    expect(named('PUSH32')).toMatchObject({ code: OP_PUSH32, inputs: 0, outputs: 1 })
    expect(named('DUP16')).toMatchObject({ code: OP_DUP16, inputs: 16, outputs: 17 })
    expect(named('SWAP16')).toMatchObject({ inputs: 17, outputs: 17 })
    expect(named('LOG3')).toMatchObject({ inputs: 5, outputs: 0 })
  })
})

describe('baseGas', () => {
  it.each<[string, readonly (readonly [Hardfork, number])[]]>([
    ['ADD', [['frontier', 3]]],
    ['LOG4', [['frontier', 1875]]],
    ['BLOBHASH', [['cancun', 3]]],
    // EIP-150, EIP-1884, EIP-2929.
    [
      'SLOAD',
      [
        ['homestead', 50],
        ['tangerineWhistle', 200],
        ['petersburg', 200],
        ['istanbul', 800],
        ['berlin', 100],
        ['osaka', 100],
      ],
    ],
    [
      'CALL',
      [
        ['frontier', 40],
        ['tangerineWhistle', 700],
        ['berlin', 100],
      ],
    ],
    [
      'EXTCODEHASH',
      [
        ['constantinople', 400],
        ['istanbul', 700],
        ['berlin', 100],
      ],
    ],
    [
      'SELFDESTRUCT',
      [
        ['homestead', 0],
        ['tangerineWhistle', 5000],
        ['berlin', 5000],
      ],
    ],
  ])('follows the forks: %s', (mnemonic, prices) => {
    for (const [fork, gas] of prices) expect(baseGas(named(mnemonic), fork)).toBe(gas)
  })
})

describe('opcodeTableOf', () => {
  it('tells gas and heights', () => {
    const table = opcodeTableOf('osaka')
    expect(table.length).toBe(256)
    expect(table[OP_SLOAD]).toBe(entry(100, 1, 1023))
    expect(table[OP_CALL]).toBe(entry(100, 7, 1017))
    expect(table[OP_PUSH32]).toBe(entry(3, 0, 1023))
    expect(table[OP_DUP16]).toBe(entry(3, 16, 1007))
  })

  it.each(HARDFORKS)('has no entry for what %s lacks', (fork) => {
    const table = opcodeTableOf(fork)
    for (let code = 0; code < 256; code++) {
      const opcode = OPCODES.find((row) => row.code === code && isAtLeast(fork, row.since))
      const isDefined = opcode !== undefined && code !== OP_INVALID
      expect(table[code] === UNDEFINED_ENTRY).toBe(!isDefined)
    }
  })
})
