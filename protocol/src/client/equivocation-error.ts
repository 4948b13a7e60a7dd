/** A leader said two different things about one message, and signed both. */

import type { SignedMessage } from './signed-window.ts'
import { StreamError } from './stream-errors.ts'

export interface Equivocation {
  readonly seq: number
  /** Ed25519 key that signed both frames. */
  readonly leaderKey: Uint8Array
  /** What was said first, and what later; each frame names its hash of message `seq`. */
  readonly first: SignedMessage
  readonly second: SignedMessage
}

/** Final: nothing of this leader is to be believed. */
export class EquivocationError extends StreamError {
  override readonly name = 'Client.EquivocationError'
  readonly evidence: Equivocation

  constructor(evidence: Equivocation) {
    super(`the leader signed two different messages ${evidence.seq}`)
    this.evidence = evidence
  }
}
