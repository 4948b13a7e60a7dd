/**
 * Whole blocks as they go over the wire and stand in chain files (Yellow Paper 4.3.3, EIP-2718,
 * EIP-4895): a list of header, transactions, ommers and, from Shanghai on, withdrawals.
 */

import { BaseError } from '../primitives/base-error.ts'
import { keccak256 } from '../primitives/keccak.ts'
import type { RlpItem } from '../primitives/rlp.ts'
import { decodeRlp, encodeRlp } from '../primitives/rlp.ts'
import type { Withdrawal } from './block.ts'
import { withdrawalField } from './block.ts'
import type { Header } from './header.ts'
import { headerFromItem, headerToItem, MalformedHeaderError } from './header.ts'
import type { FieldCodec } from './rlp-fields.ts'
import { decodeNamed, InvalidFieldError, isDecodingError, listField, listOf } from './rlp-fields.ts'

export interface Block {
  readonly header: Header
  /** Signed bytes, in order. */
  readonly transactions: readonly Uint8Array[]
  readonly ommers: readonly Header[]
  /** From Shanghai on. */
  readonly withdrawals?: readonly Withdrawal[]
}

export class MalformedBlockError extends BaseError {
  override readonly name = 'Chain.MalformedBlockError'
}

/** A typed transaction starts with its type, which is below this. */
const FIRST_OF_LIST = 0xc0

/** A legacy transaction stands in a block as the list it is, any other as bytes. */
const transactionField: FieldCodec<Uint8Array> = {
  decode(item) {
    if (!(item instanceof Uint8Array)) return encodeRlp(item)
    const first = item[0]
    if (first === undefined) throw new InvalidFieldError('no bytes')
    if (first >= FIRST_OF_LIST) throw new InvalidFieldError('a list inside bytes')
    return item
  },
  encode: (bytes) => (bytes[0]! < FIRST_OF_LIST ? bytes : decodeRlp(bytes)),
}

const transactionsField = listField(transactionField)
const ommersField = listField<Header>({ decode: headerFromItem, encode: headerToItem })
const withdrawalsField = listField(withdrawalField)

/**
 * What the transactions' bytes hold is not looked at.
 * @throws MalformedBlockError unless the bytes are a block's canonical encoding
 */
export function decodeBlock(bytes: Uint8Array): Block {
  try {
    return blockFromItem(decodeRlp(bytes))
  } catch (error) {
    if (!isDecodingError(error) && !(error instanceof MalformedHeaderError)) throw error
    throw new MalformedBlockError(`malformed block: ${error.shortMessage}`, { cause: error })
  }
}

function blockFromItem(item: RlpItem): Block {
  const [header, transactions, ommers, withdrawals, ...more] = listOf(item)
  if (header === undefined || transactions === undefined || ommers === undefined) {
    throw new InvalidFieldError('a block has a header, transactions and ommers')
  }
  if (more.length > 0) throw new InvalidFieldError(`${more.length} items behind the withdrawals`)
  return {
    header: decodeNamed('header', () => headerFromItem(header)),
    transactions: decodeNamed('transactions', () => transactionsField.decode(transactions)),
    ommers: decodeNamed('ommers', () => ommersField.decode(ommers)),
    ...(withdrawals !== undefined && {
      withdrawals: decodeNamed('withdrawals', () => withdrawalsField.decode(withdrawals)),
    }),
  }
}

/** What a header says of the ommers of its block. */
export function ommersHashOf(ommers: readonly Header[]): Uint8Array {
  return keccak256(encodeRlp(ommersField.encode(ommers)))
}

export function encodeBlock({ header, transactions, ommers, withdrawals }: Block): Uint8Array {
  return encodeRlp([
    headerToItem(header),
    transactionsField.encode(transactions),
    ommersField.encode(ommers),
    ...(withdrawals === undefined ? [] : [withdrawalsField.encode(withdrawals)]),
  ])
}
