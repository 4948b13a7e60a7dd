/** Subscriptions, for connections that last. */

import type { Caller, MethodTable } from '../method.ts'
import type { Params } from '../params.ts'
import { METHOD_NOT_FOUND, RpcError } from '../rpc-error.ts'

export const subscribeMethods: MethodTable = {
  ...subscription('eth'),
  ...subscription('rise'),
}

function subscription(namespace: string): MethodTable {
  return {
    [`${namespace}_subscribe`]: {
      least: 1,
      most: 2,
      run: (params: Params, _, caller) => {
        const id = subscriptionsOf(caller).add(namespace, params)
        caller.opened.push(id)
        return id
      },
    },
    [`${namespace}_unsubscribe`]: {
      least: 1,
      most: 1,
      run: (params: Params, _, caller) => subscriptionsOf(caller).remove(params.text(0)),
    },
  }
}

function subscriptionsOf({ subscriptions }: Caller) {
  if (subscriptions !== undefined) return subscriptions
  throw new RpcError(METHOD_NOT_FOUND, 'subscriptions need a WebSocket connection')
}
