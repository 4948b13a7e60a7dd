import { describe, expect, it } from 'vitest'
import type { TracePart, TraceStep } from './trace.ts'
import { TraceWriter, traceLine } from './trace.ts'

const STEP: TraceStep = {
  pc: 4,
  op: 1,
  gas: 0x5cn,
  gasCost: 3n,
  stack: [1n, 0n, 2n ** 255n],
  depth: 1,
  returnData: Uint8Array.of(0xab, 0x00),
  refund: 4800n,
  memoryBytes: 64,
}

function written(write: (writer: TraceWriter) => void): TracePart[] {
  const parts: TracePart[] = []
  write(new TraceWriter((part) => parts.push(part)))
  return parts
}

function pcsOf(parts: readonly TracePart[]): number[] {
  const lines = parts.flatMap((part) => part.lines.split('\n').filter(Boolean))
  return lines.map((line) => JSON.parse(line).pc)
}

describe('traceLine', () => {
  it('is an object with the members of EIP-3155, in its order', () => {
    const line = traceLine(STEP)
    expect(line.endsWith('\n')).toBe(true)
    expect(Object.entries(JSON.parse(line))).toEqual([
      ['pc', 4],
      ['op', 1],
      ['gas', '0x5c'],
      ['gasCost', '0x3'],
      ['stack', ['0x1', '0x0', `0x8${'0'.repeat(63)}`]],
      ['depth', 1],
      ['returnData', '0xab00'],
      ['refund', '0x12c0'],
      ['memSize', 64],
      ['opName', 'ADD'],
    ])
  })

  it('names an opcode that no fork has by its number', () => {
    expect(JSON.parse(traceLine({ ...STEP, op: 0x0c })).opName).toBe('0x0c')
  })
})

describe('TraceWriter', () => {
  it('hands on what it has when a message ends, with the output', () => {
    const output = Uint8Array.of(7)
    const parts = written((writer) => {
      writer.step(STEP)
      writer.end(output)
      writer.end(output)
    })
    expect(parts).toEqual([
      { lines: traceLine(STEP), output },
      { lines: '', output },
    ])
  })

  it('hands on long traces in parts', () => {
    const parts = written((writer) => {
      for (let pc = 0; pc < 2000; pc++) writer.step({ ...STEP, pc })
      writer.flush()
    })
    expect(parts.length).toBeGreaterThan(3)
    expect(Math.max(...parts.map(({ lines }) => lines.length))).toBeLessThan(70_000)
    expect(pcsOf(parts)).toEqual(Array.from({ length: 2000 }, (_, pc) => pc))
  })

  it('tells what a repeated message brings only once', () => {
    const parts = written((writer) => {
      for (const pc of [0, 2, 4]) writer.step({ ...STEP, pc })
      writer.repeat()
      for (const pc of [0, 2]) writer.step({ ...STEP, pc })
      writer.repeat()
      for (const pc of [0, 2, 4, 6]) writer.step({ ...STEP, pc })
      writer.end(new Uint8Array(0))
      writer.step({ ...STEP, pc: 8 })
      writer.flush()
    })
    expect(pcsOf(parts)).toEqual([0, 2, 4, 6, 8])
  })
})
