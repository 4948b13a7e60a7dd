/** The open block's rules, as transactions ask for them (layout/environment.ts). */

import { ENV_FLAGS, ENV_REVISION } from '../../src/layout/environment'
import { environment } from '../memory/thread'

/** True when the block's fork is `revision` (REVISION_*) or a later one. */
@inline
export function isAtLeast(revision: u32): bool {
  return load<u32>(environment() + ENV_REVISION) >= revision
}

/** Whether all bits of `flags` (ENV_FLAG_*) are set. */
@inline
export function hasFlags(flags: u32): bool {
  return (load<u32>(environment() + ENV_FLAGS) & flags) == flags
}
