import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { FanOut } from './fan-out.ts'

/** Sends for so long each time. */
function busy(ms: number, onSend: () => void) {
  return {
    send() {
      for (const endMs = performance.now() + ms; performance.now() < endMs; );
      onSend()
    },
  }
}

describe('fan-out', () => {
  it('serves everyone, and lets other work in between when it takes long', async () => {
    const sent: number[] = []
    const fanOut = new FanOut(
      new Set(Array.from({ length: 10 }, (_, i) => busy(1, () => sent.push(i)))),
    )
    fanOut.wake()
    expect(sent.length).toBeLessThan(10)
    while (sent.length < 10) await setImmediate()
    expect(sent).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it('begins anew after a round in which more became due', async () => {
    let count = 0
    const served = new Set([busy(3, () => count++), busy(0, () => count++)])
    const fanOut = new FanOut(served)
    fanOut.wake()
    fanOut.wake()
    fanOut.wake()
    while (count < 4) await setImmediate()
    for (let i = 0; i < 5; i++) await setImmediate()
    expect(count).toBe(4)
  })
})
