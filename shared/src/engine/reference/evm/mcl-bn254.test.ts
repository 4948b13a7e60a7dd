import { bn254 } from '@noble/curves/bn254.js'
import { describe, expect, it } from 'vitest'
import { bigIntToBytes, concatBytes } from '../../../primitives/bytes.ts'
import { BlockHashes } from '../block-environment.ts'
import { createCommon } from './pinned-common.ts'
import { PrecompileOracle } from './precompile-oracle.ts'
import { ReferenceEvm } from './reference-evm.ts'

const { G1, G2 } = bn254
const GROUP_ORDER = G1.Point.Fn.ORDER

const words = (...values: bigint[]) =>
  concatBytes(...values.map((value) => bigIntToBytes(value, 32)))

function g1(scalar: bigint): Uint8Array {
  const { x, y } = G1.Point.BASE.multiply(scalar).toAffine()
  return words(x, y)
}

function g2(scalar: bigint): Uint8Array {
  const { x, y } = G2.Point.BASE.multiply(scalar).toAffine()
  return words(x.c1, x.c0, y.c1, y.c0)
}

const SUM = concatBytes(g1(2n), g1(3n))
const PAIRS = concatBytes(g1(2n), g2(3n), g1(GROUP_ORDER - 6n), g2(1n))

describe('the precompiles of BN254', () => {
  const common = createCommon(1n, 'cancun')
  const evm = new ReferenceEvm(common, new BlockHashes())
  const oracle = new PrecompileOracle('cancun')

  it.each([
    [6, SUM, [0, 1, 31, 32, 33, 63, 64, 65, 96, 127, 128]],
    [7, SUM, [0, 63, 64, 65, 80, 95, 96, 97, 128]],
    [8, PAIRS, [0, 1, 64, 191, 192, 193, 383, 384]],
  ] as const)('%i pads, cuts and charges as with the oracle', async (number, whole, lengths) => {
    for (const length of [...lengths, whole.length + 7]) {
      const input = new Uint8Array(length)
      input.set(whole.subarray(0, length))
      for (const gas of [100n, 1_000_000n]) {
        const run = evm.getPrecompile(`0x${number.toString(16).padStart(40, '0')}`)
        const result = await run?.({ data: input, gasLimit: gas, common, _EVM: evm })
        const output = result?.exceptionError === undefined ? result?.returnValue : undefined
        const expected = await oracle.run(number, input, gas)
        expect({ gasUsed: result?.executionGasUsed, output }).toEqual(expected)
      }
    }
  })
})
