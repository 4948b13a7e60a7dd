/** Numbers of the precompiled contracts: the last two bytes of their addresses, whose rest is zero. */

export const PRECOMPILE_ECRECOVER = 0x01
export const PRECOMPILE_SHA256 = 0x02
export const PRECOMPILE_RIPEMD160 = 0x03
export const PRECOMPILE_IDENTITY = 0x04
export const PRECOMPILE_MODEXP = 0x05
export const PRECOMPILE_BN254_ADD = 0x06
export const PRECOMPILE_BN254_MUL = 0x07
export const PRECOMPILE_BN254_PAIRING = 0x08
export const PRECOMPILE_BLAKE2F = 0x09
export const PRECOMPILE_KZG = 0x0a
export const PRECOMPILE_BLS_G1_ADD = 0x0b
export const PRECOMPILE_BLS_G1_MSM = 0x0c
export const PRECOMPILE_BLS_G2_ADD = 0x0d
export const PRECOMPILE_BLS_G2_MSM = 0x0e
export const PRECOMPILE_BLS_PAIRING = 0x0f
export const PRECOMPILE_BLS_MAP_FP_TO_G1 = 0x10
export const PRECOMPILE_BLS_MAP_FP2_TO_G2 = 0x11
export const PRECOMPILE_P256VERIFY = 0x100

/** What the host writes at most: a point of G2 on BLS12-381. */
export const HOST_OUTPUT_BYTES_MAX = 256
