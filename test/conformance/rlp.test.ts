/** RLPTests of ethereum/tests: what must encode to what, and what must be refused. */

import type { Hex } from '@shredcast/shared/primitives/bytes'
import { bigIntToMinimalBytes, bytesToHex, hexToBytes } from '@shredcast/shared/primitives/bytes'
import type { RlpItem } from '@shredcast/shared/primitives/rlp'
import { decodeRlp, encodeRlp, InvalidRlpError } from '@shredcast/shared/primitives/rlp'
import { expect, it } from 'vitest'
import { describeWithData } from '../kit/describe-with-data.ts'
import { readTestArchive } from '../kit/test-archive.ts'

type Input = string | number | readonly Input[]

interface RlpTest {
  readonly in: Input
  readonly out: string
}

const ARCHIVE = '../shared/fixtures/ethereum-tests/rlp-tests.tar.gz'

describeWithData('RLPTests', ARCHIVE, async (path) => {
  for (const { name, test } of await readTestArchive<RlpTest>(path)) {
    if (test.in === 'INVALID') {
      it(`${name} is refused`, () => {
        expect(() => decodeRlp(hexToBytes(prefixed(test.out)))).toThrow(InvalidRlpError)
      })
    } else if (test.in === 'VALID') {
      it(`${name} decodes`, () => {
        expect(bytesToHex(encodeRlp(decodeRlp(hexToBytes(test.out))))).toBe(test.out)
      })
    } else {
      it(`${name} encodes and decodes`, () => {
        const item = itemOf(test.in)
        expect(bytesToHex(encodeRlp(item))).toBe(test.out)
        expect(decodeRlp(hexToBytes(test.out))).toEqual(item)
      })
    }
  }
})

function prefixed(digits: string): Hex {
  return `0x${digits.replace(/^0x/, '')}`
}

/** Text is its bytes, numbers are minimal big-endian bytes, `#` opens a decimal number. */
function itemOf(input: Input): RlpItem {
  if (typeof input === 'number') return bigIntToMinimalBytes(BigInt(input))
  if (typeof input !== 'string') return input.map(itemOf)
  if (input.startsWith('#')) return bigIntToMinimalBytes(BigInt(input.slice(1)))
  return new TextEncoder().encode(input)
}
