/** What a contract says when it reverts with `Error(string)` or `Panic(uint256)` (Solidity's ABI). */

import { bytesToBigInt, bytesToHex } from '@shredcast/shared/primitives/bytes'

const ERROR_SELECTOR = '0x08c379a0'
const PANIC_SELECTOR = '0x4e487b71'
const WORD = 32

/** Undefined when the output is something else. */
export function revertReason(output: Uint8Array): string | undefined {
  const selector = bytesToHex(output.subarray(0, 4))
  const body = output.subarray(4)
  if (selector === PANIC_SELECTOR && body.length === WORD) {
    return `panic code 0x${bytesToBigInt(body).toString(16)}`
  }
  if (selector !== ERROR_SELECTOR || body.length < 2 * WORD) return undefined
  const length = bytesToBigInt(body.subarray(WORD, 2 * WORD))
  const text = body.subarray(2 * WORD)
  const isSound = bytesToBigInt(body.subarray(0, WORD)) === BigInt(WORD) && length <= text.length
  return isSound ? new TextDecoder().decode(text.subarray(0, Number(length))) : undefined
}
