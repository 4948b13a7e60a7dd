/**
 * Contracts that make transactions depend on each other in every way the engine knows. Arguments
 * are 32-byte words of call data. They keep to the opcodes of Frontier where they can, and name the
 * gas of their calls, because before EIP-150 a call could not ask for all there is.
 */

import { assemble, initCode } from './bytecode.ts'

const LOG_TOP = '0 MSTORE 32 0 LOG0'

/** Calls `recipient` with `value` and nothing else. */
const pay = (recipient: string, value: string) => `0 0 0 0 ${value} ${recipient} 30000 CALL POP`

/** Logs the slot at the first argument and puts the second there. */
const STORE_ARGUMENTS = `0 CALLDATALOAD SLOAD ${LOG_TOP} 32 CALLDATALOAD 0 CALLDATALOAD SSTORE`

/** Returns slot 0 when there is no call data; else asks the argument for its slot 0, adds one. */
const LINK = assemble(`
  CALLDATASIZE @follow JUMPI 0 SLOAD 0 MSTORE 32 0 RETURN
  :follow 32 0 0 0 0 0 CALLDATALOAD 30000 CALL POP 0 MLOAD 1 ADD 0 SSTORE`)

export const PHOENIX_RUNTIME = assemble(`
  CALLDATASIZE @store JUMPI CALLER SELFDESTRUCT
  :store ${STORE_ARGUMENTS}`)

/** Creation of a contract that stores like `store` and, without call data, destroys itself. */
export const PHOENIX_INIT = initCode(PHOENIX_RUNTIME, '42 7 SSTORE')

export const CONTRACT_CODE = {
  /** Counts its calls in slot 0 and logs the count. */
  counter: assemble(`0 SLOAD 1 ADD DUP1 0 SSTORE ${LOG_TOP}`),
  /** (key, value) */
  store: assemble(STORE_ARGUMENTS),
  /** Stores and logs the beneficiary's balance. */
  beneficiaryWatcher: assemble(`COINBASE BALANCE DUP1 0 SSTORE ${LOG_TOP}`),
  /** Passes what it is sent on to the beneficiary. */
  beneficiaryPayer: assemble(pay('COINBASE', 'CALLVALUE')),
  /** (recipient): passes on what it is sent. */
  payer: assemble(pay('0 CALLDATALOAD', 'CALLVALUE')),
  /** (recipient): gives away all it has. */
  spender: assemble(pay('0 CALLDATALOAD', 'ADDRESS BALANCE')),
  /** (account): logs its balance, and stores the size of its code under its address. */
  inspector: assemble(`
    0 CALLDATALOAD BALANCE ${LOG_TOP}
    0 CALLDATALOAD EXTCODESIZE 0 CALLDATALOAD SSTORE`),
  linkA: LINK,
  linkB: LINK,
  linkC: LINK,
  /** (heir) */
  suicide: assemble('0 CALLDATALOAD SELFDESTRUCT'),
  /** Call data is init code: CREATE2 with salt 0; stores the new address in slot 0. */
  phoenixFactory: assemble(`
    CALLDATASIZE 0 0 CALLDATACOPY 0 CALLDATASIZE 0 CALLVALUE CREATE2 0 SSTORE`),
  /** Call data is init code: CREATE; stores the new address in slot 0. */
  factory: assemble('CALLDATASIZE 0 0 CALLDATACOPY CALLDATASIZE 0 CALLVALUE CREATE 0 SSTORE'),
  /** Writes, and then reverts, or with call data burns all gas. */
  failer: assemble('1 0 SSTORE CALLDATASIZE @burn JUMPI 0 0 REVERT :burn INVALID'),
  /** Uses up its gas and touches nothing. */
  burner: assemble(':again @again JUMP'),
  /** (count): adds one to each of the slots 1 to `count`. */
  writer: assemble(`
    0 CALLDATALOAD
    :next DUP1 ISZERO @end JUMPI DUP1 SLOAD 1 ADD DUP2 SSTORE 1 SWAP1 SUB @next JUMP
    :end STOP`),
} as const satisfies Record<string, Uint8Array>

export type ContractName = keyof typeof CONTRACT_CODE
