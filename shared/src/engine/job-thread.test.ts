import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { CallQueueFullError } from './call-result.ts'
import { JobThread } from './job-thread.ts'

/** Doubles numbers; at 0 it waits to be stopped, below it dies. */
const DOUBLING = `
  const { parentPort, workerData: stop } = require('node:worker_threads')
  parentPort.on('message', (job) => {
    if (job < 0) throw new Error('no such number')
    if (job === 0) Atomics.wait(stop, 0, 0)
    parentPort.postMessage(Atomics.load(stop, 0) === 1 ? 'stopped' : 2 * job)
  })`

const LONG_MS = 60_000

const threads: JobThread<number, number | string, number>[] = []

afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.close(new Error('the test is over'))
})

function doubling() {
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const started: Worker[] = []
  const thread = new JobThread<number, number | string, number>({
    jobs: 'numbers',
    queueMax: 3,
    start() {
      const worker = new Worker(DOUBLING, { eval: true, workerData: stop })
      started.push(worker)
      return worker
    },
    stop() {
      Atomics.store(stop, 0, 1)
      Atomics.notify(stop, 0)
    },
    unstop: () => Atomics.store(stop, 0, 0),
    resultOf(answer, timeMs) {
      if (typeof answer === 'number') return answer
      throw new Error(`${answer} after ${timeMs} ms`)
    },
    deathOf: (cause) => new Error('dead', { cause }),
  })
  threads.push(thread)
  return { thread, started }
}

describe('a thread of jobs', () => {
  it('does them one after the other, and is started with the first', async () => {
    const { thread, started } = doubling()
    expect(started).toEqual([])
    const results = [1, 2, 3].map((job) => thread.run(job, LONG_MS))
    expect(await Promise.all(results)).toEqual([2, 4, 6])
    expect(started).toHaveLength(1)
  })

  it('refuses what is more than may wait', async () => {
    const { thread } = doubling()
    const results = [1, 2, 3].map((job) => thread.run(job, LONG_MS))
    await expect(thread.run(4, LONG_MS)).rejects.toThrow(CallQueueFullError)
    await expect(thread.run(4, LONG_MS)).rejects.toThrow('3 numbers wait already')
    expect(await Promise.all(results)).toEqual([2, 4, 6])
    expect(await thread.run(4, LONG_MS)).toBe(8)
  })

  it('stops a job whose time is over, and no other', async () => {
    const { thread, started } = doubling()
    const stopped = thread.run(0, 1)
    const next = thread.run(5, LONG_MS)
    await expect(stopped).rejects.toThrow('stopped after 1 ms')
    expect(await next).toBe(10)
    expect(started).toHaveLength(1)
  })

  it('fails the job at which it broke, and does the next with another', async () => {
    const { thread, started } = doubling()
    const failing = thread.run(-1, LONG_MS)
    const next = thread.run(5, LONG_MS)
    await expect(failing).rejects.toMatchObject({
      message: 'dead',
      cause: { message: 'no such number' },
    })
    expect(await next).toBe(10)
    expect(started).toHaveLength(2)
  })

  it('rejects what runs, waits and comes when it is closed', async () => {
    const { thread, started } = doubling()
    const jobs = [thread.run(0, LONG_MS), thread.run(1, LONG_MS)]
    const ends = jobs.map((job) => job.catch((error: unknown) => error))
    const closed = new Error('closed')
    await thread.close(closed)
    expect(await Promise.all(ends)).toEqual([closed, closed])
    await expect(thread.run(1, LONG_MS)).rejects.toBe(closed)
    expect(started).toHaveLength(1)
  })
})
