import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import { describe, expect, it } from 'vitest'
import { bigIntToBytes, concatBytes } from '../../primitives/bytes.ts'
import { PrecompileOracle } from '../reference/evm/precompile-oracle.ts'
import { createHostPrecompiles } from './host-precompiles.ts'
import { LibraryNeededError } from './library.ts'

const INPUT = 64
const OUTPUT = 8192
const OUTPUT_BYTES = 512
const BN254_NUMBERS = [0x06, 0x07, 0x08]
const BLS_NUMBERS = [0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11]
const NATIVE_NUMBERS = [0x01, 0x100]
const NUMBERS = [...NATIVE_NUMBERS, ...BN254_NUMBERS, ...BLS_NUMBERS]

const oracle = new PrecompileOracle('osaka')

function createHost() {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  const bytes = new Uint8Array(memory.buffer)
  const call = createHostPrecompiles(memory)
  /** The output, or undefined after a failure; checks that nothing else was written. */
  const run = (number: number, input: Uint8Array): Uint8Array | undefined => {
    bytes.fill(0xee)
    bytes.set(input, INPUT)
    const length = call(number, INPUT, input.length, OUTPUT)
    expect(bytes.slice(INPUT, INPUT + input.length)).toEqual(input)
    const behind = bytes.subarray(OUTPUT + Math.max(length, 0), OUTPUT + OUTPUT_BYTES)
    expect(behind.every((byte) => byte === 0xee)).toBe(true)
    return length < 0 ? undefined : bytes.slice(OUTPUT, OUTPUT + length)
  }
  return { call, run }
}

/** As a worker does it: loads what is missing, then calls again. */
async function runLoaded(run: () => Uint8Array | undefined): Promise<Uint8Array | undefined> {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof LibraryNeededError)) throw error
    await error.load()
    return run()
  }
}

describe('createHostPrecompiles', () => {
  it('asks for a library at its first use, once', async () => {
    const { call } = createHost()
    for (const numbers of [BN254_NUMBERS, BLS_NUMBERS]) {
      for (const number of numbers) {
        try {
          call(number, INPUT, 0, OUTPUT)
        } catch (error) {
          expect(error).toBeInstanceOf(LibraryNeededError)
          await (error as LibraryNeededError).load()
        }
        expect(() => call(number, INPUT, 0, OUTPUT)).not.toThrow()
      }
    }
    for (const number of NATIVE_NUMBERS) expect(call(number, INPUT, 0, OUTPUT)).toBe(0)
  })

  it('loads again after a loading that nobody awaited', async () => {
    const { call } = createHost()
    const attempt = () => call(0x06, INPUT, 0, OUTPUT)
    expect(attempt).toThrow(LibraryNeededError)
    expect(attempt).toThrow(LibraryNeededError)
    expect(await runLoaded(() => (attempt() < 0 ? undefined : new Uint8Array(64)))).toBeDefined()
    expect(attempt()).toBe(64)
  })

  it('has nothing at other numbers', () => {
    const { call } = createHost()
    for (const number of [0, 2, 3, 4, 5, 9, 0x12, 0xff, 0x101]) {
      expect(call(number, INPUT, 64, OUTPUT)).toBe(-1)
    }
  })

  it.each(NUMBERS)('%i answers as the oracle does, whatever the length', async (number) => {
    const { run } = createHost()
    for (const sample of [wholeInput(number), new Uint8Array(400)]) {
      for (const length of lengthsAround(sample.length)) {
        const input = new Uint8Array(length)
        input.set(sample.subarray(0, length))
        const expected = await oracle.run(number, input, 2n ** 60n)
        const actual = await runLoaded(() => run(number, input))
        // The core makes an address of the key.
        if (number === 0x01) expect(actual).toHaveLength(expected?.output?.length === 32 ? 64 : 0)
        else expect(actual).toEqual(expected?.output)
      }
    }
  })
})

function lengthsAround(length: number): number[] {
  const near = [length - 32, length - 1, length, length + 1, length + 32]
  return [0, 1, 31, 32, 33, 64, 96, 128, 160, 192, 256, 288, 384, ...near].filter((n) => n >= 0)
}

const word = (value: bigint) => bigIntToBytes(value, 32)

/** Good input. */
function wholeInput(number: number): Uint8Array {
  const g1 = bn254.G1.Point.BASE.multiply(3n).toAffine()
  const g2 = bn254.G2.Point.BASE.multiply(5n).toAffine()
  const point = concatBytes(word(g1.x), word(g1.y))
  const twist = concatBytes(...[g2.x.c1, g2.x.c0, g2.y.c1, g2.y.c0].map(word))
  switch (number) {
    case 0x01:
      return concatBytes(word(9n), word(27n), word(4n), word(6n))
    case 0x06:
      return concatBytes(point, point)
    case 0x07:
      return concatBytes(point, word(2n ** 200n))
    case 0x08:
      return concatBytes(point, twist, point, twist)
    case 0x0a:
      return new Uint8Array(192).fill(1)
    case 0x100:
      return new Uint8Array(160).fill(1)
    default:
      return wholeBlsInput(number)
  }
}

function wholeBlsInput(number: number): Uint8Array {
  const element = (value: bigint) => bigIntToBytes(value, 64)
  const g1 = bls12_381.G1.Point.BASE.multiply(3n).toAffine()
  const g2 = bls12_381.G2.Point.BASE.multiply(5n).toAffine()
  const point = concatBytes(element(g1.x), element(g1.y))
  const twist = concatBytes(...[g2.x.c0, g2.x.c1, g2.y.c0, g2.y.c1].map(element))
  switch (number) {
    case 0x0b:
      return concatBytes(point, point)
    case 0x0c:
      return concatBytes(point, word(7n), point, word(2n ** 255n))
    case 0x0d:
      return concatBytes(twist, twist)
    case 0x0e:
      return concatBytes(twist, word(7n))
    case 0x0f:
      return concatBytes(point, twist)
    case 0x10:
      return element(11n)
    default:
      return concatBytes(element(11n), element(12n))
  }
}
