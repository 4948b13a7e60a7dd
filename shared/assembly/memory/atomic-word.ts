/**
 * One 32-bit word that several threads change. With the cursors and the wait slot beside it, the
 * only place of the core where atomics appear; wasm atomics are sequentially consistent.
 */

@unmanaged
export class AtomicWord {
  @inline
  load(): u32 {
    return atomic.load<u32>(changetype<usize>(this))
  }

  @inline
  store(value: u32): void {
    atomic.store<u32>(changetype<usize>(this), value)
  }

  /** Returns the value before. */
  @inline
  add(value: u32): u32 {
    return atomic.add<u32>(changetype<usize>(this), value)
  }

  /** Returns the value before. */
  @inline
  subtract(value: u32): u32 {
    return atomic.sub<u32>(changetype<usize>(this), value)
  }

  @inline
  exchange(value: u32): u32 {
    return atomic.xchg<u32>(changetype<usize>(this), value)
  }

  /** Sets the word to `next` if it holds `expected`; says whether it did. */
  @inline
  replace(expected: u32, next: u32): bool {
    return atomic.cmpxchg<u32>(changetype<usize>(this), expected, next) == expected
  }

  /** Sets the bits of `mask`. */
  @inline
  setBits(mask: u32): void {
    atomic.or<u32>(changetype<usize>(this), mask)
  }
}

/** The same for 64 bits. */
@unmanaged
export class AtomicLong {
  @inline
  load(): u64 {
    return atomic.load<u64>(changetype<usize>(this))
  }

  @inline
  replace(expected: u64, next: u64): bool {
    return atomic.cmpxchg<u64>(changetype<usize>(this), expected, next) == expected
  }
}

@inline
export function atomicWord(ptr: usize): AtomicWord {
  return changetype<AtomicWord>(ptr)
}

@inline
export function atomicLong(ptr: usize): AtomicLong {
  return changetype<AtomicLong>(ptr)
}
