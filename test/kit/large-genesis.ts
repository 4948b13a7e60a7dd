/** A genesis file with more state than fits into a few chunks of a snapshot, and traffic on it. */

import { writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { bigIntToBytes, bytesToHex } from '@shredcast/shared/primitives/bytes'
import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { askRpc } from './ask-rpc.ts'
import { Signer } from './signer.ts'
import { ETHER } from './test-world.ts'

const CHAIN_ID = 4242n
const SENDER = new Signer(900)
const TRANSFERS_A_TIME = 20
const PAUSE_MS = 50

const FORKS = {
  ...{ homesteadBlock: 0, eip150Block: 0, eip155Block: 0, eip158Block: 0, byzantiumBlock: 0 },
  ...{ constantinopleBlock: 0, petersburgBlock: 0, istanbulBlock: 0, berlinBlock: 0 },
  ...{ londonBlock: 0, terminalTotalDifficulty: 0, shanghaiTime: 0 },
}

function addressOf(index: number): Uint8Array {
  return keccak256(bigIntToBytes(BigInt(index), 32)).slice(12)
}

/** In geth's format: so many accounts, one in a hundred with code, a slot, and its own code. */
export function writeLargeGenesis(path: string, accountCount: number): void {
  const alloc: Record<string, object> = {
    [bytesToHex(SENDER.address)]: { balance: String(1_000_000n * ETHER) },
  }
  for (let index = 0; index < accountCount; index++) {
    const key = bytesToHex(bigIntToBytes(BigInt(index % 7), 32))
    alloc[bytesToHex(addressOf(index))] = {
      balance: String(ETHER + BigInt(index)),
      ...(index % 100 === 0 && {
        code: bytesToHex(bigIntToBytes(BigInt(index + 1), 3)),
        storage: { [key]: bytesToHex(bigIntToBytes(BigInt(index + 1), 32)) },
      }),
    }
  }
  const json = {
    config: { chainId: Number(CHAIN_ID), ...FORKS },
    ...{ difficulty: '0x0', gasLimit: '0x3938700', alloc },
  }
  writeFileSync(path, JSON.stringify(json))
}

/** Pays accounts of the genesis, and new ones, until the signal fires; resolves with how often. */
export async function payOn(httpUrl: string, signal: AbortSignal): Promise<number> {
  const from = bytesToHex(SENDER.address)
  const { result } = await askRpc(httpUrl, 'eth_getTransactionCount', [from, 'pending'])
  let nonce = BigInt(result)
  let count = 0
  while (!signal.aborted) {
    const sent = Array.from({ length: TRANSFERS_A_TIME }, (_, i) => payment(nonce + BigInt(i)))
    nonce += BigInt(sent.length)
    count += sent.length
    for (const answer of await Promise.all(sent.map((bytes) => send(httpUrl, bytes)))) {
      if (answer !== undefined && !signal.aborted) throw new Error(answer)
    }
    await setTimeout(PAUSE_MS)
  }
  return count
}

function payment(nonce: bigint): Uint8Array {
  return SENDER.sign({
    ...{ type: 2, chainId: CHAIN_ID, nonce, value: 1n, to: addressOf(Number(nonce) * 13) },
    ...{ maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n },
  })
}

/** Resolves with the error's message, if there is one. */
async function send(httpUrl: string, bytes: Uint8Array): Promise<string | undefined> {
  const { error } = await askRpc(httpUrl, 'eth_sendRawTransaction', [bytesToHex(bytes)])
  return error?.message
}
