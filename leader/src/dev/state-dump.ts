/**
 * All accounts of a chain in one piece, as anvil's `anvil_dumpState` has them: JSON under gzip. Blocks and
 * transactions, which anvil may have in it too, are neither written nor taken.
 */

import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { ChangeRefusedError } from '@shredcast/protocol/rpc/dev-backend'
import type { GenesisAccount } from '@shredcast/shared/chain/genesis-account'
import type { JsonObject } from '@shredcast/shared/chain/json-fields'
import { InvalidJsonFieldError, jsonObject, parseBytes } from '@shredcast/shared/chain/json-fields'
import type { StateChange } from '@shredcast/shared/chain/state-change'
import { bigIntToBytes, bytesToHex, compareBytes } from '@shredcast/shared/primitives/bytes'

const JSON_BYTES_MAX = 64 * 2 ** 20
const SLOTS_MAX = 500_000

/** @throws ChangeRefusedError when the state is too large for one answer */
export async function encodeDump(
  accounts: Iterable<GenesisAccount>,
  blockNumber: bigint,
): Promise<Uint8Array<ArrayBuffer>> {
  const shown: Record<string, unknown> = {}
  let size = 0
  for (const { address, balance, nonce, code, storage } of accounts) {
    size += 1 + storage.length
    if (size > SLOTS_MAX) {
      throw new ChangeRefusedError(`the state has more than ${SLOTS_MAX} accounts and slots`)
    }
    shown[bytesToHex(address)] = {
      nonce: Number(nonce),
      balance: `0x${balance.toString(16)}`,
      code: bytesToHex(code),
      storage: Object.fromEntries(
        storage.map(({ key, value }) => [bytesToHex(key), bytesToHex(value)]),
      ),
    }
  }
  const state = {
    block: null,
    accounts: shown,
    best_block_number: Number(blockNumber),
    blocks: [],
    transactions: [],
  }
  return new Uint8Array(await promisify(gzip)(JSON.stringify(state)))
}

/** @throws ChangeRefusedError when it is no dump, or too large */
export async function decodeDump(dump: Uint8Array): Promise<StateChange[]> {
  try {
    const json = await promisify(gunzip)(dump, { maxOutputLength: JSON_BYTES_MAX })
    const state = jsonObject(JSON.parse(json.toString()), 'dump')
    const accounts = Object.entries(jsonObject(state.accounts, 'accounts'))
    return accounts.map(([address, account]) => changeOf(address, jsonObject(account, address)))
  } catch (cause) {
    const isField = cause instanceof InvalidJsonFieldError
    const details = isField ? cause.shortMessage : cause instanceof Error ? cause.message : ''
    throw new ChangeRefusedError(`not a dump of a state: ${details}`, { cause })
  }
}

/** What the account is from now on; slots that are not named stay, if it has code. */
function changeOf(addressHex: string, account: JsonObject): StateChange {
  const address = parseBytes(addressHex, 'address', 20)
  const code = parseBytes(account.code, 'code')
  const slots = Object.entries(jsonObject(account.storage ?? {}, 'storage'))
    .map(([key, value]) => ({ key: word(key), value: word(value) }))
    .sort((a, b) => compareBytes(a.key, b.key))
  const isPlain = code.length === 0 && slots.length === 0
  return {
    address,
    balance: number(account.balance, 256),
    nonce: number(account.nonce, 64),
    code: isPlain ? null : code,
    slots,
  }
}

function word(value: unknown): Uint8Array {
  return bigIntToBytes(number(value, 256), 32)
}

/** A number, or a string of hex. */
function number(value: unknown, bits: number): bigint {
  const isNumber = typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
  const isHex = typeof value === 'string' && /^0x[0-9a-f]{1,64}$/i.test(value)
  const parsed = isNumber || isHex ? BigInt(value as string) : undefined
  if (parsed !== undefined && parsed < 1n << BigInt(bits)) return parsed
  throw new InvalidJsonFieldError(`expected an unsigned integer of ${bits} bits`)
}
