/**
 * A call frame of the core's EVM, FRAME_STRIDE bytes in the worker's heap, one for each depth. A
 * frame that waits for the one above it holds everything that it needs to go on. Constants only;
 * compiled by tsc and by asc.
 *
 *   The operand stack grows downwards: its top word stands at the stack pointer, the first word
 *   pushed at FRAME_STACK_BASE - 32. Words are four u64 limbs, least significant first.
 */

/**
 * Saved while another frame runs: address of the next instruction, stack pointer, gas left i64. After
 * a call or creation FRAME_GAS is what was left without the gas that went along.
 */
export const FRAME_PC = 0
export const FRAME_STACK = 4
export const FRAME_GAS = 8
/** Code record, and the address of its map of jump destinations; 0 until it has been analysed. */
export const FRAME_CODE = 16
export const FRAME_JUMP_MAP = 20
export const FRAME_STACK_BASE = 24
/** EVM memory: address, and bytes so far, a multiple of 32. */
export const FRAME_MEMORY = 28
/** u64. */
export const FRAME_MEMORY_BYTES = 32
/** u64: a word at an offset below this is inside of the memory. */
export const FRAME_WORD_LIMIT = 40
export const FRAME_INPUT = 48
export const FRAME_INPUT_BYTES = 52
/** Where the output goes: an address in the memory of the frame below, and the room there. */
export const FRAME_OUTPUT = 56
export const FRAME_OUTPUT_BYTES = 60
/** Journal and refund counter as they were before the frame. */
export const FRAME_CHECKPOINT = 64
export const FRAME_FLAGS = 68
export const FRAME_REFUND = 72
/** Journal's account whose storage and balance the frame works on. */
export const FRAME_ACCOUNT = 80
/** 0 for the first frame of a message. */
export const FRAME_DEPTH = 84
/**
 * For traces, i64: what the last call or creation cost besides the base gas of its opcode, with what
 * a call passed on (but for the stipend) and without what a creation did.
 */
export const FRAME_CALL_PRICE = 88
/** Words. */
export const FRAME_ADDRESS = 96
export const FRAME_CALLER = 128
export const FRAME_VALUE = 160

/** FRAME_FLAGS. STATIC: no change of state (EIP-214). CREATION: the code is initcode. */
export const FRAME_IS_STATIC = 1
export const FRAME_IS_CREATION = 2

/**
 * How an instruction or a frame ends, in place of the gas left. Those at FAULT_FIRST and below are
 * exceptional halts (Yellow Paper 9.4.2).
 */
export const END_SUCCESS = -1
export const END_REVERT = -2
/** The frame above has been prepared and runs next. */
export const END_ENTER = -3
/** The execution met an ESTIMATE. */
export const END_STOPPED = -4
/** Frontier: the code was not paid for and is not stored; the rest stays. */
export const END_CODE_UNPAID = -5
export const FAULT_FIRST = -16
export const FAULT_OUT_OF_GAS = -16
export const FAULT_STACK_UNDERFLOW = -17
export const FAULT_STACK_OVERFLOW = -18
export const FAULT_UNDEFINED_OPCODE = -19
export const FAULT_INVALID_JUMP = -20
export const FAULT_STATIC_VIOLATION = -21
export const FAULT_RETURN_DATA_BOUNDS = -22
export const FAULT_INITCODE_SIZE = -23
export const FAULT_CODE_SIZE = -24
/** EIP-3541: a new contract's code may not begin with 0xef. */
export const FAULT_CODE_PREFIX = -25
/** EIP-684, EIP-7610: the address of the new contract is taken. */
export const FAULT_COLLISION = -26
/** The recipient's balance would not fit into 256 bits; no gas is used. */
export const FAULT_BALANCE_OVERFLOW = -27
export const FAULT_PRECOMPILE = -28
