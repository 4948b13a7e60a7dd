/** The value of a message on its way to the recipient. */

import { credit, creditOverflows, touch } from '../journal/account'

/** Touches and credits the recipient; false: its balance would not fit into 256 bits. */
export function receive(account: usize, value: usize): bool {
  touch(account)
  if (creditOverflows(account, value)) return false
  credit(account, value)
  return true
}
