import { expect, it } from 'vitest'
import { StalenessClock } from './staleness.ts'

function clockAt() {
  let nowMs = 1000
  const clock = new StalenessClock(() => nowMs)
  return { clock, pass: (ms: number) => (nowMs += ms) }
}

it('is as old as the last word that all of it had been delivered', () => {
  const { clock, pass } = clockAt()
  clock.heard(5, 0)
  clock.delivered(5)
  expect(clock.value()).toEqual({ seq: 4, ageMs: 0, behind: 0 })
  pass(300)
  expect(clock.value().ageMs).toBe(300)
  clock.heard(5, 0)
  expect(clock.value().ageMs).toBe(0)
})

it('grows while what was announced is not delivered', () => {
  const { clock, pass } = clockAt()
  clock.heard(5, 0)
  clock.delivered(5)
  pass(100)
  clock.heard(9, 0)
  pass(100)
  clock.heard(12, 0)
  expect(clock.value()).toEqual({ seq: 4, ageMs: 200, behind: 7 })
  clock.delivered(9)
  expect(clock.value()).toEqual({ seq: 8, ageMs: 100, behind: 3 })
  clock.delivered(12)
  expect(clock.value()).toEqual({ seq: 11, ageMs: 0, behind: 0 })
})

it('is no younger than what the server knows itself', () => {
  const { clock, pass } = clockAt()
  clock.delivered(5)
  pass(500)
  clock.heard(5, 400)
  expect(clock.value().ageMs).toBe(400)
})
