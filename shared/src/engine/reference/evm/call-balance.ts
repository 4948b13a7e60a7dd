/**
 * Spares calls without value the read of the caller's balance. Before every call the interpreter
 * compares that balance with the value, also when the value is zero; each contract that calls another
 * would so depend on everyone who sent it ether earlier in the block.
 */

import { Account } from '@ethereumjs/util'
import type { Interpreter } from './interpreter-prototype.ts'
import { INTERPRETER_PROTOTYPE } from './interpreter-prototype.ts'

/** Can pay nothing, which is enough. */
const PENNILESS = new Account()

/** To be called once, before any EVM runs. */
export function spareBalanceReads(): void {
  const baseCall = INTERPRETER_PROTOTYPE._baseCall
  INTERPRETER_PROTOTYPE._baseCall = function (this: Interpreter, message) {
    if (message.value !== 0n) return baseCall.call(this, message)
    const { contract } = this._env
    this._env.contract = PENNILESS
    try {
      // The comparison is behind it when this returns: the call then awaits the inner frame.
      return baseCall.call(this, message)
    } finally {
      this._env.contract = contract
    }
  }
}
