/** The arithmetic and hash kernels by themselves, for their tests. */

export { keccak256 } from './keccak/keccak'
export { keccakInto } from './keccak/keccak-cache'
export { addBlock, beginMessage, padMessage, permuteTwo, takeHash } from './keccak/two-lanes'
export { initThread } from './memory/thread'
export { blake2f } from './precompiles/kernels/blake2f'
export { modexp, modexpScratchBytes } from './precompiles/kernels/modexp'
export { ripemd160 } from './precompiles/kernels/ripemd160'
export { sha256 } from './precompiles/kernels/sha256'
export { wordDivide, wordModulo, wordSignedDivide, wordSignedModulo } from './u256/divide'
export { wordAddModulo, wordMultiplyModulo } from './u256/modular'
export { wordMultiply } from './u256/multiply'
export { wordPower } from './u256/power'
export {
  wordByte,
  wordLeadingZeros,
  wordShiftLeft,
  wordShiftRight,
  wordShiftRightSigned,
  wordSignExtend,
} from './u256/shift'
export {
  wordAdd,
  wordAnd,
  wordBitLength,
  wordByteLength,
  wordClear,
  wordCopy,
  wordEquals,
  wordFill,
  wordFitsLong,
  wordFromAddress,
  wordFromBytes,
  wordFromShortBytes,
  wordIsNegative,
  wordIsZero,
  wordLess,
  wordLong,
  wordNegate,
  wordNot,
  wordOr,
  wordSet,
  wordSignedLess,
  wordSubtract,
  wordToAddress,
  wordToBytes,
  wordXor,
} from './u256/word'
