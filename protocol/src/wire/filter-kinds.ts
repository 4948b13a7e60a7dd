/** What shreds can be filtered by. */

/**
 *     addresses   sender, recipient, address of a log, or account that changed
 *     topics      in any place of a log's topics
 *     slots       a storage slot that changed: address and key
 *     senders     who signed the transaction
 *     selectors   first four bytes of what a contract was called with
 */
export const FILTER_KINDS = ['addresses', 'topics', 'slots', 'senders', 'selectors'] as const

export type FilterKind = (typeof FILTER_KINDS)[number]

/** Length of one item of each kind. */
export const ITEM_BYTES: Readonly<Record<FilterKind, number>> = {
  addresses: 20,
  topics: 32,
  slots: 52,
  senders: 20,
  selectors: 4,
}
