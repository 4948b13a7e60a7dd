/**
 * EIP-7702: code `0xef0100 || address` makes an account run the code of another, and signed
 * authorizations in a transaction put it there.
 */

import { ENV_CHAIN_ID } from '../../src/layout/environment'
import {
  AUTH_ADDRESS,
  AUTH_AUTHORITY,
  AUTH_BYTES,
  AUTH_CHAIN_ID,
  AUTH_FLAGS,
  AUTH_IS_SIGNED,
  AUTH_NONCE,
  MESSAGE_AUTHORIZATION_COUNT,
  MESSAGE_AUTHORIZATIONS,
} from '../../src/layout/message'
import { delegateOf } from '../interpreter/delegation'
import {
  accountAt,
  codeOf,
  createCode,
  exists,
  hasCode,
  readNonce,
  setCode,
  setNonce,
  warmAccount,
} from '../journal/account'
import { hasStopped } from '../journal/state'
import { environment } from '../memory/thread'
import { wordEquals, wordIsZero } from '../u256/word'
import { spareWord } from './fees'
import { AUTHORIZATION_BASE_GAS, NEW_AUTHORITY_GAS } from './intrinsic-gas'

/** `0xef0100` as it is loaded. */
const DELEGATION_PREFIX: u32 = 0x0001ef
const PREFIX_BYTES: usize = 3
const ADDRESS_BYTES: usize = 20
const DELEGATION_BYTES: u32 = 23

/** Carries out the authorizations in order; an invalid one is passed over. Returns the refund. */
export function applyAuthorizations(message: usize): u64 {
  let authorization = <usize>load<u32>(message, MESSAGE_AUTHORIZATIONS)
  const count = <usize>load<u32>(message, MESSAGE_AUTHORIZATION_COUNT)
  const end = authorization + count * AUTH_BYTES
  let refund: u64 = 0
  for (; authorization < end && !hasStopped(); authorization += AUTH_BYTES) {
    refund += applyAuthorization(authorization)
  }
  return refund
}

function applyAuthorization(authorization: usize): u64 {
  const chainId = authorization + AUTH_CHAIN_ID
  if (!wordIsZero(chainId) && !wordEquals(chainId, environment() + ENV_CHAIN_ID)) return 0
  const nonce = load<u64>(authorization, AUTH_NONCE)
  // EIP-2681.
  if (nonce == u64.MAX_VALUE) return 0
  if ((load<u32>(authorization, AUTH_FLAGS) & AUTH_IS_SIGNED) == 0) return 0
  const authority = accountAt(authorization + AUTH_AUTHORITY)
  warmAccount(authority)
  if (hasCode(authority) && delegateOf(codeOf(authority)) == 0) return 0
  if (readNonce(authority) != nonce) return 0
  const refund = exists(authority) ? NEW_AUTHORITY_GAS - AUTHORIZATION_BASE_GAS : 0
  setCode(authority, delegationTo(authorization + AUTH_ADDRESS))
  setNonce(authority, nonce + 1)
  return refund
}

/** Code that delegates to `address`; for the zero address none, which takes a delegation back. */
function delegationTo(address: usize): usize {
  const code = spareWord()
  store<u32>(code, DELEGATION_PREFIX)
  memory.copy(code + PREFIX_BYTES, address, ADDRESS_BYTES)
  const isRevoked =
    (load<u64>(address) | load<u64>(address, 8) | <u64>load<u32>(address, 16)) == 0
  return createCode(code, isRevoked ? 0 : DELEGATION_BYTES)
}
