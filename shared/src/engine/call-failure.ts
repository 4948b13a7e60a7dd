/** Why a message ends otherwise than it should. */

/** Why code stopped without a REVERT (Yellow Paper 9.4.2). */
export type CallFailure =
  | 'out of gas'
  | 'stack underflow'
  | 'stack overflow'
  | 'invalid opcode'
  | 'invalid jump destination'
  | 'write protection'
  | 'return data out of bounds'
  | 'max initcode size exceeded'
  | 'max code size exceeded'
  | 'invalid code: must not begin with 0xef'
  | 'contract address collision'
  | 'balance overflow'
  | 'precompile failed'

/** By its own will, or by a fault. */
export type MessageFailure = 'execution reverted' | CallFailure
