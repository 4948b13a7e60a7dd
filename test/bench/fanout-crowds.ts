/** The processes of subscribers that `bench fanout` starts, asks and ends. */

import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { BaseError } from '@shredcast/shared/primitives/base-error'
import type { CrowdFigures, CrowdOrder } from './fanout-crowd.ts'

/** Not all subscribers could connect. */
class CrowdError extends BaseError {
  override readonly name = 'Bench.CrowdError'
}

/** The processes, when all subscribers are there. @throws CrowdError */
export function startCrowd(order: CrowdOrder, processes: number): Promise<ChildProcess[]> {
  const count = Math.min(processes, order.subscribers)
  const started = Array.from({ length: count }, async (_, index) => {
    const subscribers = Math.floor((order.subscribers + index) / count)
    const child = fork(fileURLToPath(new URL('./fanout-crowd.js', import.meta.url)))
    child.send({ ...order, subscribers } satisfies CrowdOrder)
    const answer = await answerOf(child)
    if (answer !== 'ready') throw new CrowdError(`the subscribers: ${answer}`)
    return child
  })
  return Promise.all(started)
}

/** Ends the processes. @throws CrowdError */
export function endCrowd(crowd: readonly ChildProcess[]): Promise<CrowdFigures[]> {
  return Promise.all(
    crowd.map(async (child) => {
      child.send('stop')
      return (await answerOf(child)) as CrowdFigures
    }),
  )
}

function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new CrowdError(`subscribers ended with code ${code}`)))
  })
}
