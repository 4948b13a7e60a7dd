import { describe, expect, it } from 'vitest'
import { bytesToHex } from './bytes.ts'
import { EMPTY_CODE_HASH, EMPTY_LIST_HASH, EMPTY_TRIE_ROOT, keccak256 } from './keccak.ts'
import { encodeRlp } from './rlp.ts'

describe('keccak256', () => {
  it('is Ethereum’s, not the SHA-3 of the standard', () => {
    const selector = keccak256(new TextEncoder().encode('transfer(address,uint256)'))
    expect(bytesToHex(selector.subarray(0, 4))).toBe('0xa9059cbb')
  })

  it('gives the hashes of nothing', () => {
    expect(keccak256(new Uint8Array(0))).toEqual(EMPTY_CODE_HASH)
    expect(keccak256(encodeRlp(new Uint8Array(0)))).toEqual(EMPTY_TRIE_ROOT)
    expect(keccak256(encodeRlp([]))).toEqual(EMPTY_LIST_HASH)
  })
})
