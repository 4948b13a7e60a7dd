/** All methods by name. */

import type { MethodTable } from './method.ts'
import { blockMethods } from './methods/block-methods.ts'
import { callMethods } from './methods/call-methods.ts'
import { debugMethods } from './methods/debug-methods.ts'
import { devMethods } from './methods/dev-methods.ts'
import { feeMethods } from './methods/fee-methods.ts'
import { fillMethods } from './methods/fill-methods.ts'
import { logMethods } from './methods/log-methods.ts'
import { nodeMethods } from './methods/node-methods.ts'
import { poolMethods } from './methods/pool-methods.ts'
import { sendMethods } from './methods/send-methods.ts'
import { simulateMethods } from './methods/simulate-methods.ts'
import { stateMethods } from './methods/state-methods.ts'
import { subscribeMethods } from './methods/subscribe-methods.ts'
import { traceMethods } from './methods/trace-methods.ts'
import { walletMethods } from './methods/wallet-methods.ts'

export const METHODS: MethodTable = {
  ...nodeMethods,
  ...stateMethods,
  ...blockMethods,
  ...feeMethods,
  ...logMethods,
  ...fillMethods,
  ...sendMethods,
  ...callMethods,
  ...simulateMethods,
  ...poolMethods,
  ...debugMethods,
  ...traceMethods,
  ...subscribeMethods,
  ...walletMethods,
  ...devMethods,
}
