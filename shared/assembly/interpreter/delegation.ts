/** EIP-7702: code `0xef0100 || address` makes an account run the code of another. */

import { REVISION_PRAGUE } from '../../src/layout/environment'
import { CODE_DATA, CODE_LENGTH } from '../../src/layout/records'
import { revision } from './machine'

const DELEGATION_BYTES: u32 = 23
const PREFIX: u32 = 0x0001ef
const PREFIX_BYTES: usize = 3

/** Address (20 bytes) that a code record (0 for none) delegates to, or 0. */
export function delegateOf(code: usize): usize {
  if (revision() < REVISION_PRAGUE || code == 0) return 0
  if (load<u32>(code, CODE_LENGTH) != DELEGATION_BYTES) return 0
  if ((load<u32>(code, CODE_DATA) & 0xffffff) != PREFIX) return 0
  return code + CODE_DATA + PREFIX_BYTES
}
