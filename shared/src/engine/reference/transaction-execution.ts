/**
 * The execution of one transaction (Yellow Paper 6): charge the sender, run the call or creation,
 * settle gas, pay the beneficiary, delete what is to be deleted. A transfer to an account without
 * code never enters the EVM, and reads no balance.
 */

import { Address } from '@ethereumjs/util'
import type { Hardfork } from '../../chain/hardforks.ts'
import { isAtLeast } from '../../chain/hardforks.ts'
import type { Log } from '../../chain/receipt.ts'
import type { Transaction } from '../../chain/transaction.ts'
import { bytesToHex, hexToBytes } from '../../primitives/bytes.ts'
import type { MessageFailure } from '../call-failure.ts'
import { applyAuthorizations } from './delegation.ts'
import { messageFailureOf } from './evm/evm-failure.ts'
import type { Execution } from './execution.ts'
import type { ExecutionResult } from './execution-result.ts'
import { MessageEnd } from './execution-result.ts'
import type { AccountState } from './state/account-state.ts'
import type { JournaledState } from './state/journaled-state.ts'
import type { Checks, TransactionCharges } from './transaction-validity.ts'
import { checkTransaction } from './transaction-validity.ts'

interface Outcome {
  readonly status: 0 | 1
  /** Without the intrinsic gas, before refunds. */
  readonly gasUsed: bigint
  readonly gasRefund: bigint
  readonly logs: readonly Log[]
  readonly output: Uint8Array
  readonly failure?: MessageFailure
}

const TRANSFERRED: Outcome = {
  status: 1,
  gasUsed: 0n,
  gasRefund: 0n,
  logs: [],
  output: new Uint8Array(0),
}

/**
 * Executes `tx` on a state that nothing has changed yet.
 * @throws InvalidTransactionError, or what a read threw
 */
export async function runTransaction(
  tx: Transaction,
  senderAddress: Uint8Array,
  execution: Execution,
  checks: Checks,
): Promise<ExecutionResult> {
  const { state, block } = execution
  const sender = state.account(senderAddress)
  const charges = checkTransaction(tx, sender, block, checks)
  if (!state.deletesEmptyAccounts) sender.record()
  sender.nonce = tx.nonce + 1n
  sender.debit(tx.gasLimit * charges.gasPrice + charges.blobFee)
  if (isAtLeast(block.fork, 'berlin')) warmUp(tx, senderAddress, execution)
  const authorizationRefund = applyAuthorizations(tx.authorizationList, state, block.config.chainId)
  const recipient = plainRecipient(tx, execution)
  const outcome =
    recipient === undefined
      ? await runMessage(tx, senderAddress, charges, execution)
      : transfer(tx.value, sender, recipient, state)
  const refund = outcome.gasRefund + authorizationRefund
  const consumed = charges.intrinsicGas + outcome.gasUsed
  const gasUsed = settledGas(consumed, refund, charges, block.fork)
  sender.credit((tx.gasLimit - gasUsed) * charges.gasPrice)
  payBeneficiary(gasUsed * charges.tipPrice, execution)
  if (state.deletesEmptyAccounts) state.deleteTouchedEmptyAccounts()
  const maxGasUsed = settledGas(consumed, 0n, charges, block.fork)
  const message = new MessageEnd(outcome, maxGasUsed, () => state.accessed())
  return { status: outcome.status, gasUsed, logs: outcome.logs, writes: state.writes(), message }
}

/** EIP-2929, EIP-2930, EIP-3651. */
function warmUp(tx: Transaction, sender: Uint8Array, { state, block }: Execution): void {
  state.warmAddress(sender)
  if (tx.to !== undefined) state.warmAddress(tx.to)
  if (isAtLeast(block.fork, 'shanghai')) state.warmAddress(block.context.beneficiary)
  for (const { address, storageKeys } of tx.accessList) {
    state.warmAddress(address)
    for (const key of storageKeys) state.warmSlot(address, key)
  }
}

/**
 * The recipient if nothing runs there. When its balance has been read already, the EVM's check for
 * overflow applies, so that such a rare transfer is left to the EVM.
 */
function plainRecipient(tx: Transaction, { state, evm }: Execution): AccountState | undefined {
  if (tx.to === undefined || evm.precompileTable.at(tx.to) !== undefined) return undefined
  const recipient = state.account(tx.to)
  return recipient.hasCode || recipient.isBalanceKnown ? undefined : recipient
}

function transfer(
  value: bigint,
  sender: AccountState,
  recipient: AccountState,
  state: JournaledState,
): Outcome {
  state.touch(recipient)
  sender.debit(value)
  recipient.credit(value)
  return TRANSFERRED
}

async function runMessage(
  tx: Transaction,
  sender: Uint8Array,
  { gasPrice, intrinsicGas }: TransactionCharges,
  { evm, block, state }: Execution,
): Promise<Outcome> {
  const { execResult } = await evm.runCall({
    block: block.evmBlock,
    caller: new Address(sender),
    gasPrice,
    gasLimit: tx.gasLimit - intrinsicGas,
    ...(tx.to === undefined ? {} : { to: new Address(tx.to) }),
    value: tx.value,
    data: tx.data,
    blobVersionedHashes: tx.blobVersionedHashes.map(bytesToHex),
    skipNonceIncrement: true,
  })
  evm.tracer?.end(execResult.returnValue)
  for (const address of execResult.selfdestruct?.keys() ?? []) {
    // EIP-6780: from Cancun on only what this transaction created is deleted.
    const isDeleted =
      !isAtLeast(block.fork, 'cancun') || execResult.createdAddresses?.has(address) === true
    if (isDeleted) state.account(hexToBytes(address)).destroy()
  }
  return {
    status: execResult.exceptionError === undefined ? 1 : 0,
    gasUsed: execResult.executionGasUsed,
    gasRefund: execResult.gasRefund ?? 0n,
    logs: (execResult.logs ?? []).map(([address, topics, data]) => ({ address, topics, data })),
    output: execResult.returnValue,
    ...(execResult.exceptionError && { failure: messageFailureOf(execResult.exceptionError) }),
  }
}

/** Gas used in the end: refunds are capped (EIP-3529 from London on), the floor is EIP-7623's. */
function settledGas(
  used: bigint,
  refund: bigint,
  { floorGas }: TransactionCharges,
  fork: Hardfork,
): bigint {
  const cap = used / (isAtLeast(fork, 'london') ? 5n : 2n)
  const settled = used - (refund < cap ? refund : cap)
  return settled < floorGas ? floorGas : settled
}

function payBeneficiary(fee: bigint, { state, block }: Execution): void {
  const beneficiary = state.account(block.context.beneficiary)
  state.touch(beneficiary)
  beneficiary.credit(fee)
}
