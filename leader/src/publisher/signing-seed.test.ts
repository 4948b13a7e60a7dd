import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readSigningSeed, SigningKeyFileError } from './signing-seed.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shredcast-seed-'))
})

afterEach(() => rmSync(folder, { recursive: true }))

it('is made once, for its owner alone, and read again', () => {
  const seed = readSigningSeed(folder)
  expect(seed).toHaveLength(32)
  expect(readSigningSeed(folder)).toEqual(seed)
  expect(readdirSync(folder)).toEqual(['signing-key'])
  expect(statSync(join(folder, 'signing-key')).mode & 0o777).toBe(0o600)
})

it('is made anew when a start ended in the middle of it', () => {
  writeFileSync(join(folder, 'signing-key.new'), '0x12')
  expect(readSigningSeed(folder)).toHaveLength(32)
})

it.each(['', '0x12', `0x${'g'.repeat(64)}`, `0x${'1'.repeat(66)}`])('refuses %j', (text) => {
  writeFileSync(join(folder, 'signing-key'), text)
  expect(() => readSigningSeed(folder)).toThrow(SigningKeyFileError)
})
