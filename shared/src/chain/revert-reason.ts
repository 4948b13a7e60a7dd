/** What a contract says when it reverts with `Error(string)` or `Panic(uint256)` (Solidity's ABI). */

import { bytesToBigInt, bytesToHex } from '../primitives/bytes.ts'

const ERROR_SELECTOR = '0x08c379a0'
const PANIC_SELECTOR = '0x4e487b71'
const WORD = 32

/** go-ethereum's words (`accounts/abi`) for Solidity's codes. */
const PANICS: ReadonlyMap<bigint, string> = new Map([
  [0x00n, 'generic panic'],
  [0x01n, 'assert(false)'],
  [0x11n, 'arithmetic underflow or overflow'],
  [0x12n, 'division or modulo by zero'],
  [0x21n, 'enum overflow'],
  [0x22n, 'invalid encoded storage byte array accessed'],
  [0x31n, 'out-of-bounds array access; popping on an empty array'],
  [0x32n, 'out-of-bounds access of an array or bytesN'],
  [0x41n, 'out of memory'],
  [0x51n, 'uninitialized function'],
])

/** Undefined when the output is something else. */
export function revertReason(output: Uint8Array): string | undefined {
  const selector = bytesToHex(output.subarray(0, 4))
  const body = output.subarray(4)
  if (selector === PANIC_SELECTOR && body.length === WORD) {
    const code = bytesToBigInt(body)
    return PANICS.get(code) ?? `unknown panic code: 0x${code.toString(16)}`
  }
  if (selector !== ERROR_SELECTOR || body.length < 2 * WORD) return undefined
  const length = bytesToBigInt(body.subarray(WORD, 2 * WORD))
  const text = body.subarray(2 * WORD)
  const isSound = bytesToBigInt(body.subarray(0, WORD)) === BigInt(WORD) && length <= text.length
  return isSound ? new TextDecoder().decode(text.subarray(0, Number(length))) : undefined
}
