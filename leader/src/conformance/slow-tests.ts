/**
 * Which state tests are slow by design: attacks, deep recursion, and loops that run until the gas is
 * used up. They have a time limit of their own.
 */

const SLOW = new RegExp(
  [
    'stTimeConsuming|stQuadraticComplexity|stAttackTest|stMemoryStress|vmPerformance|stStaticCall',
    '[Cc]all50000|[Ll]oop|run_until_out_of_gas|CannotBeDosd|Blake2f|Recursive|1024',
  ].join('|'),
)
const SLOW_FACTOR = 10

/** Told by where the test's file lies, and by its name. */
export function isSlow(path: string, name: string): boolean {
  return SLOW.test(path) || SLOW.test(name)
}

/** How long a case of a test may take, where an ordinary one may take `ordinaryMs`. */
export function timeLimitMs(path: string, name: string, ordinaryMs: number): number {
  return isSlow(path, name) ? ordinaryMs * SLOW_FACTOR : ordinaryMs
}
