/**
 * How an instruction that asked the state ends: an execution that met an ESTIMATE goes no further.
 */

import { END_STOPPED } from '../../src/layout/frame'
import { hasStopped } from '../journal/state'

/** The gas left, or END_STOPPED. */
@inline
export function ended(gas: i64): i64 {
  return hasStopped() ? END_STOPPED : gas
}
