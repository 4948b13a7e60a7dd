/** What accounts hold. */

import { jsonArray, parseBytes } from '@shredcast/shared/chain/json-fields'
import { bytesToHex } from '@shredcast/shared/primitives/bytes'
import { findState, isNewest, requireBlock } from '../find-block.ts'
import type { MethodTable, RpcContext } from '../method.ts'
import type { Params } from '../params.ts'
import { parseSlotKey } from '../params.ts'
import { quantity } from '../quantity.ts'
import { invalidParams, RpcError, SERVER_ERROR } from '../rpc-error.ts'

/** As geth: a proof of many slots holds the state for long. */
const PROVEN_SLOTS_MAX = 1024
/** As geth: of all accounts together. */
const READ_SLOTS_MAX = 1024

export const stateMethods: MethodTable = {
  eth_getBalance: {
    least: 1,
    most: 2,
    run: (params, { backend }) => {
      const address = params.address(0)
      return quantity(findState(backend.chain, params.block(1)).account(address)?.balance ?? 0n)
    },
  },
  eth_getTransactionCount: { least: 1, most: 2, run: transactionCount },
  eth_getCode: {
    least: 1,
    most: 2,
    run: (params, { backend }) => {
      const address = params.address(0)
      const state = findState(backend.chain, params.block(1))
      const account = state.account(address)
      return account === undefined ? '0x' : bytesToHex(state.code(account.codeHash))
    },
  },
  eth_getStorageAt: {
    least: 2,
    most: 3,
    run: (params, { backend }) => {
      const [address, key] = [params.address(0), params.slotKey(1)]
      return bytesToHex(findState(backend.chain, params.block(2)).slot(address, key))
    },
  },
  eth_getStorageValues: { least: 1, most: 2, run: storageValues },
  eth_getProof: { least: 2, most: 3, run: proof },
}

/** Values by account, in the order of the keys that are asked for. */
function storageValues(params: Params, { backend }: RpcContext) {
  const asked = Object.entries(params.object(0)).map(([account, keys]) => {
    return { account, keys: jsonArray(keys, 'storage keys') }
  })
  const count = asked.reduce((sum, { keys }) => sum + keys.length, 0)
  if (count === 0) throw invalidParams('no storage keys')
  if (count > READ_SLOTS_MAX) throw invalidParams(`${count} storage keys, limit ${READ_SLOTS_MAX}`)
  const state = findState(backend.chain, params.block(1))
  const values = asked.map(({ account, keys }) => {
    const address = parseBytes(account, 'account', 20)
    const slots = keys.map((key) => state.slot(address, parseSlotKey(key, 'storage key')))
    return [account, slots.map(bytesToHex)]
  })
  return Object.fromEntries(values)
}

/** With `pending`, the admitted transactions count too. */
function transactionCount(params: Params, { backend }: RpcContext) {
  const address = params.address(0)
  const selector = params.block(1)
  const nonce = findState(backend.chain, selector).account(address)?.nonce ?? 0n
  const isPending = 'tag' in selector && selector.tag === 'pending'
  const next = isPending ? (backend.pool?.nextNonce(address) ?? nonce) : nonce
  return quantity(next > nonce ? next : nonce)
}

/** A proof is good for nothing without a header that has its root: the newest sealed block's. */
async function proof(params: Params, { backend }: RpcContext) {
  const address = params.address(0)
  const given = params.list(1)
  const selector = params.block(2)
  if (given.length > PROVEN_SLOTS_MAX) {
    throw invalidParams(`${given.length} storage keys, limit ${PROVEN_SLOTS_MAX}`)
  }
  const keys = given.map((key) => parseSlotKey(key, 'storage key'))
  const { chain } = backend
  if (!isNewest(selector) && requireBlock(chain, selector).hash !== chain.head.hash) {
    throw new RpcError(SERVER_ERROR, 'proofs are given for the newest sealed block only')
  }
  const { balance, nonce, codeHash, storageRoot, accountProof, storageProof } = await chain.prove(
    address,
    keys,
  )
  return {
    address: bytesToHex(address),
    accountProof: accountProof.map(bytesToHex),
    balance: quantity(balance),
    codeHash: bytesToHex(codeHash),
    nonce: quantity(nonce),
    storageHash: bytesToHex(storageRoot),
    storageProof: storageProof.map((slot, index) => ({
      // As it was asked for: short keys come back short.
      key: given[index],
      value: quantity(BigInt(bytesToHex(slot.value))),
      proof: slot.proof.map(bytesToHex),
    })),
  }
}
