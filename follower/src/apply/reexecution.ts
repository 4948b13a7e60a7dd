/**
 * What exactly is wrong with a block whose declared execution stopped. A step can stop it by reading
 * around an unfinished writer or by resting on an assumption that does not hold, and then it has no
 * result to compare. So the block's steps so far are executed once more, speculatively: that needs no
 * declarations, comes to the same results, and says of an invalid transaction why it is invalid.
 */

import type { BlockContext } from '@shredcast/shared/chain/block'
import type { CommittedStep } from '@shredcast/shared/engine/committed-step'
import type { Engine } from '@shredcast/shared/engine/engine'
import { EngineHaltedError } from '@shredcast/shared/engine/halt-error'

export interface StoppedBlock {
  readonly context: BlockContext
  /** Of the shreds so far. */
  readonly transactions: readonly Uint8Array[]
  readonly isSealed: boolean
}

/**
 * The steps of the block that stopped, which is abandoned, each as it commits. Ends early where the
 * speculative execution stops too.
 */
export async function* reexecute(
  engine: Engine,
  { context, transactions, isSealed }: StoppedBlock,
): AsyncGenerator<CommittedStep> {
  await engine.abandonBlock()
  await engine.openBlock(context)
  engine.append(transactions)
  if (isSealed) engine.appendClosing()
  engine.execute()
  const { stepCount } = engine
  for (let txIndex = 0; txIndex < stepCount; txIndex++) {
    try {
      await engine.committedAbove(txIndex)
    } catch (error) {
      if (error instanceof EngineHaltedError) return
      throw error
    }
    yield engine.step(txIndex)
  }
}
