/**
 * Numbers of the opcodes (Yellow Paper, appendix H, and the EIPs since). Constants only; compiled by
 * tsc and by asc. What an opcode costs and takes from the stack: `chain/opcodes.ts`.
 */

export const OP_STOP = 0x00
export const OP_ADD = 0x01
export const OP_MUL = 0x02
export const OP_SUB = 0x03
export const OP_DIV = 0x04
export const OP_SDIV = 0x05
export const OP_MOD = 0x06
export const OP_SMOD = 0x07
export const OP_ADDMOD = 0x08
export const OP_MULMOD = 0x09
export const OP_EXP = 0x0a
export const OP_SIGNEXTEND = 0x0b

export const OP_LT = 0x10
export const OP_GT = 0x11
export const OP_SLT = 0x12
export const OP_SGT = 0x13
export const OP_EQ = 0x14
export const OP_ISZERO = 0x15
export const OP_AND = 0x16
export const OP_OR = 0x17
export const OP_XOR = 0x18
export const OP_NOT = 0x19
export const OP_BYTE = 0x1a
/** EIP-145. */
export const OP_SHL = 0x1b
export const OP_SHR = 0x1c
export const OP_SAR = 0x1d
/** EIP-7939. */
export const OP_CLZ = 0x1e

export const OP_KECCAK256 = 0x20

export const OP_ADDRESS = 0x30
export const OP_BALANCE = 0x31
export const OP_ORIGIN = 0x32
export const OP_CALLER = 0x33
export const OP_CALLVALUE = 0x34
export const OP_CALLDATALOAD = 0x35
export const OP_CALLDATASIZE = 0x36
export const OP_CALLDATACOPY = 0x37
export const OP_CODESIZE = 0x38
export const OP_CODECOPY = 0x39
export const OP_GASPRICE = 0x3a
export const OP_EXTCODESIZE = 0x3b
export const OP_EXTCODECOPY = 0x3c
/** EIP-211. */
export const OP_RETURNDATASIZE = 0x3d
export const OP_RETURNDATACOPY = 0x3e
/** EIP-1052. */
export const OP_EXTCODEHASH = 0x3f

export const OP_BLOCKHASH = 0x40
export const OP_COINBASE = 0x41
export const OP_TIMESTAMP = 0x42
export const OP_NUMBER = 0x43
/** The difficulty before Paris (EIP-4399). */
export const OP_PREVRANDAO = 0x44
export const OP_GASLIMIT = 0x45
/** EIP-1344. */
export const OP_CHAINID = 0x46
/** EIP-1884. */
export const OP_SELFBALANCE = 0x47
/** EIP-3198. */
export const OP_BASEFEE = 0x48
/** EIP-4844. */
export const OP_BLOBHASH = 0x49
/** EIP-7516. */
export const OP_BLOBBASEFEE = 0x4a

export const OP_POP = 0x50
export const OP_MLOAD = 0x51
export const OP_MSTORE = 0x52
export const OP_MSTORE8 = 0x53
export const OP_SLOAD = 0x54
export const OP_SSTORE = 0x55
export const OP_JUMP = 0x56
export const OP_JUMPI = 0x57
export const OP_PC = 0x58
export const OP_MSIZE = 0x59
export const OP_GAS = 0x5a
export const OP_JUMPDEST = 0x5b
/** EIP-1153. */
export const OP_TLOAD = 0x5c
export const OP_TSTORE = 0x5d
/** EIP-5656. */
export const OP_MCOPY = 0x5e
/** EIP-3855. */
export const OP_PUSH0 = 0x5f
/** PUSH1 to PUSH32, DUP1 to DUP16 and SWAP1 to SWAP16 stand in a row. */
export const OP_PUSH1 = 0x60
export const OP_PUSH2 = 0x61
export const OP_PUSH32 = 0x7f
export const OP_DUP1 = 0x80
export const OP_DUP16 = 0x8f
export const OP_SWAP1 = 0x90
export const OP_SWAP16 = 0x9f

export const OP_LOG0 = 0xa0
export const OP_LOG4 = 0xa4

export const OP_CREATE = 0xf0
export const OP_CALL = 0xf1
export const OP_CALLCODE = 0xf2
export const OP_RETURN = 0xf3
/** EIP-7. */
export const OP_DELEGATECALL = 0xf4
/** EIP-1014. */
export const OP_CREATE2 = 0xf5
/** EIP-214. */
export const OP_STATICCALL = 0xfa
/** EIP-140. */
export const OP_REVERT = 0xfd
/** EIP-141: no fork gives it a meaning. */
export const OP_INVALID = 0xfe
export const OP_SELFDESTRUCT = 0xff
