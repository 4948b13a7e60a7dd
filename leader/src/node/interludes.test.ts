import { ChangeRefusedError } from '@shredcast/protocol/rpc/dev-backend'
import { expect, it } from 'vitest'
import { Interludes } from './interludes.ts'

it('does one at a time, and tells when the next block is open', async () => {
  const interludes = new Interludes()
  const done: string[] = []
  let isTold = false
  const first = interludes.add(() => void done.push('first'))
  const second = interludes.add(async () => void done.push('second'))
  first.then(() => {
    isTold = true
  })
  await interludes.wanted()
  await interludes.run(0n)
  expect([done, isTold]).toEqual([['first'], false])
  interludes.settle()
  await first
  await interludes.wanted()
  await interludes.run(0n)
  interludes.settle()
  await second
  expect(done).toEqual(['first', 'second'])
})

it('waits for the seal that was asked for', async () => {
  const interludes = new Interludes()
  let count = 0
  const mined = interludes.add(() => void count++, 5n)
  expect(interludes.isNextWithoutSeal).toBe(false)
  await interludes.run(4n)
  expect(count).toBe(0)
  await interludes.run(5n)
  interludes.settle()
  await mined
  expect(count).toBe(1)
  interludes.add(() => {})
  expect(interludes.isNextWithoutSeal).toBe(true)
})

it('goes on behind what was refused, and stops at any other error', async () => {
  const interludes = new Interludes()
  const failing = (error: Error) =>
    interludes.add(() => {
      throw error
    })
  const refused = failing(new ChangeRefusedError('no'))
  const broken = failing(new Error('broken'))
  await Promise.all([interludes.run(0n), expect(refused).rejects.toThrow('no')])
  const stopped = expect(interludes.run(0n)).rejects.toThrow('broken')
  await Promise.all([stopped, expect(broken).rejects.toThrow('broken')])
})

it('tells all who wait that there is no next block', async () => {
  const interludes = new Interludes()
  const done = interludes.add(() => {})
  const waiting = interludes.add(() => {})
  await interludes.run(0n)
  interludes.close()
  for (const promise of [done, waiting, interludes.add(() => {})]) {
    await expect(promise).rejects.toThrow('stopping')
  }
})
