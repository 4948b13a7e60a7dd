/** Puts bytecode together: keeps the stack's height, resolves labels, carries data behind the code. */

import { assert } from '@shredcast/shared/primitives/assert'
import { bigIntToMinimalBytes } from '@shredcast/shared/primitives/bytes'
import { opcodeNamed, PUSH0, PUSH1 } from './opcode-table.ts'

const PUSH2 = PUSH1 + 1

export type Label = number

export class CodeBuilder {
  /** Words on the stack here, as far as this code knows. */
  height = 0
  readonly #bytes: number[] = []
  readonly #offsets: number[] = []
  readonly #uses: { readonly at: number; readonly label: Label }[] = []
  readonly #data: { readonly at: number; readonly bytes: Uint8Array }[] = []

  get size(): number {
    return this.#bytes.length
  }

  /** Appends opcodes by name. */
  op(...names: string[]): this {
    for (const name of names) {
      const { code, inputs, outputs } = opcodeNamed(name)
      assert(this.height >= inputs, `the stack holds what ${name} takes`)
      this.height += outputs - inputs
      this.#bytes.push(code)
    }
    return this
  }

  /** Pushes a number with `extraBytes` leading zeros more than it needs. */
  push(value: bigint | number, extraBytes = 0): this {
    const minimal = bigIntToMinimalBytes(BigInt(value))
    const zeros = Math.min(minimal.length === 0 ? extraBytes + 1 : extraBytes, 32 - minimal.length)
    this.#bytes.push(PUSH1 - 1 + zeros + minimal.length, ...new Uint8Array(zeros), ...minimal)
    this.height++
    return this
  }

  /** Pushes zero by PUSH0, which is an invalid opcode before Shanghai. */
  pushZero(): this {
    this.#bytes.push(PUSH0)
    this.height++
    return this
  }

  /** Pushes bytes as they are, 1 to 32 of them. */
  pushBytes(bytes: Uint8Array): this {
    this.#bytes.push(PUSH1 - 1 + bytes.length, ...bytes)
    this.height++
    return this
  }

  createLabel(): Label {
    return this.#offsets.push(-1) - 1
  }

  pushLabel(label: Label): this {
    this.#uses.push({ at: this.#bytes.length + 1, label })
    return this.#pushPlaceholder()
  }

  /** The label stands here, at a JUMPDEST. */
  place(label: Label): this {
    this.#offsets[label] = this.#bytes.length
    return this.op('JUMPDEST')
  }

  /** Pushes the offset at which `bytes` will lie behind the code. */
  pushDataOffset(bytes: Uint8Array): this {
    this.#data.push({ at: this.#bytes.length + 1, bytes })
    return this.#pushPlaceholder()
  }

  /** Appends bytes that may be no code at all. */
  raw(bytes: Uint8Array | readonly number[]): this {
    this.#bytes.push(...bytes)
    return this
  }

  finish(): Uint8Array {
    for (const { at, label } of this.#uses) this.#patch(at, this.#offsets[label]!)
    if (this.#data.length > 0) this.op('STOP')
    for (const { at, bytes } of this.#data) {
      this.#patch(at, this.#bytes.length)
      this.#bytes.push(...bytes)
    }
    return Uint8Array.from(this.#bytes)
  }

  #pushPlaceholder(): this {
    this.#bytes.push(PUSH2, 0, 0)
    this.height++
    return this
  }

  #patch(at: number, value: number): void {
    this.#bytes[at] = value >> 8
    this.#bytes[at + 1] = value & 0xff
  }
}
