/** Two messages hashed in one permutation come to the hashes that each has by itself. */

import { keccak256 } from '@shredcast/shared/primitives/keccak'
import { createRandom } from '@shredcast/shared/primitives/random'
import { describe, expect, it } from 'vitest'
import { BUILDS, KernelCore, ROOM } from './kernel-core.ts'

const BLOCK_BYTES = 136
const MESSAGES = [ROOM + 1024, ROOM + 4096]
const OUTS = [ROOM + 8192, ROOM + 8192 + 33]

describe.each(BUILDS)('keccak of two messages at once, %s', (build) => {
  it('is that of each, however many blocks they have', async () => {
    const core = await KernelCore.open(build)
    const random = createRandom(7)
    for (let round = 0; round < 300; round++) {
      const messages = MESSAGES.map(() => {
        return new Uint8Array(random.below(560)).map(() => random.below(256))
      })
      expect(hashTwo(core, messages), `round ${round}`).toEqual(messages.map(keccak256))
    }
  })
})

function hashTwo({ kernels, bytes }: KernelCore, messages: readonly Uint8Array[]): Uint8Array[] {
  const blocks = messages.map((message, index) => {
    bytes.set(message, MESSAGES[index]!)
    const count = kernels.padMessage(MESSAGES[index]!, message.length)
    kernels.beginMessage(ROOM, index, MESSAGES[index]!)
    return count
  })
  for (let block = 1; block <= Math.max(...blocks); block++) {
    kernels.permuteTwo(ROOM)
    for (const [index, count] of blocks.entries()) {
      if (block === count) kernels.takeHash(ROOM, index, OUTS[index]!)
      const next = MESSAGES[index]! + block * BLOCK_BYTES
      if (block < count) kernels.addBlock(ROOM, index, next)
    }
  }
  return OUTS.map((out) => bytes.slice(out, out + 32))
}
