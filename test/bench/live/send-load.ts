/** Runs a plan in a load generator's process. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { assert } from '@shredcast/shared/primitives/assert'
import type { LoadPlan, LoadResult } from './load-plan.ts'

export async function sendLoad(plan: LoadPlan): Promise<LoadResult> {
  const child = fork(new URL('load-process.js', import.meta.url))
  child.send(plan)
  const [answer] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => [undefined]),
  ])
  assert(answer !== undefined, 'the load generator answers before it ends')
  return answer as LoadResult
}
