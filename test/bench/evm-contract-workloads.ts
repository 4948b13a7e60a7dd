/** Micro workloads that call real contracts of the demo's exchange over and over. */

import { bigIntToBytes, bytesToHex, concatBytes } from '@shredcast/shared/primitives/bytes'
import type { EvmWorkload } from './evm-workloads.ts'
import type { Exchange } from './exchange.ts'
import { setAllowance, setTokenBalance, swapData, transferData } from './exchange.ts'

const HELD = 10n ** 24n
const SOLD = 10n ** 15n
const HOLDER_COUNT = 256
const FIRST_HOLDER = 0x0123n << 104n
/** In `transfer`'s call data, behind the selector. */
const RECIPIENT_OFFSET = 4
const TRANSFER_BYTES = 68
const SWAP_BYTES = 260

/** Prepares the exchange for a contract at `caller` that makes the calls. */
export function contractWorkloads(exchange: Exchange, caller: Uint8Array): EvmWorkload[] {
  const { state, token0, token1, router } = exchange
  for (const token of [token0, token1]) {
    setTokenBalance(state, token, caller, HELD)
    setAllowance(state, token, { holder: caller, spender: router, amount: HELD })
  }
  for (let index = 0; index < HOLDER_COUNT; index++) {
    setTokenBalance(state, token0, bigIntToBytes(FIRST_HOLDER + BigInt(index), 20), 1n)
  }
  const swap = (tokenIn: Uint8Array, tokenOut: Uint8Array) =>
    swapData({ tokenIn, tokenOut, recipient: caller, amountIn: SOLD })
  const call = (to: Uint8Array, input: number, inputBytes: number) =>
    `0 0 ${inputBytes} ${input} 0 ${bytesToHex(to)} GAS CALL ISZERO @fail JUMPI`
  return [
    {
      group: 'contracts',
      name: `ERC-20 transfers to ${HOLDER_COUNT} holders`,
      stack: '0',
      body: `1 ADD DUP1 ${HOLDER_COUNT - 1} AND ${FIRST_HOLDER} ADD ${RECIPIENT_OFFSET} MSTORE
        ${call(token0, 0, TRANSFER_BYTES)}`,
      reserve: 100_000,
      data: transferData(caller, 1n),
    },
    {
      group: 'contracts',
      name: 'Uniswap V3 swaps, both ways in turn',
      body: `${call(router, 0, SWAP_BYTES)} ${call(router, SWAP_BYTES, SWAP_BYTES)}`,
      reserve: 600_000,
      data: concatBytes(swap(token0, token1), swap(token1, token0)),
    },
  ]
}
