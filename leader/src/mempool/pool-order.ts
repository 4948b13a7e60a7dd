/** The orders by name. */

import { ConflictTable } from './conflict-table.ts'
import { ParallelOrder } from './parallel-order.ts'
import type { Order } from './ready-set.ts'
import { feeOrder, fifoOrder } from './simple-orders.ts'

/**
 * `fifo`: first come, first served; `fees`: the highest tip first; `parallel`: what shares state is
 * kept apart, the highest tip first where it is contended.
 */
export type PoolOrder = 'fifo' | 'fees' | 'parallel'
export const POOL_ORDERS: readonly PoolOrder[] = ['fifo', 'fees', 'parallel']
export const DEFAULT_POOL_ORDER: PoolOrder = 'parallel'

export function createOrder(order: PoolOrder, workers: number): Order {
  if (order === 'fifo') return fifoOrder()
  if (order === 'fees') return feeOrder()
  return new ParallelOrder(new ConflictTable(), workers)
}
