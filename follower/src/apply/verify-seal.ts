/**
 * Checks a block's seal against what its execution came to: the header's fields, its hash, and the
 * requests beside it. The state root is for the chain to check, which has the state.
 */

import type { BlockSealed } from '@shredcast/protocol/wire/messages'
import type { BlockContext } from '@shredcast/shared/chain/block'
import type { ChainConfig } from '@shredcast/shared/chain/chain-config'
import { hardforkAt } from '@shredcast/shared/chain/chain-config'
import type { Hardfork } from '@shredcast/shared/chain/hardforks'
import { isAtLeast } from '@shredcast/shared/chain/hardforks'
import type { Header } from '@shredcast/shared/chain/header'
import { headerHash } from '@shredcast/shared/chain/header'
import type { Receipt } from '@shredcast/shared/chain/receipt'
import {
  depositRequest,
  InvalidDepositLogError,
} from '@shredcast/shared/engine/reference/deposit-requests'
import { equalBytes } from '@shredcast/shared/primitives/bytes'
import { EMPTY_LIST_HASH } from '@shredcast/shared/primitives/keccak'
import { summarizeBlock } from '@shredcast/shared/state/block-summary'
import type { Difference } from './difference.ts'
import { difference, shown } from './difference.ts'

/** A block all of whose steps were executed and agree with the stream. */
export interface ExecutedBlock {
  readonly context: BlockContext
  readonly transactions: readonly Uint8Array[]
  readonly receipts: readonly Receipt[]
  /** EIP-7685 requests that the closing calls returned, without the deposits. */
  readonly requests: readonly Uint8Array[]
}

/** The first point on which the seal is wrong. */
export function verifySeal(
  sealed: BlockSealed,
  block: ExecutedBlock,
  config: ChainConfig,
): Difference | undefined {
  const { number, timestamp } = block.context
  const fork = hardforkAt(config, number, timestamp)
  const requests = requestsOf(block, fork, config)
  if (requests === undefined) {
    return difference('requests', { kind: 'request', index: 0 }, 'valid deposit logs', 'others')
  }
  return (
    differentField(sealed.header, expectedFields(block, requests, fork)) ??
    differentHash(sealed) ??
    differentRequest(requests, sealed.requests)
  )
}

/** Undefined when the deposit contract logged what no deposit looks like, which makes no block. */
function requestsOf(
  { receipts, requests }: ExecutedBlock,
  fork: Hardfork,
  { depositContract }: ChainConfig,
): readonly Uint8Array[] | undefined {
  if (!isAtLeast(fork, 'prague') || depositContract === undefined) return requests
  try {
    const logs = receipts.flatMap((receipt) => receipt.logs)
    const deposits = depositRequest(logs, depositContract)
    return deposits === undefined ? requests : [deposits, ...requests]
  } catch (error) {
    if (error instanceof InvalidDepositLogError) return undefined
    throw error
  }
}

/** A field that is there and undefined must be absent; one that is not there is not checked. */
type ExpectedFields = { readonly [K in keyof Header]?: Header[K] | undefined }

/** All but the state root and the extra data, in the order they are compared. */
function expectedFields(
  block: ExecutedBlock,
  requests: readonly Uint8Array[],
  fork: Hardfork,
): ExpectedFields {
  const { context } = block
  const withdrawals = context.withdrawals ?? []
  const summary = summarizeBlock({ ...block, fork, requests, withdrawals })
  return {
    number: context.number,
    parentHash: context.parentHash,
    timestamp: context.timestamp,
    beneficiary: context.beneficiary,
    gasLimit: context.gasLimit,
    difficulty: context.difficulty,
    mixHash: context.prevRandao,
    baseFeePerGas: context.baseFeePerGas,
    excessBlobGas: context.excessBlobGas,
    parentBeaconBlockRoot: context.parentBeaconBlockRoot,
    ...(isAtLeast(fork, 'paris') && { ommersHash: EMPTY_LIST_HASH, nonce: new Uint8Array(8) }),
    withdrawalsRoot: undefined,
    blobGasUsed: undefined,
    requestsHash: undefined,
    ...summary,
  }
}

function differentField(header: Header, expected: ExpectedFields): Difference | undefined {
  for (const [field, value] of Object.entries(expected)) {
    const got = header[field as keyof Header]
    if (shown(value) !== shown(got)) {
      return difference('header', { kind: 'header', field }, value, got)
    }
  }
  return undefined
}

function differentHash({ header, hash }: BlockSealed): Difference | undefined {
  const expected = headerHash(header)
  if (equalBytes(expected, hash)) return undefined
  return difference('header', { kind: 'header', field: 'hash' }, expected, hash)
}

function differentRequest(
  own: readonly Uint8Array[],
  sent: readonly Uint8Array[],
): Difference | undefined {
  for (let index = 0; index < Math.max(own.length, sent.length); index++) {
    const [expected, got] = [shown(own[index]), shown(sent[index])]
    if (expected !== got) return difference('requests', { kind: 'request', index }, expected, got)
  }
  return undefined
}
