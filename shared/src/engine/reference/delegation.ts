/**
 * EIP-7702: code `0xef0100 || address` makes an account run the code of another, and signed
 * authorizations in a transaction put it there.
 */

import type { Authorization } from '../../chain/authorization.ts'
import { concatBytes } from '../../primitives/bytes.ts'
import { recoverAuthority } from '../authority.ts'
import { AUTHORIZATION_BASE_GAS, NEW_AUTHORITY_GAS } from './intrinsic-gas.ts'
import { MAX_NONCE } from './limits.ts'
import type { JournaledState } from './state/journaled-state.ts'

const DELEGATION_PREFIX = Uint8Array.of(0xef, 0x01, 0x00)
const DELEGATION_BYTES = 23
const NO_CODE = new Uint8Array(0)

export function isDelegation(code: Uint8Array): boolean {
  return (
    code.length === DELEGATION_BYTES &&
    DELEGATION_PREFIX.every((byte, index) => code[index] === byte)
  )
}

/** Whose code runs where `code` stands, if that is a delegation. */
export function delegateOf(code: Uint8Array): Uint8Array | undefined {
  return isDelegation(code) ? code.subarray(DELEGATION_PREFIX.length) : undefined
}

/**
 * Carries out the authorizations in order; an invalid one is passed over.
 * @returns the gas to refund
 */
export function applyAuthorizations(
  list: readonly Authorization[],
  state: JournaledState,
  chainId: bigint,
): bigint {
  let refund = 0n
  for (const authorization of list) refund += applyAuthorization(authorization, state, chainId)
  return refund
}

function applyAuthorization(
  authorization: Authorization,
  state: JournaledState,
  chainId: bigint,
): bigint {
  const { address, nonce } = authorization
  if (authorization.chainId !== 0n && authorization.chainId !== chainId) return 0n
  if (nonce >= MAX_NONCE) return 0n
  const authority = recoverAuthority(authorization)
  if (authority === undefined) return 0n
  state.warmAddress(authority)
  const account = state.account(authority)
  if (account.hasCode && !isDelegation(account.code?.bytes ?? NO_CODE)) return 0n
  if (account.nonce !== nonce) return 0n
  const refund = account.exists ? NEW_AUTHORITY_GAS - AUTHORIZATION_BASE_GAS : 0n
  const isRevoked = address.every((byte) => byte === 0)
  account.setCode(isRevoked ? NO_CODE : concatBytes(DELEGATION_PREFIX, address))
  account.nonce = nonce + 1n
  return refund
}
