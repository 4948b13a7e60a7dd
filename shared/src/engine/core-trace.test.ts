import { describe, expect, it } from 'vitest'
import { ENV_OPCODES } from '../layout/environment.ts'
import {
  END_REVERT,
  END_SUCCESS,
  FAULT_OUT_OF_GAS,
  FRAME_CALL_PRICE,
  FRAME_CODE,
  FRAME_DEPTH,
  FRAME_FLAGS,
  FRAME_IS_CREATION,
  FRAME_MEMORY_BYTES,
  FRAME_STACK_BASE,
} from '../layout/frame.ts'
import { ENV_OFFSET } from '../layout/memory-map.ts'
import { OP_ADD, OP_CALL, OP_MUL, OP_RETURN, OP_STOP } from '../layout/opcodes.ts'
import { CODE_LENGTH } from '../layout/records.ts'
import { storeLong, storeWord, writeBigInt } from './core-thread.ts'
import { CoreTrace } from './core-trace.ts'
import { sampleCoreThread } from './sample-core-thread.ts'
import type { TraceStep } from './trace.ts'

const FRAME = 0x100000
const CALLEE = 0x100400
const CODE = 0x101000
const STACK_BASE = 0x102000
const DATA = 0x103000

/** A core with two frames over a code of ten bytes, and what its trace comes to. */
function sampleTrace() {
  const thread = sampleCoreThread()
  const steps: TraceStep[] = []
  const outputs: Uint8Array[] = []
  const tracer = {
    step: (step: TraceStep) => steps.push(step),
    end: (output: Uint8Array) => outputs.push(output),
    repeat: () => steps.splice(0),
  }
  for (const [depth, frame] of [FRAME, CALLEE].entries()) {
    storeWord(thread, frame + FRAME_CODE, CODE)
    storeWord(thread, frame + FRAME_STACK_BASE, STACK_BASE)
    storeWord(thread, frame + FRAME_DEPTH, depth)
    storeLong(thread, frame + FRAME_MEMORY_BYTES, 96n)
  }
  storeWord(thread, CODE + CODE_LENGTH, 10)
  const trace = new CoreTrace(tracer, () => thread)
  const { report } = trace
  return {
    thread,
    steps,
    outputs,
    before(op: number, gas: bigint, { frame = FRAME, pc = 0, depth = 0 } = {}) {
      report(0, frame, pc, op, STACK_BASE - 32 * depth, gas, 5n, DATA, 0)
    },
    frameEnds(end: number, gas: bigint, { frame = FRAME, outputBytes = 0 } = {}) {
      report(end, frame, 0, 0, STACK_BASE, gas, 0n, DATA, outputBytes)
    },
    messageEnds(bytes: number) {
      report(END_SUCCESS, 0, 0, 0, 0, 0n, 0n, DATA, bytes)
    },
    repeat: () => trace.repeat(),
    costs: () => steps.map(({ gasCost }) => gasCost),
  }
}

describe('CoreTrace', () => {
  it('describes an instruction by its frame', () => {
    const trace = sampleTrace()
    writeBigInt(trace.thread, STACK_BASE - 32, 7n)
    writeBigInt(trace.thread, STACK_BASE - 64, 2n ** 200n)
    trace.before(OP_ADD, 100n, { pc: 3, depth: 2 })
    trace.before(OP_STOP, 97n)
    expect(trace.steps).toEqual([
      {
        pc: 3,
        op: OP_ADD,
        gas: 100n,
        gasCost: 3n,
        stack: [7n, 2n ** 200n],
        depth: 1,
        returnData: new Uint8Array(0),
        refund: 5n,
        memoryBytes: 96,
      },
    ])
  })

  it('finds the cost of the last instruction in what its frame has left', () => {
    const trace = sampleTrace()
    trace.before(OP_RETURN, 100n)
    trace.frameEnds(END_SUCCESS, 94n)
    trace.before(OP_RETURN, 100n)
    trace.frameEnds(END_REVERT, 97n)
    expect(trace.costs()).toEqual([6n, 3n])
  })

  it('gives an instruction that fails its base gas', () => {
    const trace = sampleTrace()
    storeLong(trace.thread, ENV_OFFSET + ENV_OPCODES + OP_MUL * 8, (1024n << 32n) | 5n)
    trace.before(OP_MUL, 100n)
    trace.frameEnds(FAULT_OUT_OF_GAS, 0n)
    expect(trace.costs()).toEqual([5n])
  })

  it('takes the price of a call from its frame, whether another is entered or not', () => {
    const trace = sampleTrace()
    storeLong(trace.thread, ENV_OFFSET + ENV_OPCODES + OP_CALL * 8, 100n)
    storeLong(trace.thread, FRAME + FRAME_CALL_PRICE, 63n)
    trace.before(OP_CALL, 1000n)
    trace.before(OP_ADD, 60n, { frame: CALLEE })
    trace.frameEnds(END_SUCCESS, 57n, { frame: CALLEE })
    trace.before(OP_CALL, 1000n)
    trace.before(OP_STOP, 870n)
    expect(trace.costs()).toEqual([163n, 3n, 163n])
    expect(trace.steps.map(({ depth }) => depth)).toEqual([1, 2, 1])
  })

  it('does not count what a new contract pays for its code', () => {
    const trace = sampleTrace()
    storeWord(trace.thread, FRAME + FRAME_FLAGS, FRAME_IS_CREATION)
    trace.before(OP_RETURN, 10_000n)
    trace.frameEnds(END_SUCCESS, 3000n, { outputBytes: 35 })
    expect(trace.costs()).toEqual([0n])
  })

  it('forgets an instruction that begins once more', () => {
    const trace = sampleTrace()
    trace.before(OP_CALL, 100n)
    trace.repeat()
    trace.before(OP_ADD, 100n)
    trace.before(OP_STOP, 97n)
    expect(trace.steps.map(({ op }) => op)).toEqual([OP_ADD])
  })

  it('passes over the STOP behind a code', () => {
    const trace = sampleTrace()
    trace.before(OP_ADD, 100n, { pc: 9 })
    trace.before(OP_STOP, 97n, { pc: 10 })
    trace.frameEnds(END_SUCCESS, 97n)
    expect(trace.steps.map(({ op }) => op)).toEqual([OP_ADD])
  })

  it('hands on the output of the message, copied', () => {
    const trace = sampleTrace()
    trace.thread.bytes.set([1, 2, 3], DATA)
    trace.messageEnds(3)
    trace.thread.bytes.fill(0, DATA, DATA + 3)
    expect(trace.outputs).toEqual([Uint8Array.of(1, 2, 3)])
  })
})
