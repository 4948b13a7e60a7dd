/** The time, for measurements alone: no result depends on it. */

/** Microseconds of a clock that only goes forward and is the same for all threads. */
// @ts-ignore: decorator
@external('env', 'clockUs')
declare function hostClockUs(): f64

@inline
export function nowUs(): u64 {
  return <u64>hostClockUs()
}
